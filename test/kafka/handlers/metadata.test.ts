import { afterEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';

let world: World;
afterEach(() => world.close());

async function open(gateway: Parameters<typeof openWorld>[0] = {}) {
  world = openWorld(gateway);
  await world.platform.topics.create('orders', { partitions: 2 });
}

async function topicsOf(request: object, version = 12) {
  const { topics } = await world.client.call('Metadata', request, version);
  return topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions.length]);
}

describe('Metadata', () => {
  test('tells clients to connect to where they came, or to where it is said', async () => {
    await open();
    const { brokers, clusterId, controllerId } = await world.client.call('Metadata', { topics: [] });
    expect(brokers).toEqual([{ nodeId: 0, host: '10.0.0.1', port: 9092, rack: null }]);
    expect([clusterId, controllerId]).toEqual(['millrace', 0]);
    await world.close();
    await open({ gateway: { advertised: { host: 'kafka.example', port: 19092 }, brokerId: 3, rack: 'a' } });
    const advertised = await world.client.call('Metadata', { topics: [] });
    expect(advertised.brokers).toEqual([{ nodeId: 3, host: 'kafka.example', port: 19092, rack: 'a' }]);
  });

  test('has all topics, none, or those named; version 0 says all with an empty list', async () => {
    await open();
    expect(await topicsOf({ topics: null })).toEqual([['orders', 0, 2]]);
    expect(await topicsOf({ topics: [] })).toEqual([]);
    expect(await topicsOf({ topics: [] }, 0)).toEqual([['orders', 0, 2]]);
    expect(await topicsOf({ topics: [{ name: 'orders' }, { name: 'orders' }] })).toEqual([['orders', 0, 2]]);
  });

  test('finds topics by the ids that it gives them', async () => {
    await open();
    const { topics } = await world.client.call('Metadata', { topics: null });
    const { topicId } = topics[0]!;
    expect(topicId).toMatch(/^[0-9a-f]{32}$/);
    expect(await topicsOf({ topics: [{ name: null, topicId }] })).toEqual([['orders', 0, 2]]);
    const other = topicId.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    expect(await topicsOf({ topics: [{ name: null, topicId: other }] })).toEqual([
      [null, KAFKA_ERRORS.UNKNOWN_TOPIC_ID, 0],
    ]);
  });

  test('makes missing topics where the client lets it', async () => {
    await open({ gateway: { numPartitions: 3 } });
    const missing = { topics: [{ name: 'new' }], allowAutoTopicCreation: false };
    expect(await topicsOf(missing)).toEqual([['new', KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION, 0]]);
    expect(await topicsOf({ ...missing, allowAutoTopicCreation: true })).toEqual([['new', 0, 3]]);
    expect(await topicsOf({ topics: [{ name: 'old client' }, { name: 'old' }] }, 1)).toEqual([
      ['old client', KAFKA_ERRORS.INVALID_TOPIC_EXCEPTION, 0],
      ['old', 0, 3],
    ]);
  });

  test('makes none where the gateway does not', async () => {
    await open({ gateway: { autoCreateTopics: false } });
    expect(await topicsOf({ topics: [{ name: 'new' }], allowAutoTopicCreation: true })).toEqual([
      ['new', KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION, 0],
    ]);
    expect(await world.platform.topics.names()).toEqual(['orders']);
  });

  test('tells allowed operations where they are asked for', async () => {
    await open();
    const ask = async (includeTopicAuthorizedOperations: boolean) =>
      (await world.client.call('Metadata', { topics: null, includeTopicAuthorizedOperations })).topics[0]!
        .topicAuthorizedOperations;
    expect(await ask(false)).toBe(-2147483648);
    expect(await ask(true)).toBe(0b110111111000);
  });
});

test('FindCoordinator names this gateway for groups and transactions, one or many', async () => {
  await open();
  const one = await world.client.call('FindCoordinator', { key: 'g' }, 3);
  expect(one).toMatchObject({ errorCode: 0, nodeId: 0, host: '10.0.0.1', port: 9092 });
  const { coordinators } = await world.client.call('FindCoordinator', { keyType: 1, coordinatorKeys: ['a', 'b'] });
  expect(coordinators).toMatchObject([
    { key: 'a', errorCode: 0, nodeId: 0 },
    { key: 'b', errorCode: 0, nodeId: 0 },
  ]);
  const share = await world.client.call('FindCoordinator', { keyType: 2, coordinatorKeys: ['x'] });
  expect(share.coordinators[0]!.errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
});

test('DescribeCluster and DescribeLogDirs show one live broker with all partitions', async () => {
  await open();
  const cluster = await world.client.call('DescribeCluster', { endpointType: 1 });
  expect(cluster).toMatchObject({ errorCode: 0, clusterId: 'millrace', controllerId: 0 });
  expect(cluster.brokers).toMatchObject([{ brokerId: 0, host: '10.0.0.1', port: 9092, isFenced: false }]);
  const { errorCode } = await world.client.call('DescribeCluster', { endpointType: 2 });
  expect(errorCode).toBe(KAFKA_ERRORS.MISMATCHED_ENDPOINT_TYPE);
  const { results } = await world.client.call('DescribeLogDirs', { topics: null });
  expect(results).toMatchObject([
    { errorCode: 0, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }] },
  ]);
  const some = await world.client.call('DescribeLogDirs', { topics: [{ topic: 'orders', partitions: [1] }] });
  expect(some.results[0]!.topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([1]);
});
