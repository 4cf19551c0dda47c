import { connect as connectSocket, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { decodeResponse, encodeRequest } from '../../../bench/kafka/peer/index.ts';
import { FramePool } from '../../../lib/kafka/connection/frame-memory.ts';
import { FRAME_BYTES_POOLED, SLAB_BYTES, SLABS_MAX } from '../../../lib/kafka/connection/limits.ts';
import { type KafkaServer, serveKafka } from '../../../lib/kafka/index.ts';
import { checkBatches } from '../../../lib/record/index.ts';
import { LoadClient, produceFrame } from '../../peers/load-client.ts';
import { seededRandom } from '../../support/clock.ts';
import { openWorld, type World } from '../client.ts';
import { batchOf, recordsOf } from '../records.ts';

const PARTITIONS = 4;
const FETCH_VERSION = 11;
const KEPT_MS = 10_000;
/** Of its eight slabs each holds one value. */
const HOT_BYTES = 8 << 20;
const VALUE_BYTES = 900_000;

describe('the memory of requests', () => {
  test('is used again when all requests in it are answered, and not before', () => {
    const pool = new FramePool();
    const first = pool.take(FRAME_BYTES_POOLED.max);
    const second = pool.take(FRAME_BYTES_POOLED.max);
    expect([first.bytes.buffer === second.bytes.buffer, pool.held]).toEqual([true, 1]);
    first.bytes.fill('a');
    const third = pool.take(FRAME_BYTES_POOLED.max);
    expect([third.bytes.buffer === first.bytes.buffer, pool.held]).toEqual([false, 2]);
    second.release();
    second.release();
    expect(first.bytes.toString('latin1', 0, 3)).toBe('aaa');
    first.release();
    expect([first.bytes.length, third.bytes.length, pool.held]).toEqual([0, FRAME_BYTES_POOLED.max, 1]);
  });

  test('of small and huge ones, and where all slabs are held, is left to the garbage collector', () => {
    const pool = new FramePool();
    for (const length of [0, FRAME_BYTES_POOLED.min - 1, FRAME_BYTES_POOLED.max + 1]) {
      const memory = pool.take(length);
      memory.release();
      expect(memory.bytes).toHaveLength(length);
    }
    expect(pool.held).toBe(0);
    const all = Array.from({ length: SLABS_MAX }, () => {
      const half = pool.take(SLAB_BYTES / 2);
      pool.take(SLAB_BYTES / 2).release();
      return half;
    });
    expect(pool.held).toBe(SLABS_MAX);
    const beyond = pool.take(SLAB_BYTES / 2);
    beyond.release();
    expect([beyond.bytes.length, pool.held]).toEqual([SLAB_BYTES / 2, SLABS_MAX]);
    for (const one of all) one.release();
    expect(pool.take(SLAB_BYTES / 2).bytes).toHaveLength(SLAB_BYTES / 2);
  });
});

describe('a server that uses its memory again', () => {
  let world: World;
  let server: KafkaServer;
  const errors: unknown[] = [];
  const sockets: Socket[] = [];
  const clients: LoadClient[] = [];

  async function start(hotCacheBytes: number): Promise<string> {
    world = openWorld({
      platform: { log: { hotCacheBytes, coldCacheBytes: 0 } },
      gateway: { onError: (error) => errors.push(error) },
    });
    await world.platform.topics.create('orders', { partitions: PARTITIONS });
    server = await serveKafka(world.gateway, { host: '127.0.0.1', port: 0 });
    return `127.0.0.1:${server.port}`;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
    await world.close();
    expect(errors.splice(0)).toEqual([]);
  });

  async function connected(url: string): Promise<LoadClient> {
    const client = await LoadClient.to(url);
    clients.push(client);
    return client;
  }

  /** Values of all sizes around those of scratch buffers, slabs and parts of answers; each says what it has to be. */
  function valueNamed(name: string, random: { next(): number }): string {
    const length = Math.floor(2 ** (4 + random.next() * 15));
    return `${name}:${length}:`.padEnd(length, name);
  }

  const isWhole = (value: string) => {
    const [name, length] = value.split(':') as [string, string];
    return value === `${name}:${length}:`.padEnd(Number(length), name);
  };

  test('stores and returns every byte as it came, while many clients write and read', async () => {
    const url = await start(1 << 20);
    const random = seededRandom(11);
    const sent: string[][] = Array.from({ length: PARTITIONS }, () => []);
    const write = async (index: number) => {
      const client = await connected(url);
      const waiting: Promise<void>[] = [];
      for (let i = 0; i < 60; i++) {
        const partition = Math.floor(random.next() * PARTITIONS);
        const value = valueNamed(`w${index}-${i}`, random);
        sent[partition]!.push(value);
        waiting.push(client.produce(produceFrame('orders', [partition], batchOf(value))));
        if (waiting.length >= 5) await waiting.shift();
      }
      await Promise.all(waiting);
    };
    const found: string[][] = Array.from({ length: PARTITIONS }, () => []);
    let writing = true;
    const read = async (partition: number) => {
      const client = await connected(url);
      for (let offset = 0, ended = false; !ended; ) {
        ended = !writing;
        const records = await client.fetch(fetchAt(partition, offset), (bytes) => Buffer.from(bytes));
        // A batch that does not fit whole is cut; what it begins with is not looked at.
        if (records.length > 0) checkBatches(records);
        for (const [, value] of recordsOf(records)) found[partition]!.push(value);
        offset = found[partition]!.length;
        if (records.length > 0) ended = false;
      }
    };
    const reading = Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => read(partition)));
    await Promise.all(Array.from({ length: 8 }, (_, index) => write(index)));
    writing = false;
    await reading;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(found[partition]!.every(isWhole)).toBe(true);
      expect(found[partition]!.toSorted()).toEqual(sent[partition]!.toSorted());
    }
    await expect.poll(() => server.requestSlabs, { timeout: KEPT_MS }).toBe(1);
  });

  const slabs = () => world.platform.log.stats().cacheSlabs;

  /** Writes over all that is cached. */
  async function pushOut(writer: LoadClient): Promise<void> {
    const frame = produceFrame('orders', [1], batchOf('x'.repeat(VALUE_BYTES)));
    for (let i = 0; i < 12; i++) await writer.produce(frame);
  }

  test('sends a slow reader what it asked for, though the cache has long been filled with other things', async () => {
    const url = await start(HOT_BYTES);
    const writer = await connected(url);
    const slow = connectSocket({ port: server.port, host: '127.0.0.1' });
    sockets.push(slow);
    // More than sockets hold, so that one is on its way for long and others wait behind it, each in a slab of its own.
    const values = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(VALUE_BYTES));
    for (const [offset, value] of values.entries()) {
      await writer.produce(produceFrame('orders', [0], batchOf(value)));
      const { hits } = world.platform.log.stats();
      slow.write(fetchAt(0, offset));
      await expect.poll(() => world.platform.log.stats().hits, { timeout: KEPT_MS }).toBe(hits + 1);
    }
    await pushOut(writer);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of slow as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= values.length * VALUE_BYTES && framesOf(Buffer.concat(chunks)).length === values.length) break;
    }
    for (const [offset, frame] of framesOf(Buffer.concat(chunks)).entries()) {
      const { records } = decodeResponse('Fetch', FETCH_VERSION, frame).body.responses[0]!.partitions[0]!;
      checkBatches(records!);
      expect(recordsOf(records)).toEqual([[offset, values[offset]]]);
    }
  });

  test('holds nothing for connections that ended before their requests were whole, or their answers sent', async () => {
    const url = await start(HOT_BYTES);
    const writer = await connected(url);
    await pushOut(writer);
    const inUse = slabs();
    await writer.produce(produceFrame('orders', [0], batchOf('f'.repeat(VALUE_BYTES))));
    const raw = () => {
      const socket = connectSocket({ port: server.port, host: '127.0.0.1' });
      sockets.push(socket);
      return socket;
    };
    const [silent, half, waiting] = [raw(), raw(), raw()];
    for (let i = 0; i < 20; i++) silent.write(fetchAt(0, 0));
    half.write(produceFrame('orders', [0], batchOf('h'.repeat(500_000))).subarray(0, 300_000));
    await expect.poll(() => server.requestSlabs, { timeout: KEPT_MS }).toBeGreaterThan(0);
    await expect.poll(() => world.gateway.parts.answers.left, { timeout: KEPT_MS }).toBeLessThan(256 << 20);
    await pushOut(writer);
    expect(slabs()).toBe(inUse + 1);
    // Answered when its connection ends, with what is there.
    await writer.produce(produceFrame('orders', [2], batchOf('w'.repeat(VALUE_BYTES))));
    const { hits } = world.platform.log.stats();
    waiting.write(fetchAt(2, 0, 60_000));
    await expect.poll(() => world.platform.log.stats().hits, { timeout: KEPT_MS }).toBe(hits + 1);
    waiting.resetAndDestroy();
    for (const socket of [silent, half]) socket.destroy();
    await expect.poll(() => server.connections, { timeout: KEPT_MS }).toBe(1);
    await expect.poll(() => world.gateway.parts.answers.left, { timeout: KEPT_MS }).toBe(256 << 20);
    await expect.poll(() => world.platform.log.stats().hits, { timeout: KEPT_MS }).toBe(hits + 2);
    await pushOut(writer);
    expect([slabs(), server.requestSlabs]).toEqual([inUse, 1]);
  });
});

/** Waits for more than there is, where it may wait. */
function fetchAt(partition: number, fetchOffset: number, maxWaitMs = 0): Buffer {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: 10 << 20, currentLeaderEpoch: -1 }];
  const body = {
    ...{ replicaId: -1, maxWaitMs, minBytes: 10 << 20, maxBytes: 10 << 20, sessionEpoch: -1 },
    topics: [{ topic: 'orders', partitions }],
  };
  const { parts } = encodeRequest('Fetch', FETCH_VERSION, { correlationId: 1, clientId: 'slow' }, body);
  return Buffer.concat(parts);
}

/** The answers that have come whole, without the lengths before them. */
function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at);
    if (end > bytes.length) break;
    frames.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return frames;
}
