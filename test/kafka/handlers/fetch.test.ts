import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Lease } from '../../../lib/bytes/index.ts';
import type { FetchRequest, Sparse } from '../../../lib/kafka/index.ts';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { connect, openWorld, type World } from '../client.ts';
import { batchOf, batchWith, recordsOf } from '../records.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 4 });
});
afterEach(() => world.close());

async function store(records: Uint8Array, partition = 0): Promise<void> {
  await world.platform.events.produceBatches('orders', partition, records);
}

type Asked = { partition?: number; offset?: number; bytes?: number; topic?: string; epoch?: number };

function request(asked: Asked[], more: Sparse<FetchRequest> = {}): Sparse<FetchRequest> {
  const topics = asked.map(({ partition = 0, offset = 0, bytes = 1e6, topic = 'orders', epoch = -1 }) => ({
    topic,
    partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: bytes, currentLeaderEpoch: epoch }],
  }));
  return { maxBytes: 1e6, minBytes: 1, maxWaitMs: 0, sessionEpoch: -1, topics, ...more };
}

async function fetch(asked: Asked[], more: Sparse<FetchRequest> = {}, version = 12) {
  const answer = await world.client.call('Fetch', request(asked, more), version);
  const partitions = answer.responses.flatMap(({ topic, partitions: all }) =>
    all.map(
      ({
        partitionIndex,
        errorCode,
        records,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        abortedTransactions,
      }) => ({
        at: `${topic}/${partitionIndex}`,
        errorCode,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        abortedTransactions,
        records: recordsOf(records),
      }),
    ),
  );
  return { ...answer, partitions };
}

describe('Fetch', () => {
  test('inside a batch gives the whole batch', async () => {
    await store(batchOf('a', 'b', 'c'));
    await store(batchOf('d'));
    const { partitions } = await fetch([{ offset: 1 }]);
    expect(partitions[0]!.records).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
    ]);
    expect(partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 4, lastStableOffset: 4, logStartOffset: 0 });
  });

  test('gives the first batch whatever its size, and of the rest what fits', async () => {
    for (let i = 0; i < 4; i++) await store(batchOf('x'.repeat(1_000)), i);
    expect((await fetch([{ bytes: 10 }])).partitions[0]!.records).toHaveLength(1);
    const all = [{}, { partition: 1 }, { partition: 2 }, { partition: 3 }];
    const { partitions } = await fetch(all, { maxBytes: 2_500 });
    expect(partitions.map(({ records }) => records.length)).toEqual([1, 1, 0, 0]);
  });

  test('waits for min bytes at most as long as it says, and is woken by an append', async () => {
    const startMs = performance.now();
    const empty = await fetch([{}], { maxWaitMs: 60 });
    expect(performance.now() - startMs).toBeGreaterThan(50);
    expect(empty.partitions[0]).toMatchObject({ errorCode: 0, records: [], highWatermark: 0 });
    const waiting = fetch([{}], { maxWaitMs: 20_000 });
    await store(batchOf('a'));
    expect((await waiting).partitions[0]!.records).toEqual([[0, 'a']]);
  });

  test('outside of the log says so at once, with where the log is', async () => {
    await store(batchOf('a', 'b'));
    const { partitions } = await fetch([{ offset: 3 }, { partition: 1 }], { maxWaitMs: 10_000 });
    expect(partitions[0]).toMatchObject({ errorCode: KAFKA_ERRORS.OFFSET_OUT_OF_RANGE, records: [] });
    expect(partitions[1]).toMatchObject({ errorCode: 0 });
  });

  test.each([
    ['an unknown topic', { topic: 'missing' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an unknown partition', { partition: 9 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an epoch that no leader had', { epoch: 4 }, 'UNKNOWN_LEADER_EPOCH'],
  ] as const)('of %s fails alone and at once', async (_, asked, error) => {
    const { partitions } = await fetch([{ partition: 1 }, asked], { maxWaitMs: 10_000 });
    expect(partitions.map(({ errorCode }) => errorCode)).toEqual([0, KAFKA_ERRORS[error]]);
  });

  test('tells readers of committed transactions that none were aborted', async () => {
    await store(batchOf('a'));
    expect((await fetch([{}], { isolationLevel: 1 })).partitions[0]!.abortedTransactions).toEqual([]);
    expect((await fetch([{}], { isolationLevel: 0 })).partitions[0]!.abortedTransactions).toBeNull();
  });

  test('does not give zstd to clients that cannot know it', async () => {
    await store(batchWith({ codec: 'zstd' }, 'a'));
    const { partitions } = await fetch([{}], {}, 9);
    expect(partitions[0]).toMatchObject({ errorCode: KAFKA_ERRORS.UNSUPPORTED_COMPRESSION_TYPE, records: [] });
    expect((await fetch([{}], {}, 10)).partitions[0]!.records).toEqual([[0, 'a']]);
  });

  test('copies nothing: a large answer’s parts are the cache’s own memory', async () => {
    await store(batchOf('x'.repeat(100_000)));
    const lease = new Lease();
    const [found] = await world.platform.events.fetch([{ topic: 'orders', partition: 0, offset: 0, maxBytes: 1e6 }], {
      maxBytes: 1e6,
      lease,
    });
    const { encodeRequest } = await import('../../../bench/kafka/peer/index.ts');
    const { parts } = encodeRequest('Fetch', 12, { correlationId: 1, clientId: null }, request([{}]));
    const frame = await world.client.session.handle(Buffer.concat(parts).subarray(4));
    const memory = frame!.parts.map(({ buffer, byteOffset }) => [buffer, byteOffset]);
    expect(memory).toContainEqual([found!.batches[0]!.buffer, found!.batches[0]!.byteOffset]);
    expect(frame!.parts.some(({ buffer }) => buffer === found!.batches[0]!.buffer)).toBe(true);
    lease.release();
    expect(frame!.lease!.covers(found!.batches[0]!)).toBe(true);
    frame!.lease!.release();
  });

  test('what waits when its connection ends is answered with what is there', async () => {
    const waiting = fetch([{}], { maxWaitMs: 60_000 });
    setImmediate(() => world.client.session.close());
    expect((await waiting).partitions[0]).toMatchObject({ errorCode: 0, records: [] });
  });
});

