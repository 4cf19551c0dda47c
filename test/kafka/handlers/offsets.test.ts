import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';
import { batchOf } from '../records.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 2 });
  // Times 1,000 to 1,002, then 1,000 again.
  await world.platform.events.produceBatches('orders', 0, batchOf('a', 'b', 'c'));
  await world.platform.events.produceBatches('orders', 0, batchOf('d'));
});
afterEach(() => world.close());

async function list(timestamp: number, { partitionIndex = 0, name = 'orders', version = 9 } = {}) {
  const topics = [{ name, partitions: [{ partitionIndex, timestamp, currentLeaderEpoch: -1 }] }];
  const {
    errorCode,
    offset,
    timestamp: found,
  } = (await world.client.call('ListOffsets', { topics }, version)).topics[0]!.partitions[0]!;
  return errorCode === 0 ? [offset, found] : errorCode;
}

describe('ListOffsets', () => {
  test.each([
    ['the end', -1, [4, -1]],
    ['the start', -2, [0, -1]],
    ['the latest time: the first that has it', -3, [2, 1_002]],
    ['what is on local disks: all', -4, [0, -1]],
    ['what is in tiered storage: nothing', -5, [-1, -1]],
    ['a time before all', 5, [0, 1_000]],
    ['a time that a record has', 1_001, [1, 1_001]],
    ['a time after all', 1_003, [-1, -1]],
  ])('finds %s', async (_, timestamp, found) => {
    expect(await list(timestamp)).toEqual(found);
  });

  test('of an empty partition', async () => {
    expect(await Promise.all([-1, -2, -3, 0].map((time) => list(time, { partitionIndex: 1 })))).toEqual([
      [0, -1],
      [0, -1],
      [-1, -1],
      [-1, -1],
    ]);
  });

  test('looks from the log start on', async () => {
    await world.platform.events.deleteRecords('orders', 0, 3);
    expect(await Promise.all([-2, -3, 5, 1_001].map((time) => list(time)))).toEqual([
      [3, -1],
      [3, 1_000],
      [3, 1_000],
      [-1, -1],
    ]);
  });

  test('fails for what is not there', async () => {
    expect(await list(-1, { partitionIndex: 5 })).toBe(KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION);
    expect(await list(-1, { name: 'missing' })).toBe(KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION);
  });
});

test('OffsetForLeaderEpoch ends the one epoch at the high watermark, and knows no other', async () => {
  const partitions = [
    { partition: 0, leaderEpoch: 0, currentLeaderEpoch: 0 },
    { partition: 0, leaderEpoch: 3, currentLeaderEpoch: -1 },
    { partition: 0, leaderEpoch: 0, currentLeaderEpoch: 9 },
    { partition: 9, leaderEpoch: 0, currentLeaderEpoch: -1 },
  ];
  const { topics } = await world.client.call('OffsetForLeaderEpoch', { topics: [{ topic: 'orders', partitions }] });
  expect(
    topics[0]!.partitions.map(({ errorCode, leaderEpoch, endOffset }) => [errorCode, leaderEpoch, endOffset]),
  ).toEqual([
    [0, 0, 4],
    [0, -1, -1],
    [KAFKA_ERRORS.UNKNOWN_LEADER_EPOCH, -1, -1],
    [KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION, -1, -1],
  ]);
});

test('DeleteRecords moves the log start, to the end with -1, and refuses what is beyond', async () => {
  const ask = async (partitionIndex: number, offset: number) => {
    const topics = [{ name: 'orders', partitions: [{ partitionIndex, offset }] }];
    const { topics: results } = await world.client.call('DeleteRecords', { topics, timeoutMs: 1_000 });
    const { errorCode, lowWatermark } = results[0]!.partitions[0]!;
    return [errorCode, lowWatermark];
  };
  expect(await ask(0, 2)).toEqual([0, 2]);
  expect(await ask(0, 1)).toEqual([0, 2]);
  expect(await ask(0, 99)).toEqual([KAFKA_ERRORS.OFFSET_OUT_OF_RANGE, -1]);
  expect(await ask(0, -1)).toEqual([0, 4]);
  expect(await ask(7, 0)).toEqual([KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION, -1]);
  expect(await list(-2)).toEqual([4, -1]);
});
