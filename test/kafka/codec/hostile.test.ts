import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResponse } from '../../../bench/kafka/peer/index.ts';
import {
  type ApiName,
  decodeAssignment,
  decodeRequest,
  decodeSubscription,
  KafkaProtocolError,
  readRequestHeader,
} from '../../../lib/kafka/index.ts';
import { EVERY_VERSION, madeUpRequest, madeUpResponse, readBack, requestFrame, responseFrame } from './messages.ts';

/** What the outcome was: a value, or the code of a clean error. Anything else is thrown on. */
function outcome(run: () => unknown): string {
  try {
    run();
    return 'value';
  } catch (error) {
    if (error instanceof KafkaProtocolError && error.code !== 'kafka_unwritable') return error.code;
    throw error;
  }
}

function whole(name: ApiName, frame: Uint8Array): unknown {
  const header = readRequestHeader(frame);
  return header.readable ? decodeRequest(header.api!, header.apiVersion, frame, header.bodyAt) : readBack(name, frame);
}

/** `frame` with some bytes changed, cut out or doubled; what counts and lengths become is of the worst kind. */
const mutations = fc.array(
  fc.record({
    at: fc.nat(),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(
        ...['7fffffff', 'ffffffff', '80000000', 'ffffffff0f', 'ffffffffffffffffff7f', '00', '8080808000'].map(
          (hex) => new Uint8Array(Buffer.from(hex, 'hex')),
        ),
      ),
    ),
    removed: fc.nat(5),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutated(
  frame: Uint8Array,
  changes: readonly { at: number; bytes: Uint8Array; removed: number }[],
): Uint8Array {
  let bytes = Buffer.from(frame);
  for (const { at, bytes: put, removed } of changes) {
    const from = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + removed)]);
  }
  return bytes;
}

const SEEDED = { seed: 11, numRuns: 60 };

describe('whatever the bytes are, it is a value or a clean error:', () => {
  it.each(EVERY_VERSION)('$name $version, requests and responses changed at random', ({ name, version }) => {
    const request = requestFrame(name, version, madeUpRequest(name, version, 3));
    const response = responseFrame(name, version, madeUpResponse(name, version, 3) as never);
    fc.assert(
      fc.property(mutations, (changes) => {
        outcome(() => whole(name, mutated(request, changes)));
        outcome(() => decodeResponse(name, version, mutated(response, changes)));
      }),
      SEEDED,
    );
  });

  it('random bytes as a body of any request', () => {
    const any = fc.constantFrom(...EVERY_VERSION);
    fc.assert(
      fc.property(any, fc.uint8Array({ maxLength: 200 }), ({ name, version }, bytes) => {
        outcome(() => decodeRequest(name, version, bytes, 0));
        outcome(() => readRequestHeader(bytes));
        outcome(() => decodeSubscription(bytes));
        outcome(() => decodeAssignment(bytes));
      }),
      { seed: 12, numRuns: 5_000 },
    );
  });

  it.each(EVERY_VERSION)('$name $version, cut off anywhere, is an error', ({ name, version }) => {
    const frame = requestFrame(name, version, madeUpRequest(name, version, 4));
    for (let length = 0; length < frame.length; length++) {
      const cut = frame.subarray(0, length);
      expect(outcome(() => whole(name, cut))).not.toBe('value');
    }
  });
});

describe('a count that announces too much', () => {
  it('is refused before anything is made of it', () => {
    // Metadata 1: the number of topics, then nothing.
    expect(outcome(() => decodeRequest('Metadata', 1, Uint8Array.of(0x7f, 0xff, 0xff, 0xff), 0))).toBe(
      'kafka_too_many',
    );
    // Metadata 9, compact: 2^32 - 1, and a varint that no number holds.
    const compact = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f);
    expect(outcome(() => decodeRequest('Metadata', 9, compact, 0))).toBe('kafka_too_many');
    const endless = new Uint8Array(30).fill(0xff);
    expect(outcome(() => decodeRequest('Metadata', 9, endless, 0))).toBe('kafka_malformed');
  });

  it('is refused where the bytes are there, but the objects would take many times their memory', () => {
    const frame = new Uint8Array(1 << 20);
    // 2^19 topics of empty names, in two bytes each.
    frame.set([0, 8, 0, 0]);
    expect(outcome(() => decodeRequest('Metadata', 1, frame, 0))).toBe('kafka_too_many');
    frame.set([0, 4, 0, 0]);
    expect(outcome(() => decodeRequest('Metadata', 1, frame, 0))).toBe('value');
  });

  it('counts nested arrays together', () => {
    // 60,000 topics that have 10 partitions each, all of them zero.
    const topic = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 10]), Buffer.alloc(40)]);
    const frame = Buffer.concat([Buffer.from([0xff, 0xff, 0, 0, 0xea, 0x60]), ...Array<Buffer>(60_000).fill(topic)]);
    // OffsetFetch 1 has the group, then topics with partitions.
    const request = Buffer.concat([Buffer.from([0, 0]), frame.subarray(2)]);
    expect(outcome(() => decodeRequest('OffsetFetch', 1, request, 0))).toBe('kafka_too_many');
  });
});

describe('an error', () => {
  it('says in which message, where, and what would be right', () => {
    expect(() => decodeRequest('Heartbeat', 0, Uint8Array.of(0, 5, 65), 0)).toThrow(
      'Heartbeat request, version 0: 5 bytes were to follow at byte 2, but 1 are left.',
    );
    expect(() => decodeRequest('Heartbeat', 0, Uint8Array.of(0xff, 0xff), 0)).toThrow(
      'Heartbeat request, version 0: A string before byte 2 is null, which this version does not allow.',
    );
    expect(() => decodeRequest('Heartbeat', 0, Uint8Array.of(0xff, 0xfe), 0)).toThrow('is -2; at least -1 is right.');
    expect(() => decodeRequest('Heartbeat', 9, new Uint8Array(9), 0)).toThrow(
      'Heartbeat has no version 9 here; 0 to 4 are there.',
    );
    const long = Uint8Array.of(0x81, 0x80, 0x02, ...new Uint8Array(40_000));
    expect(() => decodeRequest('Heartbeat', 4, long, 0)).toThrow(
      'A string of 32768 bytes begins at byte 3; 32767 are allowed.',
    );
  });
});
