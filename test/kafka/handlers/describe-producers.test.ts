import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 4 });
});
afterEach(() => world.close());

const none = { epoch: 0, lastSequence: undefined, lastAppendMs: undefined, transactionStart: undefined };

/** Every partition has so many producers; returns the most that were looked at at once. */
function withProducers(count: number) {
  let [now, most] = [0, 0];
  const looked = vi.spyOn(world.platform.log, 'activeProducers').mockImplementation(async () => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
    return Array.from({ length: count }, (_, producerId) => ({ ...none, producerId }));
  });
  return { looked, most: () => most };
}

async function describe(...asked: number[][]) {
  const topics = asked.map((partitionIndexes) => ({ name: 'orders', partitionIndexes }));
  return (await world.client.call('DescribeProducers', { topics })).topics;
}

test('a partition that is named again and again is looked at, and told of, once', async () => {
  const { looked } = withProducers(3);
  const topics = await describe(new Array<number>(1_000).fill(1), [1, 2]);
  expect(topics).toHaveLength(1);
  expect(topics[0]!.partitions.map((one) => [one.partitionIndex, one.activeProducers.length])).toEqual([
    [1, 3],
    [2, 3],
  ]);
  expect(looked).toHaveBeenCalledTimes(2);
});

test('partitions are looked at one after the other', async () => {
  const { most } = withProducers(1);
  await describe([0, 1, 2, 3]);
  expect(most()).toBe(1);
});

test('an answer has room for 20,000 producers, and partitions that find none are refused', async () => {
  withProducers(8_000);
  const [topic] = await describe([0, 1, 2, 3]);
  const full = [KAFKA_ERRORS.INVALID_REQUEST, 0];
  expect(topic!.partitions.map((one) => [one.errorCode, one.activeProducers.length])).toEqual([
    [0, 8_000],
    [0, 8_000],
    full,
    full,
  ]);
});

test('a partition that alone has too many is cut', async () => {
  withProducers(20_001);
  expect((await describe([0]))[0]!.partitions).toMatchObject([{ errorCode: 0, activeProducers: { length: 20_000 } }]);
});
