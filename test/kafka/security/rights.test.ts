import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOperation, CLUSTER, type Resource } from '../../../lib/auth/index.ts';
import { HANDLERS } from '../../../lib/kafka/handlers/index.ts';
import { type ApiName, KAFKA_ERRORS, type Requests, type Sparse } from '../../../lib/kafka/index.ts';
import { Client, openWorld, type World } from '../client.ts';
import { batchOf } from '../records.ts';

type Need = readonly [AskedOperation, Resource];

/** A request, and the rights that it needs: all of `needs`, or any one of `instead`. */
interface Entry<Name extends ApiName> {
  readonly ask: Sparse<Requests[Name]>;
  readonly needs: readonly Need[];
  readonly instead?: readonly Need[];
  /** What is told where they lack. */
  readonly refused?: keyof typeof KAFKA_ERRORS;
}

const TOPIC: Resource = { type: 'TOPIC', name: 'orders' };
const GROUP: Resource = { type: 'GROUP', name: 'billing' };
const TRANSACTION: Resource = { type: 'TRANSACTIONAL_ID', name: 't' };
const REFUSED_TRANSACTION = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
const REFUSED = 'TOPIC_AUTHORIZATION_FAILED';
const REFUSED_GROUP = 'GROUP_AUTHORIZATION_FAILED';
const REFUSED_CLUSTER = 'CLUSTER_AUTHORIZATION_FAILED';
const partitions = [{ partitionIndex: 0 }];
const member = { groupId: 'billing', memberId: 'm', generationId: 1 };
const anyAcl = {
  resourceTypeFilter: 1,
  patternTypeFilter: 1,
  operation: 1,
  permissionType: 1,
  resourceNameFilter: null,
  principalFilter: null,
  hostFilter: null,
};

/** What asks for nothing, and is answered to everybody. */
const OPEN: readonly ApiName[] = [
  'ApiVersions',
  'SaslHandshake',
  'SaslAuthenticate',
  'DescribeCluster',
  'ListTransactions',
];

