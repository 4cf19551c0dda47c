import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';
import { batchOf } from '../records.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 2 });
});
afterEach(() => world.close());

describe('DescribeTopicPartitions', () => {
  interface Page {
    readonly topics?: readonly string[];
    readonly responsePartitionLimit?: number;
    readonly cursor?: { topicName: string; partitionIndex: number } | null;
  }
  async function pageOf({ topics = [], responsePartitionLimit = 2_000, cursor = null }: Page) {
    const asked = { topics: topics.map((name) => ({ name })), responsePartitionLimit, cursor };
    const answer = await world.client.call('DescribeTopicPartitions', asked);
    const seen = answer.topics.map(({ name, errorCode, partitions }) => {
      return [name, errorCode, partitions.map(({ partitionIndex }) => partitionIndex)];
    });
    return { seen, next: answer.nextCursor };
  }

  test('describes partitions as Metadata does, and no eligible replicas', async () => {
    const { topics } = await world.client.call('DescribeTopicPartitions', { topics: [], responsePartitionLimit: 9 });
    const metadata = await world.client.call('Metadata', { topics: null, includeTopicAuthorizedOperations: true });
    expect(topics[0]).toMatchObject({
      errorCode: 0,
      name: 'orders',
      topicId: metadata.topics[0]!.topicId,
      isInternal: false,
      topicAuthorizedOperations: metadata.topics[0]!.topicAuthorizedOperations,
    });
    expect(topics[0]!.partitions[1]).toEqual({
      errorCode: 0,
      partitionIndex: 1,
      leaderId: 0,
      leaderEpoch: 0,
      replicaNodes: [0],
      isrNodes: [0],
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
      offlineReplicas: [],
    });
  });

  test('goes through all topics page by page, each where the last one ended', async () => {
    await world.platform.topics.create('audit', { partitions: 3 });
    await world.platform.topics.create('views', { partitions: 1 });
    const pages: unknown[] = [];
    for (let cursor: Page['cursor'] = null; ; ) {
      const { seen, next } = await pageOf({ responsePartitionLimit: 2, cursor });
      pages.push(seen);
      if (!next) break;
      cursor = next;
    }
    expect(pages).toEqual([
      [['audit', 0, [0, 1]]],
      [
        ['audit', 0, [2]],
        ['orders', 0, [0]],
      ],
      [
        ['orders', 0, [1]],
        ['views', 0, [0]],
      ],
    ]);
  });

  test('tells of topics that are not there, in the order of names, from the cursor on', async () => {
    const missing = KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION;
    const { seen } = await pageOf({ topics: ['zebra', 'orders', 'orders', 'no way'] });
    expect(seen).toEqual([
      ['no way', KAFKA_ERRORS.INVALID_TOPIC_EXCEPTION, []],
      ['zebra', missing, []],
      ['orders', 0, [0, 1]],
    ]);
    const cursor = { topicName: 'orders', partitionIndex: 1 };
    expect(await pageOf({ topics: ['a', 'orders'], cursor })).toEqual({ seen: [['orders', 0, [1]]], next: null });
  });

  test('refuses a cursor of another topic, and one of a partition below 0', async () => {
    const asked = { topics: [{ name: 'a' }], responsePartitionLimit: 1 };
    for (const cursor of [
      { topicName: 'orders', partitionIndex: 0 },
      { topicName: 'a', partitionIndex: -1 },
    ]) {
      const { topics } = await world.client.call('DescribeTopicPartitions', { ...asked, cursor });
      expect(topics[0]!.errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
    }
  });
});

describe('a cluster in which nothing can be moved', () => {
  test('elects no leaders: none is needed where there are any, and no results where all are asked for', async () => {
    const named = { topicPartitions: [{ topic: 'orders', partitions: [0, 7] }], timeoutMs: 1_000 };
    for (const electionType of [0, 1]) {
      const some = await world.client.call('ElectLeaders', { ...named, electionType });
      expect(some.errorCode).toBe(0);
      expect(some.replicaElectionResults[0]!.partitionResult.map(({ errorCode }) => errorCode)).toEqual([
        KAFKA_ERRORS.ELECTION_NOT_NEEDED,
        KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION,
      ]);
    }
    const all = await world.client.call('ElectLeaders', { topicPartitions: null, timeoutMs: 1_000 });
    expect(all).toMatchObject({ errorCode: 0, replicaElectionResults: [] });
    const odd = await world.client.call('ElectLeaders', { ...named, electionType: 7 });
    expect(odd.errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
  });

  test('takes the replicas that partitions have, refuses others, and cancels nothing', async () => {
    const replicas = [[0], [0, 1], [], null, [0]];
    const partitions = replicas.map((some, i) => ({ partitionIndex: i === 4 ? 9 : 0, replicas: some }));
    const answer = await world.client.call('AlterPartitionReassignments', { topics: [{ name: 'orders', partitions }] });
    expect(answer.errorCode).toBe(0);
    expect(answer.responses[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([
      0,
      KAFKA_ERRORS.INVALID_REPLICA_ASSIGNMENT,
      KAFKA_ERRORS.INVALID_REPLICA_ASSIGNMENT,
      KAFKA_ERRORS.NO_REASSIGNMENT_IN_PROGRESS,
      KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    const listed = await world.client.call('ListPartitionReassignments', { topics: null, timeoutMs: 1_000 });
    expect(listed).toMatchObject({ errorCode: 0, topics: [] });
  });
});

test('DescribeLogDirs tells how many bytes each partition keeps, pages and tail alike', async () => {
  const { topics, events, log } = world.platform;
  const { topicId } = await topics.describe('orders');
  const batch = batchOf('a', 'b');
  await events.produceBatches('orders', 1, batch.slice());
  await log.roll({ topicId, index: 0 });
  await events.produceBatches('orders', 1, batch.slice());
  const { results } = await world.client.call('DescribeLogDirs', { topics: [{ topic: 'orders', partitions: [0, 1] }] });
  const [{ partitions }] = results[0]!.topics as [(typeof results)[0]['topics'][0]];
  expect(partitions.map(({ partitionSize }) => partitionSize)).toEqual([0, 2 * batch.length]);
});
