import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { BatchBuilder } from '../../../lib/record/index.ts';
import { StoreError } from '../../../lib/store/index.ts';
import { connect, openWorld, type World } from '../client.ts';
import { batchOf, batchWith, recordsOf } from '../records.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 2 });
});
afterEach(() => world.close());

function produce(records: Uint8Array | null, { topic = 'orders', acks = -1, version = 11, index = 0 } = {}) {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }];
  return world.client.ask('Produce', { acks, timeoutMs: 1_000, topicData }, version);
}

async function resultOf(...args: Parameters<typeof produce>) {
  return (await produce(...args))!.responses[0]!.partitionResponses[0]!;
}

async function readAll(topic = 'orders', partition = 0) {
  const reads = [{ topic, partition, offset: 0, maxBytes: 1e9 }];
  const [found] = await world.platform.events.fetch(reads, { maxBytes: 1e9 });
  return recordsOf(Buffer.concat(found!.batches));
}

describe('Produce', () => {
  test('stores a batch and says where', async () => {
    expect(await resultOf(batchOf('a', 'b'))).toMatchObject({ errorCode: 0, baseOffset: 0, logStartOffset: 0 });
    expect(await resultOf(batchOf('c'))).toMatchObject({ errorCode: 0, baseOffset: 2, logAppendTimeMs: -1 });
    expect(await readAll()).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
  });

  test.each([1, -1])('is durable before it is answered with acks %i', async (acks) => {
    await produce(batchOf('a'), { acks });
    expect(await readAll()).toEqual([[0, 'a']]);
  });

  test('with acks 0 has no answer, and stores', async () => {
    expect(await produce(batchOf('a'), { acks: 0 })).toBeUndefined();
    expect(await readAll()).toEqual([[0, 'a']]);
  });

  test('with acks 0 that fails ends the connection', async () => {
    expect(await produce(batchOf('a'), { acks: 0, topic: 'missing' })).toBeUndefined();
    expect(world.client.session.over).toBe(true);
  });

  test('gives LogAppendTime to topics that ask for it, and tells it', async () => {
    await world.platform.topics.create('stamped', {
      partitions: 1,
      config: { 'message.timestamp.type': 'LogAppendTime' },
    });
    const before = Date.now();
    const { logAppendTimeMs } = await resultOf(batchOf('a'), { topic: 'stamped' });
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
    expect((await world.platform.events.offsetForTime('stamped', 0, before))?.timestampMs).toBe(logAppendTimeMs);
  });

  test.each([
    ['an unknown topic', batchOf('a'), { topic: 'missing' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an unknown partition', batchOf('a'), { index: 2 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['acks that are none', batchOf('a'), { acks: 2 }, 'INVALID_REQUIRED_ACKS'],
    ['no batch', null, {}, 'INVALID_RECORD'],
    ['two batches', Buffer.concat([batchOf('a'), batchOf('b')]), {}, 'INVALID_RECORD'],
    ['a control batch', batchWith({ control: true }, 'a'), {}, 'INVALID_RECORD'],
    ['a changed byte', changed(batchOf('a'), -1), {}, 'CORRUPT_MESSAGE'],
    ['an old message format', changed(batchOf('a'), 16, 1), {}, 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
    ['a batch that is cut off', batchOf('a').subarray(0, 65), {}, 'CORRUPT_MESSAGE'],
    ['zstd before clients know it', batchWith({ codec: 'zstd' }, 'a'), { version: 6 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['too large a batch', batchOf('x'.repeat(1_100_000)), {}, 'MESSAGE_TOO_LARGE'],
  ] as const)('refuses %s alone', async (_, records, options, error) => {
    expect(await resultOf(records, options)).toMatchObject({ errorCode: KAFKA_ERRORS[error], baseOffset: -1 });
    expect(await readAll()).toEqual([]);
  });

  test('checks the topic’s own max.message.bytes', async () => {
    await world.platform.topics.create('small', { partitions: 1, config: { 'max.message.bytes': '100' } });
    const large = await resultOf(batchOf('x'.repeat(100)), { topic: 'small' });
    expect(large.errorCode).toBe(KAFKA_ERRORS.MESSAGE_TOO_LARGE);
    expect((await resultOf(batchOf('x'), { topic: 'small' })).errorCode).toBe(0);
  });

  test('refuses times that are too far from the clock, where the topic keeps producers’ times', async () => {
    const dayMs = 86_400_000;
    const { topics, clock } = world.platform;
    const before = { 'message.timestamp.before.max.ms': String(dayMs) };
    await topics.create('recent', { partitions: 1, config: before });
    const stamped = { ...before, 'message.timestamp.type': 'LogAppendTime' };
    await topics.create('stamped', { partitions: 1, config: stamped });
    const at = async (topic: string, ...agesMs: number[]) => {
      const builder = new BatchBuilder();
      for (const ageMs of agesMs) builder.append(null, Buffer.from('v'), clock.nowMs() - ageMs);
      return (await resultOf(builder.build(), { topic })).errorCode;
    };
    expect(await at('recent', 0, dayMs / 2)).toBe(0);
    expect(await at('recent', 2 * dayMs)).toBe(KAFKA_ERRORS.INVALID_TIMESTAMP);
    expect(await at('orders', 2 * dayMs)).toBe(0);
    expect(await at('orders', 0, -dayMs)).toBe(KAFKA_ERRORS.INVALID_TIMESTAMP);
    expect(await at('stamped', 2 * dayMs, -dayMs)).toBe(0);
  });

  test('refuses records without keys on compacted topics', async () => {
    await world.platform.topics.create('latest', { partitions: 1, config: { 'cleanup.policy': 'compact' } });
    const builder = new BatchBuilder();
    builder.append(null, Buffer.from('v'), 1);
    expect((await resultOf(builder.build(), { topic: 'latest' })).errorCode).toBe(KAFKA_ERRORS.INVALID_RECORD);
    expect((await resultOf(batchOf('v'), { topic: 'latest' })).errorCode).toBe(0);
  });

  test('one partition’s failure leaves the others', async () => {
    const partitionData = [
      { index: 0, records: batchOf('a') },
      { index: 7, records: batchOf('b') },
      { index: 1, records: batchOf('c') },
    ];
    const answer = await world.client.call('Produce', { acks: -1, topicData: [{ name: 'orders', partitionData }] });
    const codes = answer.responses[0]!.partitionResponses.map(({ index, errorCode }) => [index, errorCode]);
    expect(codes).toEqual([
      [0, 0],
      [7, 3],
      [1, 0],
    ]);
  });

  test('requests of one connection are stored in their order, whatever has to be looked up', async () => {
    const sent = Array.from({ length: 30 }, (_, i) => `v${i}`);
    const topics = await Promise.all(
      sent.map(async (value, i) => {
        if (i === 10) await world.platform.topics.alter('orders', { 'retention.ms': '1000000' });
        return produce(batchOf(value));
      }),
    );
    expect(topics).toHaveLength(30);
    const read = (await readAll()).map(([, value]) => value);
    expect(read.toSorted()).toEqual(sent.toSorted());
    expect(read.filter((value) => value !== 'v10')).toEqual(sent.filter((value) => value !== 'v10'));
  });

  test('of many connections share a flush', async () => {
    const { items } = world.platform;
    let writes = 0;
    const write = items.write.bind(items);
    items.write = (...args) => {
      writes++;
      return write(...args);
    };
    const clients = Array.from({ length: 20 }, () => connect(world.gateway));
    await Promise.all(
      clients.map((client, i) => {
        const topicData = [{ name: 'orders', partitionData: [{ index: i % 2, records: batchOf(`v${i}`) }] }];
        return client.call('Produce', { acks: -1, topicData });
      }),
    );
    expect(writes).toBeLessThan(5);
  });

  test('a store that fails is told so that clients try again', async () => {
    world.platform.items.write = () => Promise.reject(new StoreError('store_unavailable', 'gone'));
    world.platform.items.get = () => Promise.reject(new StoreError('store_unavailable', 'gone'));
    const { errorCode } = await resultOf(batchOf('a'), { topic: 'other' });
    expect(errorCode).toBe(KAFKA_ERRORS.KAFKA_STORAGE_ERROR);
  });
});

function changed(batch: Uint8Array, at: number, to?: number): Uint8Array {
  const copy = Buffer.from(batch);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = to ?? copy[index]! ^ 1;
  return copy;
}
