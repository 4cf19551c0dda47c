import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLUSTER } from '../../../lib/auth/index.ts';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { Client } from '../client.ts';
import { GROUP, TOPIC } from './rights-entry.ts';
import { ALICE, openRightsWorld, type RightsWorld } from './rights-world.ts';

let world: RightsWorld;
beforeEach(async () => {
  world = await openRightsWorld();
});
afterEach(() => world.close());

test('a right may be one for a single address', async () => {
  const elsewhere = { host: '10.0.0.8', local: { host: '10.0.0.1', port: 9092 }, listener: 'SSL' };
  const ask = async (client: Client) => {
    const { topics } = await client.call('Metadata', { topics: [{ name: 'orders' }], allowAutoTopicCreation: false });
    return topics[0]!.errorCode;
  };
  const binding = { principal: ALICE, operation: 'DESCRIBE', permission: 'ALLOW' } as const;
  await world.platform.acls.create([
    { ...binding, host: '10.0.0.7', resource: { type: 'TOPIC', name: 'orders', pattern: 'LITERAL' } },
  ]);
  expect(await ask(world.as(ALICE))).toBe(0);
  const there = new Client(world.gateway.connect({ ...elsewhere, tls: { principal: ALICE } }));
  expect(await ask(there)).toBe(KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED);
});

describe('what is listed', () => {
  test('is topics that may be described', async () => {
    await world.platform.topics.create('secret', { partitions: 1 });
    await world.allow([['READ', TOPIC]]);
    const { topics } = await world.as(ALICE).call('Metadata', { topics: null });
    expect(topics.map(({ name }) => name)).toEqual(['orders']);
  });

  test('is groups that may be described, or all to whom may describe the cluster', async () => {
    const seen = async () => (await world.as(ALICE).call('ListGroups', {})).groups.map(({ groupId }) => groupId);
    expect(await seen()).toEqual([]);
    await world.allow([['DESCRIBE', { type: 'GROUP', name: 'consumers' }]]);
    expect(await seen()).toEqual(['consumers']);
    await world.platform.acls.delete([{ pattern: 'ANY' }]);
    await world.allow([['DESCRIBE', CLUSTER]]);
    expect(await seen()).toEqual(['consumers']);
  });
});

test('a pattern finds the topics that its member may describe, and what others of the group have found', async () => {
  const { topics, groups } = world.platform;
  await topics.create('secret', { partitions: 1 });
  await world.allow([
    ['READ', GROUP],
    ['DESCRIBE', TOPIC],
  ]);
  const join = (principal: string, memberId: string) =>
    world.as(principal).call('ConsumerGroupHeartbeat', {
      ...{ groupId: 'billing', memberId, memberEpoch: 0, rebalanceTimeoutMs: 10_000 },
      ...{ subscribedTopicRegex: 'orders|secret', topicPartitions: [] },
    });
  const known = async () => {
    const { members } = await groups.describe('billing');
    return [...new Set(members.flatMap(({ target }) => target.map(({ topic }) => topic)))].sort();
  };
  await join(ALICE, 'a');
  expect(await known()).toEqual(['orders']);
  await join('User:admin', 'b');
  expect(await known()).toEqual(['orders', 'secret']);
  await join(ALICE, 'a');
  expect(await known()).toEqual(['orders', 'secret']);
});

test('an id tells no name to whom may not see it', async () => {
  const admin = await world.as('User:admin').call('Metadata', { topics: [{ name: 'orders' }] });
  const { topicId } = admin.topics[0]!;
  const asked = await world.as(ALICE).call('Metadata', { topics: [{ topicId, name: null }] });
  expect(asked.topics).toMatchObject([{ errorCode: KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED, name: null, topicId }]);
  const deleted = await world.as(ALICE).call('DeleteTopics', { topics: [{ topicId, name: null }] });
  expect(deleted.responses).toMatchObject([
    { errorCode: KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED, name: null, topicId },
  ]);
  expect(deleted.responses[0]!.errorMessage).not.toContain('orders');
});

test('allowed operations are told as bits, where they are asked for (KIP-430)', async () => {
  await world.allow([
    ['READ', TOPIC],
    ['ALTER_CONFIGS', TOPIC],
    ['CREATE', CLUSTER],
  ]);
  const ask = { topics: [{ name: 'orders' }], includeTopicAuthorizedOperations: true };
  const { topics } = await world.as(ALICE).call('Metadata', ask, 12);
  const [READ, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS, CREATE] = [3, 8, 10, 11, 5].map((bit) => 1 << bit) as [
    number,
    number,
    number,
    number,
    number,
  ];
  expect(topics[0]!.topicAuthorizedOperations).toBe(READ | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS);
  const cluster = await world.as(ALICE).call('DescribeCluster', {
    includeClusterAuthorizedOperations: true,
    endpointType: 1,
  });
  expect(cluster.clusterAuthorizedOperations).toBe(CREATE);
  const unasked = await world.as(ALICE).call('Metadata', { topics: [{ name: 'orders' }] }, 12);
  expect(unasked.topics[0]!.topicAuthorizedOperations).toBe(-(2 ** 31));
});

test('a producer whose topic may not be made is told so, and it is not made', async () => {
  await world.allow([['DESCRIBE', { type: 'TOPIC', name: 'new' }]]);
  await world.as(ALICE).call('Metadata', { topics: [{ name: 'new' }], allowAutoTopicCreation: true });
  expect((await world.platform.topics.list()).map(({ name }) => name)).toEqual(['orders']);
});
