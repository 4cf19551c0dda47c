import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS, type KafkaErrorName } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 2 });
});
afterEach(() => world.close());

async function create(topic: object, { validateOnly = false, version = 7 } = {}) {
  const topics = [{ name: 'new', numPartitions: 3, replicationFactor: 1, ...topic }];
  return (await world.client.call('CreateTopics', { topics, validateOnly, timeoutMs: 1_000 }, version)).topics[0]!;
}

describe('CreateTopics', () => {
  test('makes a topic and tells what was made', async () => {
    const configs = [{ name: 'retention.ms', value: '5000' }];
    const made = await create({ configs });
    expect(made).toMatchObject({ errorCode: 0, numPartitions: 3, replicationFactor: 1, topicConfigErrorCode: 0 });
    expect(made.configs).toContainEqual(
      expect.objectContaining({ name: 'retention.ms', value: '5000', configSource: 1 }),
    );
    expect(made.configs).toContainEqual(
      expect.objectContaining({ name: 'cleanup.policy', value: 'delete', configSource: 5 }),
    );
    const { partitions, config } = await world.platform.topics.describe('new');
    expect([partitions, config]).toEqual([3, { 'retention.ms': '5000' }]);
  });

  test('only tries where it is told to', async () => {
    expect(await create({}, { validateOnly: true })).toMatchObject({ errorCode: 0, numPartitions: 3 });
    expect(await world.platform.topics.names()).toEqual(['orders']);
    expect((await create({ name: 'orders' }, { validateOnly: true })).errorCode).toBe(
      KAFKA_ERRORS.TOPIC_ALREADY_EXISTS,
    );
    const unknown = await create({ configs: [{ name: 'x', value: '1' }] }, { validateOnly: true });
    expect(unknown.errorCode).toBe(KAFKA_ERRORS.INVALID_CONFIG);
  });

  test('chooses what is left to it, and takes the partitions of an assignment', async () => {
    expect((await create({ numPartitions: -1, replicationFactor: -1 })).numPartitions).toBe(4);
    const assignments = [1, 0].map((partitionIndex) => ({ partitionIndex, brokerIds: [0] }));
    const assigned = await create({ name: 'assigned', numPartitions: -1, replicationFactor: -1, assignments });
    expect(assigned).toMatchObject({ errorCode: 0, numPartitions: 2 });
  });

  test('keeps settings of Kafka’s that have no effect, and shows them', async () => {
    const configs = [{ name: 'segment.bytes', value: '52428800' }];
    expect((await create({ configs })).configs).toContainEqual(
      expect.objectContaining({ name: 'segment.bytes', value: '52428800', configSource: 1 }),
    );
    expect((await create({ name: 'bad', configs: [{ name: 'segment.bytes', value: 'much' }] })).errorCode).toBe(
      KAFKA_ERRORS.INVALID_CONFIG,
    );
  });

  test.each<[string, object, KafkaErrorName]>([
    ['a name that is taken', { name: 'orders' }, 'TOPIC_ALREADY_EXISTS'],
    ['a name that cannot be', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    ['an unknown setting', { configs: [{ name: 'retention', value: '1' }] }, 'INVALID_CONFIG'],
    ['a value that cannot be', { configs: [{ name: 'retention.ms', value: 'x' }] }, 'INVALID_CONFIG'],
    ['an assignment beside a number', { assignments: [{ partitionIndex: 0, brokerIds: [0] }] }, 'INVALID_REQUEST'],
    [
      'an assignment with a gap',
      { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [0] }] },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
  ])('refuses %s', async (_, topic, error) => {
    expect((await create(topic)).errorCode).toBe(KAFKA_ERRORS[error]);
  });

  test('refuses a topic that is named twice, once', async () => {
    const twice = { name: 'new', numPartitions: 1, replicationFactor: 1 };
    const { topics } = await world.client.call('CreateTopics', { topics: [twice, twice] });
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([KAFKA_ERRORS.INVALID_REQUEST]);
  });
});

test('DeleteTopics deletes by name and by id, and tells what is not there', async () => {
  await world.platform.topics.create('other', { partitions: 1 });
  const { topics } = await world.client.call('Metadata', { topics: [{ name: 'other' }] });
  const { topicId } = topics[0]!;
  const asked = [
    { name: 'orders' },
    { name: null, topicId },
    { name: 'missing' },
    { name: null, topicId: 'f'.repeat(32) },
  ];
  const { responses } = await world.client.call('DeleteTopics', { topics: asked });
  expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ['orders', 0],
    ['other', 0],
    ['missing', KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION],
    [null, KAFKA_ERRORS.UNKNOWN_TOPIC_ID],
  ]);
  expect(await world.platform.topics.names()).toEqual([]);
  await world.platform.topics.create('orders');
  const old = await world.client.call('DeleteTopics', { topicNames: ['orders'] }, 4);
  expect(old.responses).toMatchObject([{ name: 'orders', errorCode: 0 }]);
});

test('CreatePartitions grows topics, tries where told to, and answers for each', async () => {
  const ask = async (count: number, more: object = {}, validateOnly = false) => {
    const topics = [{ name: 'orders', count, assignments: null, ...more }];
    return (await world.client.call('CreatePartitions', { topics, validateOnly })).results.map(
      ({ errorCode }) => errorCode,
    );
  };
  expect(await ask(5, {}, true)).toEqual([0]);
  expect((await world.platform.topics.describe('orders')).partitions).toBe(2);
  expect(await ask(3, { assignments: [{ brokerIds: [0] }, { brokerIds: [0] }] })).toEqual([
    KAFKA_ERRORS.INVALID_REPLICA_ASSIGNMENT,
  ]);
  expect(await ask(5)).toEqual([0]);
  expect((await world.platform.topics.describe('orders')).partitions).toBe(5);
  expect(await ask(5)).toEqual([KAFKA_ERRORS.INVALID_PARTITIONS]);
  expect(await ask(9, { name: 'missing' })).toEqual([KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION]);
});
