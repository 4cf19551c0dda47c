import { connect as connectSocket, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeResponse, encodeRequest } from '../../../bench/kafka/peer/index.ts';
import {
  APIS,
  type ApiName,
  KAFKA_ERRORS,
  type KafkaServer,
  type Requests,
  type ServeKafkaOptions,
  type Session,
  type Sparse,
  serveKafka,
} from '../../../lib/kafka/index.ts';
import { StoreError } from '../../../lib/store/index.ts';
import { openWorld, type World } from '../client.ts';
import { batchOf, recordsOf } from '../records.ts';

let world: World;
let server: KafkaServer;
let errors: unknown[];
const sockets: Socket[] = [];

beforeEach(() => {
  errors = [];
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  await world.close();
  expect(errors).toEqual([]);
});

async function start(options: Partial<ServeKafkaOptions> = {}, gateway: Parameters<typeof openWorld>[0] = {}) {
  world = openWorld({ ...gateway, gateway: { onError: (error) => errors.push(error), ...gateway.gateway } });
  await world.platform.topics.create('orders', { partitions: 1 });
  server = await serveKafka(world.gateway, { host: '127.0.0.1', port: 0, ...options });
}

/** A raw socket that knows where frames end. */
class Wire {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #frames: Buffer[] = [];
  #bytes = Buffer.alloc(0);
  #wake = () => {};

  constructor() {
    this.socket = connectSocket({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(this.socket);
    this.closed = new Promise((resolve) => {
      this.socket.once('end', resolve);
      this.socket.once('close', () => resolve());
    });
    this.socket.on('error', () => {});
    void this.closed.then(() => this.#wake());
    this.socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readInt32BE(0)) {
        const end = 4 + this.#bytes.readInt32BE(0);
        this.#frames.push(this.#bytes.subarray(4, end));
        this.#bytes = this.#bytes.subarray(end);
      }
      this.#wake();
    });
  }

  send<Name extends ApiName>(api: Name, correlationId: number, body: Sparse<Requests[Name]>): Buffer {
    const frame = frameOf(api, correlationId, body);
    this.socket.write(frame);
    return frame;
  }

  /** The next answer, without its length; undefined where the connection ends before. */
  async next(): Promise<Buffer | undefined> {
    let ended = false;
    void this.closed.then(() => {
      ended = true;
    });
    await Promise.resolve();
    while (this.#frames.length === 0 && !ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.resolve();
    }
    return this.#frames.shift();
  }

  async answers(): Promise<boolean> {
    this.send('ApiVersions', 77, VERSIONS);
    return (await this.next())?.readInt32BE(0) === 77;
  }
}

const VERSIONS = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' };

function frameOf<Name extends ApiName>(api: Name, correlationId: number, body: Sparse<Requests[Name]>): Buffer {
  return Buffer.concat(encodeRequest(api, APIS[api].max, { correlationId, clientId: 'raw' }, body).parts);
}

function produceOf(value: string, acks = -1): Sparse<Requests['Produce']> {
  return {
    acks,
    timeoutMs: 1_000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(value) }] }],
  };
}

function fetchOf(offset: number, maxWaitMs = 0): Sparse<Requests['Fetch']> {
  const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 100e6, currentLeaderEpoch: -1 }];
  return { maxWaitMs, minBytes: 1, maxBytes: 100e6, sessionEpoch: -1, topics: [{ topic: 'orders', partitions }] };
}

function fetched(frame: Buffer | undefined): [number, string][] {
  const { body } = decodeResponse('Fetch', APIS.Fetch.max, frame!);
  return recordsOf(body.responses[0]?.partitions[0]?.records);
}