describe('a fetch session', () => {
  const all = [{}, { partition: 1 }, { partition: 2 }];

  async function begin() {
    const first = await fetch(all, { sessionEpoch: 0 });
    expect(first.sessionId).not.toBe(0);
    expect(first.partitions).toHaveLength(3);
    return first.sessionId;
  }

  test('names only what changed from its first answer on', async () => {
    const sessionId = await begin();
    expect((await fetch([], { sessionId, sessionEpoch: 1 })).partitions).toEqual([]);
    await store(batchOf('a'), 1);
    const news = await fetch([], { sessionId, sessionEpoch: 2 });
    expect(news.partitions.map(({ at, records }) => [at, records])).toEqual([['orders/1', [[0, 'a']]]]);
    const moved = await fetch([{ partition: 1, offset: 1 }], { sessionId, sessionEpoch: 3 });
    expect(moved.partitions).toEqual([]);
    await world.platform.events.deleteRecords('orders', 1, 1);
    const started = await fetch([], { sessionId, sessionEpoch: 4 });
    expect(started.partitions).toMatchObject([{ at: 'orders/1', logStartOffset: 1, records: [] }]);
  });

  test('follows what is added and forgets what is forgotten', async () => {
    const sessionId = await begin();
    const forgottenTopicsData = [{ topic: 'orders', partitions: [0, 1] }];
    const added = await fetch([{ partition: 3 }], { sessionId, sessionEpoch: 1, forgottenTopicsData });
    expect(added.partitions.map(({ at }) => at)).toEqual(['orders/3']);
    for (const partition of [0, 1, 2, 3]) await store(batchOf('a'), partition);
    const { partitions } = await fetch([], { sessionId, sessionEpoch: 2 });
    expect(partitions.map(({ at }) => at).sort()).toEqual(['orders/2', 'orders/3']);
  });

  test('gives each partition its turn where not all fit', async () => {
    for (const partition of [0, 1, 2]) {
      for (let i = 0; i < 3; i++) await store(batchOf('x'.repeat(1_000)), partition);
    }
    const first = await fetch(
      all.map((one) => ({ ...one, bytes: 1_100 })),
      { sessionEpoch: 0, maxBytes: 1_100 },
    );
    const turns = [first.partitions.find(({ records }) => records.length > 0)!.at];
    for (let sessionEpoch = 1; sessionEpoch < 3; sessionEpoch++) {
      const next = await fetch([], { sessionId: first.sessionId, sessionEpoch, maxBytes: 1_100 });
      turns.push(next.partitions.find(({ records }) => records.length > 0)!.at);
    }
    expect(turns).toEqual(['orders/0', 'orders/1', 'orders/2']);
  });

  test('tells of an error until it is over', async () => {
    const { sessionId } = await fetch([{ topic: 'later' }], { sessionEpoch: 0 });
    const still = await fetch([], { sessionId, sessionEpoch: 1 });
    expect(still.partitions).toMatchObject([{ at: 'later/0', errorCode: KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION }]);
    await world.platform.topics.create('later', { partitions: 1 });
    const cured = await fetch([], { sessionId, sessionEpoch: 2 });
    expect(cured.partitions).toMatchObject([{ at: 'later/0', errorCode: 0, highWatermark: 0 }]);
  });

  test('is refused where nobody knows it, or its turn is another', async () => {
    const sessionId = await begin();
    expect(await fetch([], { sessionId: sessionId ^ 1, sessionEpoch: 1 })).toMatchObject({
      errorCode: KAFKA_ERRORS.FETCH_SESSION_ID_NOT_FOUND,
      responses: [],
    });
    expect(await fetch([], { sessionId, sessionEpoch: 5 })).toMatchObject({
      errorCode: KAFKA_ERRORS.INVALID_FETCH_SESSION_EPOCH,
    });
  });

  test('outlives its connection, and ends when the client says so', async () => {
    const sessionId = await begin();
    const other = connect(world.gateway);
    expect((await other.call('Fetch', request([], { sessionId, sessionEpoch: 1 }))).errorCode).toBe(0);
    const last = await fetch(all, { sessionId, sessionEpoch: -1 });
    expect(last).toMatchObject({ errorCode: 0, sessionId: 0 });
    expect(last.partitions).toHaveLength(3);
    expect((await fetch([], { sessionId, sessionEpoch: 2 })).errorCode).toBe(KAFKA_ERRORS.FETCH_SESSION_ID_NOT_FOUND);
  });
});
