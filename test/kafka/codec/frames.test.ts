import { describe, expect, it } from 'vitest';
import { decodeResponse, encodeRequest } from '../../../bench/kafka/peer/index.ts';
import { APIS, decodeRequest, encodeResponse, readRequestHeader } from '../../../lib/kafka/index.ts';
import { joined } from './messages.ts';

const OPTIONS = { correlationId: 0x01020304, clientId: 'me' };

function produce(records: Uint8Array, version = 9): Uint8Array {
  const topicData = [{ name: 'orders', partitionData: [{ index: 3, records }] }];
  return joined(encodeRequest('Produce', version, OPTIONS, { acks: -1, timeoutMs: 30_000, topicData }));
}

describe('a request', () => {
  it('keeps its records as a view on the frame', () => {
    const frame = produce(new Uint8Array(5_000).fill(7));
    const { bodyAt } = readRequestHeader(frame);
    const { records } = decodeRequest('Produce', 9, frame, bodyAt).topicData[0]!.partitionData[0]!;
    expect(records!.buffer).toBe(frame.buffer);
    expect(records).toHaveLength(5_000);
  });

  it('may stand in the middle of a larger memory', () => {
    const frame = produce(Uint8Array.of(1, 2, 3));
    const slab = new Uint8Array(frame.length + 100).fill(0xee);
    slab.set(frame, 50);
    const view = slab.subarray(50, 50 + frame.length);
    const { bodyAt, clientId } = readRequestHeader(view);
    expect(clientId).toBe('me');
    const body = decodeRequest('Produce', 9, view, bodyAt);
    expect(body.topicData[0]).toEqual({
      name: 'orders',
      partitionData: [{ index: 3, records: Uint8Array.of(1, 2, 3) }],
    });
  });

  it('has a client id that is not compact in flexible headers either, and tags behind it that are passed over', () => {
    const header = Buffer.from('0003000c01020304' + '00026d65' + '02' + '05' + '02abcd' + '07' + '00', 'hex');
    expect(readRequestHeader(header)).toEqual({
      ...{ apiKey: 3, apiVersion: 12, correlationId: 0x01020304, clientId: 'me' },
      ...{ api: 'Metadata', readable: true, bodyAt: header.length },
    });
  });

  it('of an unknown version or API tells its correlation id, and is not read further', () => {
    const unknown = { correlationId: 9, clientId: null, readable: false, bodyAt: 8 };
    const versions = Buffer.from('0012007f00000009ffff', 'hex');
    expect(readRequestHeader(versions)).toEqual({ ...unknown, apiKey: 18, apiVersion: 127, api: 'ApiVersions' });
    const api = Buffer.from('7fff000000000009ffff', 'hex');
    expect(readRequestHeader(api)).toEqual({ ...unknown, apiKey: 0x7fff, apiVersion: 0, api: null });
    const negative = Buffer.from('ffff000000000009ffff', 'hex');
    expect(readRequestHeader(negative)).toEqual({ ...unknown, apiKey: -1, apiVersion: 0, api: null });
  });

  it('may have unknown tagged fields anywhere and bytes behind its end', () => {
    // Heartbeat 4: group "g", generation 1, member "m", no instance, tags 3 (two bytes) and 200 (none).
    const body = Buffer.from('0267' + '00000001' + '026d' + '00' + '02' + '0302aabb' + 'c80100' + '1234', 'hex');
    expect(decodeRequest('Heartbeat', 4, body, 0)).toEqual({
      ...{ groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null },
    });
  });

  it('has defaults for what its version does not say', () => {
    const frame = joined(encodeRequest('Fetch', 4, OPTIONS, { maxWaitMs: 500, minBytes: 1 }));
    const { bodyAt } = readRequestHeader(frame);
    expect(decodeRequest('Fetch', 4, frame, bodyAt)).toEqual({
      ...{ clusterId: null, replicaId: -1, maxWaitMs: 500, minBytes: 1, maxBytes: 0x7fffffff, isolationLevel: 0 },
      ...{ sessionId: 0, sessionEpoch: -1, topics: [], forgottenTopicsData: [], rackId: '' },
    });
  });

  it("may ask for Java's end of time", () => {
    const partition = Buffer.from('00000000' + '7fffffffffffffff', 'hex');
    const body = Buffer.concat([Buffer.from('ffffffff' + '00000001' + '000174' + '00000001', 'hex'), partition]);
    const asked = decodeRequest('ListOffsets', 1, body, 0).topics[0]!.partitions[0]!;
    expect(asked.timestamp).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('a response', () => {
  const large = new Uint8Array(10_000).fill(1);
  const small = new Uint8Array(100).fill(2);

  function fetched(records: Uint8Array | readonly Uint8Array[] | null) {
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 9, abortedTransactions: null, records };
    return encodeResponse('Fetch', 12, 5, {
      ...{ throttleTimeMs: 0, errorCode: 0, sessionId: 0 },
      responses: [{ topic: 'orders', partitions: [partition] }],
    });
  }

  it('has large records among its parts as they are, and small ones copied', () => {
    const { parts, sizeBytes } = fetched([small, large, small, large.subarray(5_000)]);
    expect(parts).toHaveLength(5);
    expect(parts[1]).toBe(large);
    expect(parts[3]!.buffer).toBe(large.buffer);
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(sizeBytes);
    expect(Buffer.concat(parts).readInt32BE(0)).toBe(sizeBytes - 4);
    const { body } = decodeResponse('Fetch', 12, joined({ parts, sizeBytes }));
    const { records } = body.responses[0]!.partitions[0]!;
    expect(Buffer.compare(records!, Buffer.concat([small, large, small, large.subarray(5_000)]))).toBe(0);
  });

  it('may have no records, or null', () => {
    for (const records of [new Uint8Array(0), null]) {
      const { body } = decodeResponse('Fetch', 12, joined(fetched(records)));
      expect(body.responses[0]!.partitions[0]!.records).toEqual(records);
    }
    const { body } = decodeResponse('Fetch', 12, joined(fetched([])));
    expect(body.responses[0]!.partitions[0]!.records).toHaveLength(0);
  });

  it('to ApiVersions has a header without tags in every version', () => {
    for (const version of [0, 3, 4]) {
      const frame = joined(
        encodeResponse('ApiVersions', version, 6, {
          errorCode: 35,
          apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
        }),
      );
      expect(Buffer.from(frame.subarray(0, 6)).toString('hex')).toBe('000000060023');
    }
    // Heartbeat 4: correlation id, no tags, throttle time, error code, no tags.
    const heartbeat = joined(encodeResponse('Heartbeat', 4, 6, { errorCode: 27 }));
    expect(Buffer.from(heartbeat).toString('hex')).toBe('00000006' + '00' + '00000000' + '001b' + '00');
  });

  it('refuses what its version cannot say', () => {
    const coordinators = [{ key: 'g', nodeId: 1, host: 'h', port: 9092, errorCode: 0, errorMessage: null }];
    expect(() => encodeResponse('FindCoordinator', 3, 1, { coordinators })).toThrow(
      'FindCoordinator response, version 3: "coordinators" has no place in version 3; leave it out there.',
    );
    expect(() => encodeResponse('JoinGroup', 6, 1, join({ protocolName: null }))).toThrow(
      'JoinGroup response, version 6: "protocolName" is null, which version 6 does not allow.',
    );
    expect(encodeResponse('JoinGroup', 7, 1, join({ protocolName: null })).sizeBytes).toBeGreaterThan(0);
    expect(() => encodeResponse('JoinGroup', 5, 1, join({ leader: 'x'.repeat(40_000) }))).toThrow(
      'A string of 40000 bytes',
    );
    expect(() => encodeResponse('Heartbeat', 5, 1, { errorCode: 0 })).toThrow(
      'Heartbeat has no version 5 here; 0 to 4',
    );
  });

  function join(more: { protocolName?: string | null; leader?: string }) {
    return { errorCode: 0, generationId: 1, protocolName: 'range', leader: 'a', memberId: 'a', members: [], ...more };
  }
});

describe('the table of APIs', () => {
  it('begins Produce at 0, without which librdkafka does not compress, and reads it from 3', () => {
    expect(APIS.Produce).toMatchObject({ key: 0, advertisedMin: 0, min: 3, max: 12, flexibleFrom: 9 });
    const others = Object.entries(APIS).filter(([name]) => name !== 'Produce');
    expect(others.filter(([, { advertisedMin, min }]) => advertisedMin !== min)).toEqual([]);
  });
});