describe('frames', () => {
  test('may come byte by byte, and many in one piece', async () => {
    await start();
    const wire = new Wire();
    for (const byte of frameOf('ApiVersions', 1, VERSIONS)) {
      wire.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await wire.next())!.readInt32BE(0)).toBe(1);
    const many = Array.from({ length: 500 }, (_, i) => frameOf('ApiVersions', 100 + i, VERSIONS));
    wire.socket.write(Buffer.concat(many));
    for (let i = 0; i < 500; i++) expect((await wire.next())!.readInt32BE(0)).toBe(100 + i);
  });

  test.each([10_000, 65_536, 900_000])(
    'of a value of %i bytes go in and come out as they are, between small ones',
    async (size) => {
      await start();
      const wire = new Wire();
      const value = 'v'.repeat(size);
      wire.socket.write(
        Buffer.concat([
          frameOf('ApiVersions', 1, VERSIONS),
          frameOf('Produce', 2, produceOf(value)),
          frameOf('ApiVersions', 3, VERSIONS),
          frameOf('Produce', 4, produceOf('small')),
          frameOf('Fetch', 5, fetchOf(0)),
        ]),
      );
      for (const id of [1, 2, 3, 4]) expect((await wire.next())!.readInt32BE(0)).toBe(id);
      expect(fetched(await wire.next())).toEqual([
        [0, value],
        [1, 'small'],
      ]);
    },
  );
});

describe('answers leave in the order of the requests', () => {
  test('though a later one is done before', async () => {
    await start();
    const wire = new Wire();
    wire.send('Fetch', 1, fetchOf(0, 10_000));
    wire.send('ApiVersions', 2, VERSIONS);
    await new Wire().answers();
    const other = new Wire();
    other.send('Produce', 9, produceOf('woken'));
    expect(fetched(await wire.next())).toEqual([[0, 'woken']]);
    expect((await wire.next())!.readInt32BE(0)).toBe(2);
  });

  test('and pipelined events are stored in it, with one flush for many', async () => {
    await start();
    const wire = new Wire();
    const frames = Array.from({ length: 50 }, (_, i) => frameOf('Produce', i, produceOf(`v${i}`)));
    wire.socket.write(Buffer.concat(frames));
    for (let i = 0; i < 50; i++) {
      const { correlationId, body } = decodeResponse('Produce', 11, (await wire.next())!);
      expect([correlationId, body.responses[0]!.partitionResponses[0]!.baseOffset]).toEqual([i, i]);
    }
    wire.send('Fetch', 51, fetchOf(0));
    expect(fetched(await wire.next())).toEqual(frames.map((_, i) => [i, `v${i}`]));
  });

  test('without one for acks 0', async () => {
    await start();
    const wire = new Wire();
    wire.send('Produce', 1, produceOf('quiet', 0));
    wire.send('Fetch', 2, fetchOf(0, 5_000));
    const answer = await wire.next();
    expect(answer!.readInt32BE(0)).toBe(2);
    expect(fetched(answer)).toEqual([[0, 'quiet']]);
  });
});

test('what is sent while a password is looked at is answered after it', async () => {
  await start({}, { gateway: { security: { sasl: {} } } });
  const { credentials } = world.gateway.parts.security;
  const [looked, right] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()];
  vi.spyOn(credentials, 'check').mockImplementation(() => {
    looked.resolve();
    return right.promise;
  });
  const wire = new Wire();
  wire.socket.setNoDelay(true); // else what is behind a request that is not answered yet stays with the client for a while
  wire.send('SaslHandshake', 1, { mechanism: 'PLAIN' });
  await wire.next();
  wire.send('SaslAuthenticate', 2, { authBytes: Buffer.from('\0alice\0wonderland') });
  await looked.promise;
  wire.send('Metadata', 3, { topics: [] });
  expect(await new Wire().answers()).toBe(true); // what was sent before has arrived, too
  right.resolve(true);
  expect([await wire.next(), await wire.next()].map((frame) => frame?.readInt32BE(0))).toEqual([2, 3]);
});