/** Source: the checks of Kafka 4.3.1's KafkaApis and ControllerApis, request by request. */
const TABLE: { readonly [Name in ApiName]?: readonly Entry<Name>[] } = {
  Produce: [
    {
      ask: {
        acks: -1,
        timeoutMs: 1000,
        transactionalId: null,
        topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf('a') }] }],
      },
      needs: [['WRITE', TOPIC]],
      refused: REFUSED,
    },
    {
      ask: {
        acks: -1,
        timeoutMs: 1000,
        transactionalId: 't',
        topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf('a') }] }],
      },
      needs: [
        ['WRITE', TRANSACTION],
        ['WRITE', TOPIC],
      ],
      refused: REFUSED_TRANSACTION,
    },
  ],
  Fetch: [
    {
      ask: {
        replicaId: -1,
        maxBytes: 1e6,
        topics: [{ topic: 'orders', partitions: [{ partition: 0, partitionMaxBytes: 1e6, currentLeaderEpoch: -1 }] }],
      },
      needs: [['READ', TOPIC]],
      refused: REFUSED,
    },
  ],
  ListOffsets: [
    {
      ask: {
        replicaId: -1,
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1, currentLeaderEpoch: -1 }] }],
      },
      needs: [['DESCRIBE', TOPIC]],
      refused: REFUSED,
    },
  ],
  OffsetForLeaderEpoch: [
    {
      ask: { topics: [{ topic: 'orders', partitions: [{ partition: 0, leaderEpoch: 0, currentLeaderEpoch: -1 }] }] },
      needs: [['DESCRIBE', TOPIC]],
      refused: REFUSED,
    },
  ],
  Metadata: [
    { ask: { topics: [{ name: 'orders' }] }, needs: [['DESCRIBE', TOPIC]], refused: REFUSED },
    {
      ask: { topics: [{ name: 'new' }], allowAutoTopicCreation: true },
      needs: [
        ['DESCRIBE', { type: 'TOPIC', name: 'new' }],
        ['CREATE', { type: 'TOPIC', name: 'new' }],
      ],
      refused: REFUSED,
    },
  ],
  CreateTopics: [
    {
      ask: { topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1 }], timeoutMs: 1000 },
      needs: [['CREATE', { type: 'TOPIC', name: 'new' }]],
      instead: [['CREATE', CLUSTER]],
      refused: REFUSED,
    },
  ],
  DeleteTopics: [
    { ask: { topics: [{ name: 'orders' }], topicNames: ['orders'] }, needs: [['DELETE', TOPIC]], refused: REFUSED },
  ],
  CreatePartitions: [
    { ask: { topics: [{ name: 'orders', count: 5, assignments: null }] }, needs: [['ALTER', TOPIC]], refused: REFUSED },
  ],
  DeleteRecords: [
    {
      ask: { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 0 }] }] },
      needs: [['DELETE', TOPIC]],
      refused: REFUSED,
    },
  ],
  DescribeConfigs: [
    {
      ask: { resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }] },
      needs: [['DESCRIBE_CONFIGS', TOPIC]],
      refused: REFUSED,
    },
    {
      ask: { resources: [{ resourceType: 4, resourceName: '0', configurationKeys: null }] },
      needs: [['DESCRIBE_CONFIGS', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  AlterConfigs: [
    {
      ask: { resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }] },
      needs: [['ALTER_CONFIGS', TOPIC]],
      refused: REFUSED,
    },
    {
      ask: { resources: [{ resourceType: 4, resourceName: '0', configs: [] }] },
      needs: [['ALTER_CONFIGS', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  IncrementalAlterConfigs: [
    {
      ask: { resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }] },
      needs: [['ALTER_CONFIGS', TOPIC]],
      refused: REFUSED,
    },
    {
      ask: { resources: [{ resourceType: 4, resourceName: '0', configs: [] }] },
      needs: [['ALTER_CONFIGS', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  DescribeLogDirs: [{ ask: { topics: null }, needs: [['DESCRIBE', CLUSTER]], refused: REFUSED_CLUSTER }],
  InitProducerId: [
    {
      ask: { transactionalId: null, transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 },
      needs: [['WRITE', { type: 'TOPIC', name: 'whichever' }]],
      instead: [['IDEMPOTENT_WRITE', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
    {
      ask: { transactionalId: 't', transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 },
      needs: [['WRITE', TRANSACTION]],
      refused: REFUSED_TRANSACTION,
    },
  ],
  AddPartitionsToTxn: [
    {
      ask: {
        v3AndBelowTransactionalId: 't',
        v3AndBelowProducerId: 1,
        v3AndBelowTopics: [{ name: 'orders', partitions: [0] }],
      },
      needs: [
        ['WRITE', TRANSACTION],
        ['WRITE', TOPIC],
      ],
      refused: REFUSED_TRANSACTION,
    },
  ],
  AddOffsetsToTxn: [
    {
      ask: { transactionalId: 't', producerId: 1, groupId: 'billing' },
      needs: [
        ['WRITE', TRANSACTION],
        ['READ', GROUP],
      ],
      refused: REFUSED_TRANSACTION,
    },
  ],
  TxnOffsetCommit: [
    {
      ask: {
        transactionalId: 't',
        groupId: 'billing',
        producerId: 1,
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 0 }] }],
      },
      needs: [
        ['WRITE', TRANSACTION],
        ['READ', GROUP],
        ['READ', TOPIC],
      ],
      refused: REFUSED_TRANSACTION,
    },
  ],
  EndTxn: [
    { ask: { transactionalId: 't', producerId: 1 }, needs: [['WRITE', TRANSACTION]], refused: REFUSED_TRANSACTION },
  ],
  DescribeTransactions: [
    { ask: { transactionalIds: ['t'] }, needs: [['DESCRIBE', TRANSACTION]], refused: REFUSED_TRANSACTION },
  ],
  DescribeProducers: [
    { ask: { topics: [{ name: 'orders', partitionIndexes: [0] }] }, needs: [['READ', TOPIC]], refused: REFUSED },
  ],
  WriteTxnMarkers: [
    {
      ask: {
        markers: [
          { producerId: 1, producerEpoch: 0, topics: [{ name: 'orders', partitionIndexes: [0] }], coordinatorEpoch: 0 },
        ],
      },
      needs: [['CLUSTER_ACTION', CLUSTER]],
      instead: [['ALTER', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  FindCoordinator: [
    { ask: { keyType: 0, coordinatorKeys: ['billing'] }, needs: [['DESCRIBE', GROUP]], refused: REFUSED_GROUP },
    {
      ask: { keyType: 1, coordinatorKeys: ['t'] },
      needs: [['DESCRIBE', TRANSACTION]],
      refused: REFUSED_TRANSACTION,
    },
  ],
  JoinGroup: [
    {
      ask: {
        groupId: 'billing',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      },
      needs: [['READ', GROUP]],
      refused: REFUSED_GROUP,
    },
  ],
  SyncGroup: [{ ask: member, needs: [['READ', GROUP]], refused: REFUSED_GROUP }],
  Heartbeat: [{ ask: member, needs: [['READ', GROUP]], refused: REFUSED_GROUP }],
  LeaveGroup: [
    { ask: { groupId: 'billing', members: [{ memberId: 'm' }] }, needs: [['READ', GROUP]], refused: REFUSED_GROUP },
  ],
  OffsetCommit: [
    {
      ask: {
        groupId: 'billing',
        generationIdOrMemberEpoch: -1,
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 0 }] }],
      },
      needs: [
        ['READ', GROUP],
        ['READ', TOPIC],
      ],
      refused: REFUSED_GROUP,
    },
  ],
  OffsetFetch: [
    {
      ask: { groups: [{ groupId: 'billing', topics: [{ name: 'orders', partitionIndexes: [0] }] }] },
      needs: [
        ['DESCRIBE', GROUP],
        ['DESCRIBE', TOPIC],
      ],
      refused: REFUSED_GROUP,
    },
  ],
  OffsetDelete: [
    {
      ask: { groupId: 'consumers', topics: [{ name: 'orders', partitions }] },
      needs: [
        ['DELETE', { type: 'GROUP', name: 'consumers' }],
        ['READ', TOPIC],
      ],
      refused: REFUSED_GROUP,
    },
  ],
  DescribeGroups: [{ ask: { groups: ['billing'] }, needs: [['DESCRIBE', GROUP]], refused: REFUSED_GROUP }],
  DeleteGroups: [{ ask: { groupsNames: ['billing'] }, needs: [['DELETE', GROUP]], refused: REFUSED_GROUP }],
  ConsumerGroupHeartbeat: [
    {
      ask: {
        groupId: 'billing',
        memberId: 'm',
        memberEpoch: 0,
        rebalanceTimeoutMs: 10_000,
        subscribedTopicNames: ['orders'],
        topicPartitions: [],
      },
      needs: [
        ['READ', GROUP],
        ['DESCRIBE', TOPIC],
      ],
      refused: REFUSED_GROUP,
    },
  ],
  ConsumerGroupDescribe: [
    {
      ask: { groupIds: ['consumers'] },
      needs: [
        ['DESCRIBE', { type: 'GROUP', name: 'consumers' }],
        ['DESCRIBE', TOPIC],
      ],
      refused: REFUSED_GROUP,
    },
  ],
  ListGroups: [{ ask: {}, needs: [] }],
  CreateAcls: [
    {
      ask: {
        creations: [
          {
            resourceType: 2,
            resourceName: 'a',
            resourcePatternType: 3,
            principal: 'User:x',
            host: '*',
            operation: 3,
            permissionType: 3,
          },
        ],
      },
      needs: [['ALTER', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  DeleteAcls: [
    {
      ask: { filters: [{ ...anyAcl, principalFilter: 'User:x' }] },
      needs: [['ALTER', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  DescribeAcls: [{ ask: anyAcl, needs: [['DESCRIBE', CLUSTER]], refused: REFUSED_CLUSTER }],
  AlterUserScramCredentials: [
    {
      ask: {
        upsertions: [
          { name: 'u', mechanism: 1, iterations: 4096, salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(32) },
        ],
      },
      needs: [['ALTER', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  DescribeUserScramCredentials: [{ ask: { users: null }, needs: [['DESCRIBE', CLUSTER]], refused: REFUSED_CLUSTER }],
  AlterClientQuotas: [
    {
      ask: {
        entries: [
          { entity: [{ entityType: 'user', entityName: 'u' }], ops: [{ key: 'producer_byte_rate', value: 1000 }] },
        ],
      },
      needs: [['ALTER_CONFIGS', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  DescribeClientQuotas: [
    { ask: { components: [], strict: false }, needs: [['DESCRIBE_CONFIGS', CLUSTER]], refused: REFUSED_CLUSTER },
  ],
  DescribeTopicPartitions: [
    {
      ask: { topics: [{ name: 'orders' }], responsePartitionLimit: 10 },
      needs: [['DESCRIBE', TOPIC]],
      refused: REFUSED,
    },
  ],
  ElectLeaders: [
    {
      ask: { topicPartitions: [{ topic: 'orders', partitions: [0] }], timeoutMs: 1000 },
      needs: [['ALTER', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  AlterPartitionReassignments: [
    {
      ask: { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas: [0] }] }] },
      needs: [['ALTER', CLUSTER]],
      refused: REFUSED_CLUSTER,
    },
  ],
  ListPartitionReassignments: [{ ask: { topics: null }, needs: [['DESCRIBE', CLUSTER]], refused: REFUSED_CLUSTER }],
};

const ALICE = 'User:alice';
const REFUSALS: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED,
  KAFKA_ERRORS.GROUP_AUTHORIZATION_FAILED,
  KAFKA_ERRORS.CLUSTER_AUTHORIZATION_FAILED,
  KAFKA_ERRORS.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
]);

let world: World;
beforeEach(async () => {
  world = openWorld({ gateway: { security: { access: { superUsers: ['User:admin'] } } } });
  await world.platform.topics.create('orders', { partitions: 2 });
  const admin = as('User:admin');
  await admin.call('ConsumerGroupHeartbeat', {
    groupId: 'consumers',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: ['orders'],
    topicPartitions: [],
  });
});
afterEach(() => world.close());

function as(principal: string): Client {
  const local = { host: '10.0.0.1', port: 9092 };
  return new Client(world.gateway.connect({ host: '10.0.0.7', local, listener: 'SSL', tls: { principal } }));
}

async function allow(needs: readonly Need[], principal = ALICE): Promise<void> {
  await world.platform.acls.create(
    needs.map(([operation, { type, name }]) => ({
      resource: { type, name, pattern: 'LITERAL' },
      principal,
      host: '*',
      operation,
      permission: 'ALLOW',
    })),
  );
}

/** All refusals in an answer, wherever they stand. */
async function refusals<Name extends ApiName>(
  api: Name,
  ask: Sparse<Requests[Name]>,
  principal = ALICE,
): Promise<number[]> {
  const found: number[] = [];
  JSON.stringify(await as(principal).call(api, ask), (name, value: unknown) => {
    // What an answer does not show is no refusal of the request.
    if (/^(errorCode|partitionErrorCode)$/.test(name) && REFUSALS.has(value as number)) found.push(value as number);
    return typeof value === 'bigint' ? Number(value) : value;
  });
  return [...new Set(found)];
}

const CASES = (Object.keys(TABLE) as ApiName[])
  .filter((api) => HANDLERS[api])
  .flatMap((api) =>
    TABLE[api]!.map((entry, i) => ({
      api,
      entry: entry as Entry<ApiName>,
      title: i === 0 ? api : `${api} (${i + 1})`,
    })),
  );

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
  expect(await ask(as(ALICE))).toBe(0);
  const there = new Client(world.gateway.connect({ ...elsewhere, tls: { principal: ALICE } }));
  expect(await ask(there)).toBe(KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED);
});

test('every handler stands in the table, once', () => {
  const handled = Object.keys(HANDLERS).sort();
  expect([...CASES.map(({ api }) => api), ...OPEN].filter((api, i, all) => all.indexOf(api) === i).sort()).toEqual(
    handled,
  );
});

describe.each(CASES)('$title', ({ api, entry: { ask, needs, instead = [], refused } }) => {
  if (refused) {
    test('is refused without rights, and the same where nothing is there', async () => {
      expect(await refusals(api, ask)).toEqual([KAFKA_ERRORS[refused]]);
      await world.platform.topics.delete('orders');
      expect(await refusals(api, ask)).toEqual([KAFKA_ERRORS[refused]]);
    });
  }

  test('is done with the rights that it needs', async () => {
    await allow(needs);
    expect(await refusals(api, ask)).toEqual([]);
  });

  test('is done for a super user', async () => {
    expect(await refusals(api, ask, 'User:admin')).toEqual([]);
  });

  for (const [i, [operation, { type }]] of needs.entries()) {
    test(`is refused without ${operation} of ${type}`, async () => {
      await allow(needs.filter((_, at) => at !== i));
      expect(await refusals(api, ask)).not.toEqual([]);
    });
  }

  for (const [operation, resource] of instead) {
    test(`is done with ${operation} of ${resource.type} instead`, async () => {
      await allow([[operation, resource]]);
      expect(await refusals(api, ask)).toEqual([]);
    });
  }
});

describe('what is listed', () => {
  test('is topics that may be described', async () => {
    await world.platform.topics.create('secret', { partitions: 1 });
    await allow([['READ', TOPIC]]);
    const { topics } = await as(ALICE).call('Metadata', { topics: null });
    expect(topics.map(({ name }) => name)).toEqual(['orders']);
  });

  test('is groups that may be described, or all to whom may describe the cluster', async () => {
    const seen = async () => (await as(ALICE).call('ListGroups', {})).groups.map(({ groupId }) => groupId);
    expect(await seen()).toEqual([]);
    await allow([['DESCRIBE', { type: 'GROUP', name: 'consumers' }]]);
    expect(await seen()).toEqual(['consumers']);
    await world.platform.acls.delete([{ pattern: 'ANY' }]);
    await allow([['DESCRIBE', CLUSTER]]);
    expect(await seen()).toEqual(['consumers']);
  });
});

test('a pattern finds the topics that its member may describe, and what others of the group have found', async () => {
  const { topics, groups } = world.platform;
  await topics.create('secret', { partitions: 1 });
  await allow([
    ['READ', GROUP],
    ['DESCRIBE', TOPIC],
  ]);
  const join = (principal: string, memberId: string) =>
    as(principal).call('ConsumerGroupHeartbeat', {
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
  const admin = await as('User:admin').call('Metadata', { topics: [{ name: 'orders' }] });
  const { topicId } = admin.topics[0]!;
  const asked = await as(ALICE).call('Metadata', { topics: [{ topicId, name: null }] });
  expect(asked.topics).toMatchObject([{ errorCode: KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED, name: null, topicId }]);
  const deleted = await as(ALICE).call('DeleteTopics', { topics: [{ topicId, name: null }] });
  expect(deleted.responses).toMatchObject([
    { errorCode: KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED, name: null, topicId },
  ]);
  expect(deleted.responses[0]!.errorMessage).not.toContain('orders');
});

test('allowed operations are told as bits, where they are asked for (KIP-430)', async () => {
  await allow([
    ['READ', TOPIC],
    ['ALTER_CONFIGS', TOPIC],
    ['CREATE', CLUSTER],
  ]);
  const ask = { topics: [{ name: 'orders' }], includeTopicAuthorizedOperations: true };
  const { topics } = await as(ALICE).call('Metadata', ask, 12);
  const [READ, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS, CREATE] = [3, 8, 10, 11, 5].map((bit) => 1 << bit) as [
    number,
    number,
    number,
    number,
    number,
  ];
  expect(topics[0]!.topicAuthorizedOperations).toBe(READ | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS);
  const cluster = await as(ALICE).call('DescribeCluster', {
    includeClusterAuthorizedOperations: true,
    endpointType: 1,
  });
  expect(cluster.clusterAuthorizedOperations).toBe(CREATE);
  const unasked = await as(ALICE).call('Metadata', { topics: [{ name: 'orders' }] }, 12);
  expect(unasked.topics[0]!.topicAuthorizedOperations).toBe(-(2 ** 31));
});

test('a producer whose topic may not be made is told so, and it is not made', async () => {
  await allow([['DESCRIBE', { type: 'TOPIC', name: 'new' }]]);
  await as(ALICE).call('Metadata', { topics: [{ name: 'new' }], allowAutoTopicCreation: true });
  expect((await world.platform.topics.list()).map(({ name }) => name)).toEqual(['orders']);
});