describe('a connection ends, and no other,', () => {
  test.each([
    ['for what is not Kafka', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['for a TLS greeting where there is none', Buffer.from('16030100c8010000c4', 'hex')],
    ['for a length below zero', Buffer.from('ffffffff00120003', 'hex')],
    ['for a length beyond the limit', Buffer.from('7fffffff00120003', 'hex')],
    ['for an empty frame', Buffer.from('00000000', 'hex')],
    ['for a frame without a whole header', Buffer.from('00000003001200', 'hex')],
    ['for an API that is unknown', Buffer.from('0000000a7fff0000000000070000', 'hex')],
    ['for a version that is not there', Buffer.from('0000000a00030099000000070000', 'hex')],
    ['for a body that ends early', Buffer.from('0000000a0003000c0000000700ff', 'hex')],
    ['for an array of two thousand million', Buffer.from('0000000e000300010000000700007fffffff', 'hex')],
  ])('%s', async (_, bytes) => {
    await start();
    const [broken, other] = [new Wire(), new Wire()];
    expect(await other.answers()).toBe(true);
    broken.socket.write(bytes);
    expect(await broken.next()).toBeUndefined();
    expect(await other.answers()).toBe(true);
  });

  test('after what came before the garbage is answered', async () => {
    await start();
    const wire = new Wire();
    wire.socket.write(Buffer.concat([frameOf('ApiVersions', 1, VERSIONS), Buffer.from('ffffffffffff', 'hex')]));
    expect((await wire.next())?.readInt32BE(0)).toBe(1);
    expect(await wire.next()).toBeUndefined();
  });

  test('where nobody can be told that acks 0 failed', async () => {
    await start();
    const wire = new Wire();
    wire.send('Produce', 1, {
      acks: 0,
      topicData: [{ name: 'missing', partitionData: [{ index: 0, records: batchOf('x') }] }],
    });
    expect(await wire.next()).toBeUndefined();
  });

  test('with the error of a store that fails before a batch has its place: nothing behind it passes it', async () => {
    await start();
    const wire = new Wire();
    vi.spyOn(world.platform.topics, 'layout')
      .mockResolvedValueOnce(await world.platform.topics.layout('orders'))
      .mockRejectedValueOnce(new StoreError('store_unavailable', 'planted'));
    const frames = ['before', 'fails', 'behind'].map((value, i) => frameOf('Produce', i, produceOf(value)));
    wire.socket.write(Buffer.concat(frames));
    const codes: number[] = [];
    for (let frame = await wire.next(); frame; frame = await wire.next()) {
      codes.push(decodeResponse('Produce', 11, frame).body.responses[0]!.partitionResponses[0]!.errorCode);
    }
    expect(codes).toEqual([KAFKA_ERRORS.NONE, KAFKA_ERRORS.KAFKA_STORAGE_ERROR]);
    const other = new Wire();
    other.send('Fetch', 1, fetchOf(0));
    expect(fetched(await other.next())).toEqual([[0, 'before']]);
  });

  test('in the middle of a frame, whose bytes are nobody’s then', async () => {
    await start({ limits: { requestBytesMax: 1_000_000 } });
    for (let i = 0; i < 5; i++) {
      const wire = new Wire();
      const header = Buffer.alloc(4);
      header.writeInt32BE(900_000);
      wire.socket.write(Buffer.concat([header, Buffer.alloc(100_000)]));
      await new Wire().answers();
      wire.socket.destroy();
    }
    const wire = new Wire();
    wire.send('Produce', 1, produceOf('v'.repeat(800_000)));
    expect((await wire.next())?.readInt32BE(0)).toBe(1);
  });
});

describe('backpressure', () => {
  test('lets requests wait, not fail, while too many bytes are under way', async () => {
    await start({ limits: { requestBytesMax: 100_000 } });
    const wires = Array.from({ length: 8 }, () => new Wire());
    const value = 'v'.repeat(60_000);
    for (const wire of wires) for (let i = 0; i < 5; i++) wire.send('Produce', i, produceOf(value));
    for (const wire of wires) {
      for (let i = 0; i < 5; i++) {
        const { body } = decodeResponse('Produce', 11, (await wire.next())!);
        expect(body.responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
      }
    }
  });

  test('holds a connection’s requests at their limit, and answers them all', async () => {
    await start({ limits: { requestsPerConnectionMax: 3 } });
    const wire = new Wire();
    wire.socket.write(Buffer.concat(Array.from({ length: 200 }, (_, i) => frameOf('ApiVersions', i, VERSIONS))));
    for (let i = 0; i < 200; i++) expect((await wire.next())!.readInt32BE(0)).toBe(i);
  });

  test('stops a client that sends and never reads, and nobody else', async () => {
    await start({ limits: { requestsPerConnectionMax: 4 } }, { gateway: { answerBytesMax: 3_000_000 } });
    const filling = new Wire();
    filling.send('Produce', 1, produceOf('v'.repeat(1_000_000)));
    await filling.next();
    const greedy = new Wire();
    await greedy.answers();
    greedy.socket.pause();
    for (let i = 0; i < 400; i++) greedy.socket.write(frameOf('Fetch', i, fetchOf(0)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(3_000_000 - world.gateway.parts.answers.left).toBeLessThan(12_000_000);
    greedy.socket.destroy();
    await expect.poll(() => world.gateway.parts.answers.left).toBe(3_000_000);
    expect(await filling.answers()).toBe(true);
  });
});

test('clients of a socket for IPv4 and IPv6 are told of the address that they came to', async () => {
  await start({ host: '::' });
  const wire = new Wire();
  wire.send('Metadata', 1, { topics: [] });
  const { body } = decodeResponse('Metadata', 12, (await wire.next())!);
  expect(body.brokers).toMatchObject([{ host: '127.0.0.1', port: server.port }]);
});

test('a client that asks thousands of times at once does not keep others from their turn', async () => {
  await start();
  /** Whose requests were begun, in their order. */
  const begun: Session[] = [];
  const { gateway } = world;
  const open = gateway.connect.bind(gateway);
  vi.spyOn(gateway, 'connect').mockImplementation((peer) => {
    const session = open(peer);
    const handle = session.handle.bind(session);
    session.handle = (frame) => {
      begun.push(session);
      return handle(frame);
    };
    return session;
  });
  const [greedy, other] = [new Wire(), new Wire()];
  expect([await greedy.answers(), await other.answers()]).toEqual([true, true]);
  const [, session] = begun;
  begun.length = 0;
  const many = 1_000;
  greedy.socket.write(Buffer.concat(Array.from({ length: many }, () => frameOf('ApiVersions', 1, VERSIONS))));
  expect(await other.answers()).toBe(true);
  expect(begun.indexOf(session!)).toBeLessThan(many / 2);
  for (let answered = 0; answered < many; answered++) await greedy.next();
});

describe('ends of connections', () => {
  test('a client that says no more is answered first, and nothing is waited for', async () => {
    await start();
    const wire = new Wire();
    wire.send('Produce', 1, produceOf('last'));
    wire.send('Fetch', 2, fetchOf(1, 60_000));
    wire.socket.end();
    expect((await wire.next())?.readInt32BE(0)).toBe(1);
    expect((await wire.next())?.readInt32BE(0)).toBe(2);
    expect(await wire.next()).toBeUndefined();
    await expect.poll(() => server.connections).toBe(0);
  });

  test('closing the server answers what is under way and ends all connections', async () => {
    await start({ limits: { closeMs: 200 } });
    const [idle, waiting] = [new Wire(), new Wire()];
    await idle.answers();
    waiting.send('Fetch', 1, fetchOf(0, 60_000));
    await new Wire().answers();
    await server.close();
    expect((await waiting.next())?.readInt32BE(0)).toBe(1);
    expect(await idle.next()).toBeUndefined();
    expect(server.connections).toBe(0);
  });

  test('connections beyond the limit are turned away', async () => {
    await start({ limits: { connectionsMax: 2 } });
    const [first, second] = [new Wire(), new Wire()];
    expect([await first.answers(), await second.answers()]).toEqual([true, true]);
    const third = new Wire();
    expect(await third.next()).toBeUndefined();
    first.socket.destroy();
    await expect.poll(() => server.connections).toBe(1);
    expect(await new Wire().answers()).toBe(true);
  });
});
