import type { ApiName, KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { batchOf } from '../records.ts';

type Errors = readonly (keyof typeof KAFKA_ERRORS)[];

/** A request, and the errors in its answer, in their order there: every place of it that has room for one. */
export interface Asked {
  readonly ask: object;
  readonly errors: Errors;
  /** The versions that know the request in this shape; all of them unless given. */
  readonly from?: number;
  readonly to?: number;
}

const NONE: Errors = ['NONE'];
const NO_TOPIC: Errors = ['UNKNOWN_TOPIC_OR_PARTITION'];
const NO_PRODUCER: Errors = ['INVALID_PRODUCER_ID_MAPPING'];
const NO_MEMBER: Errors = ['UNKNOWN_MEMBER_ID'];

const orders = [{ name: 'orders', partitions: [0] }];
const commit = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }];
const read = [{ name: 'orders', partitionIndexes: [0] }];
const transaction = { transactionalId: 't', producerId: 1, producerEpoch: 0 };
const member = { groupId: 'g', memberId: 'nobody', generationId: 1 };
const join = {
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.of(0) }],
};
const acl = { resourceType: 2, resourceName: 'orders', resourcePatternType: 3, principal: 'User:alice', host: '*' };
const creation = { ...acl, operation: 3, permissionType: 3 };
const anyAcl = { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 };
const any = { ...anyAcl, resourceNameFilter: null, principalFilter: null, hostFilter: null };
const salted = { iterations: 4096, salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(32, 1) };

/** What has work to do, and what is refused, of every API: each version must have room for the answer. Over the topic `orders`. */
export const REQUESTS: { readonly [Name in ApiName]?: readonly Asked[] } = {
  Metadata: [
    { ask: { topics: [] }, to: 0, errors: ['NONE', 'NONE', 'NONE'] },
    { ask: { topics: [] }, from: 1, errors: [] },
    {
      ask: { topics: [{ name: 'orders' }, { name: 'not there' }] },
      errors: ['NONE', 'NONE', 'NONE', 'INVALID_TOPIC_EXCEPTION'],
    },
  ],
  Produce: [
    { ask: { acks: -1, topicData: [{ name: 'orders', partitionData: [{ records: batchOf('a') }] }] }, errors: NONE },
    {
      ask: { acks: 7, topicData: [{ name: 'orders', partitionData: [{ records: null }] }] },
      errors: ['INVALID_REQUIRED_ACKS'],
    },
    {
      ask: { acks: 1, topicData: [{ name: 'missing', partitionData: [{ records: batchOf('a') }] }] },
      errors: NO_TOPIC,
    },
  ],
  Fetch: [
    {
      ask: { maxBytes: 1e6, topics: [{ topic: 'orders', partitions: [{ partitionMaxBytes: 1e6 }] }] },
      errors: ['NONE', 'NONE'],
    },
    {
      ask: { maxBytes: 1e6, topics: [{ topic: 'missing', partitions: [{ partitionMaxBytes: 1e6 }] }] },
      errors: ['NONE', ...NO_TOPIC],
    },
  ],
  ListOffsets: [
    { ask: { topics: [{ name: 'orders', partitions: [{ timestamp: -1 }] }] }, errors: NONE },
    { ask: { topics: [{ name: 'missing', partitions: [{ timestamp: 5 }] }] }, errors: NO_TOPIC },
  ],
  OffsetForLeaderEpoch: [
    { ask: { topics: [{ topic: 'orders', partitions: [{ partition: 0, currentLeaderEpoch: -1 }] }] }, errors: NONE },
    {
      ask: { topics: [{ topic: 'orders', partitions: [{ partition: 9, currentLeaderEpoch: -1 }] }] },
      errors: NO_TOPIC,
    },
  ],
  FindCoordinator: [
    { ask: { key: 'g' }, to: 3, errors: NONE },
    { ask: { coordinatorKeys: ['g', 'h'] }, from: 4, errors: ['NONE', 'NONE', 'NONE'] },
  ],
  InitProducerId: [
    { ask: { transactionalId: null }, errors: NONE },
    { ask: { transactionalId: 't', transactionTimeoutMs: 1_000 }, errors: NONE },
    { ask: { transactionalId: 't' }, errors: ['INVALID_TRANSACTION_TIMEOUT'] },
  ],
  DescribeCluster: [{ ask: { includeClusterAuthorizedOperations: true }, errors: NONE }],
  CreateTopics: [
    {
      ask: { topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1, configs: [] }] },
      errors: ['NONE', 'NONE'],
    },
    {
      ask: { topics: [{ name: 'bad name', numPartitions: 1, replicationFactor: 1 }] },
      errors: ['INVALID_TOPIC_EXCEPTION', 'NONE'],
    },
  ],
  DeleteTopics: [
    { ask: { topicNames: ['orders', 'missing'] }, to: 5, errors: ['NONE', ...NO_TOPIC] },
    { ask: { topics: [{ name: 'orders' }, { name: 'missing' }] }, from: 6, errors: ['NONE', ...NO_TOPIC] },
  ],
  CreatePartitions: [
    { ask: { topics: [{ name: 'orders', count: 3, assignments: null }] }, errors: NONE },
    { ask: { topics: [{ name: 'orders', count: 1, assignments: null }] }, errors: ['INVALID_PARTITIONS'] },
  ],
  DeleteRecords: [
    { ask: { topics: [{ name: 'orders', partitions: [{ offset: 0 }] }] }, errors: NONE },
    { ask: { topics: [{ name: 'orders', partitions: [{ offset: 99 }] }] }, errors: ['OFFSET_OUT_OF_RANGE'] },
  ],
  DescribeConfigs: [
    { ask: { resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }] }, errors: NONE },
    { ask: { resources: [{ resourceType: 2, resourceName: 'missing', configurationKeys: null }] }, errors: NO_TOPIC },
  ],
  AlterConfigs: [
    { ask: { resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }] }, errors: NONE },
    { ask: { resources: [{ resourceType: 2, resourceName: 'missing', configs: [] }] }, errors: NO_TOPIC },
  ],
  IncrementalAlterConfigs: [
    { ask: { resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }] }, errors: NONE },
    { ask: { resources: [{ resourceType: 4, resourceName: '0', configs: [] }] }, errors: ['INVALID_REQUEST'] },
  ],
  DescribeLogDirs: [{ ask: { topics: null }, errors: ['NONE', 'NONE'] }],
  DescribeTopicPartitions: [
    { ask: { topics: [{ name: 'orders' }], responsePartitionLimit: 1 }, errors: ['NONE', 'NONE'] },
    { ask: { topics: [{ name: 'missing' }] }, errors: NO_TOPIC },
  ],
  ElectLeaders: [
    {
      ask: { topicPartitions: [{ topic: 'orders', partitions: [0, 9] }] },
      errors: ['NONE', 'ELECTION_NOT_NEEDED', ...NO_TOPIC],
    },
    { ask: { topicPartitions: null }, errors: NONE },
  ],
  AlterPartitionReassignments: [
    { ask: { topics: [{ name: 'orders', partitions: [{ replicas: [0] }] }] }, errors: ['NONE', 'NONE'] },
    { ask: { topics: [{ name: 'missing', partitions: [{ replicas: null }] }] }, errors: ['NONE', ...NO_TOPIC] },
  ],
  ListPartitionReassignments: [{ ask: { topics: null }, errors: NONE }],
  ApiVersions: [
    { ask: { clientSoftwareName: 'x', clientSoftwareVersion: '1' }, errors: NONE },
    { ask: {}, from: 3, errors: ['INVALID_REQUEST'] },
  ],

  JoinGroup: [
    { ask: { groupId: 'g', ...join }, to: 3, errors: NONE },
    { ask: { groupId: 'g', ...join }, from: 4, errors: ['MEMBER_ID_REQUIRED'] },
    { ask: { groupId: '', ...join }, errors: ['INVALID_GROUP_ID'] },
  ],
  SyncGroup: [{ ask: member, errors: NO_MEMBER }],
  Heartbeat: [{ ask: member, errors: NO_MEMBER }],
  LeaveGroup: [
    { ask: { groupId: 'g', memberId: 'nobody' }, to: 2, errors: NO_MEMBER },
    { ask: { groupId: 'g', members: [{ memberId: 'nobody' }] }, from: 3, errors: NO_MEMBER },
  ],
  OffsetCommit: [
    { ask: { groupId: 'g', topics: commit }, errors: NONE },
    {
      ask: { ...{ groupId: 'g', memberId: 'nobody', generationIdOrMemberEpoch: 4 }, topics: commit },
      errors: ['ILLEGAL_GENERATION'],
    },
  ],
  OffsetFetch: [
    { ask: { groupId: 'g', topics: read }, to: 7, errors: ['NONE', 'NONE'] },
    { ask: { groups: [{ groupId: 'g', topics: read }] }, from: 8, errors: ['NONE', 'NONE', 'NONE'] },
  ],
  OffsetDelete: [{ ask: { groupId: 'g', topics: [] }, errors: ['GROUP_ID_NOT_FOUND'] }],
  DeleteGroups: [{ ask: { groupsNames: ['g'] }, errors: ['GROUP_ID_NOT_FOUND'] }],
  DescribeGroups: [
    { ask: { groups: ['g'] }, to: 5, errors: NONE },
    { ask: { groups: ['g'] }, from: 6, errors: ['GROUP_ID_NOT_FOUND'] },
  ],
  ListGroups: [{ ask: {}, errors: NONE }],
  ConsumerGroupHeartbeat: [
    {
      ask: {
        groupId: 'g',
        memberId: 'm',
        rebalanceTimeoutMs: 1_000,
        subscribedTopicNames: ['orders'],
        topicPartitions: [],
      },
      errors: NONE,
    },
    { ask: { groupId: 'g', memberId: 'nobody', memberEpoch: 7 }, errors: NO_MEMBER },
  ],
  ConsumerGroupDescribe: [{ ask: { groupIds: ['g'] }, errors: ['GROUP_ID_NOT_FOUND'] }],

  DescribeProducers: [
    { ask: { topics: read }, errors: NONE },
    { ask: { topics: [{ name: 'missing', partitionIndexes: [0] }] }, errors: NO_TOPIC },
  ],
  DescribeTransactions: [{ ask: { transactionalIds: ['t'] }, errors: ['TRANSACTIONAL_ID_NOT_FOUND'] }],
  ListTransactions: [{ ask: {}, errors: NONE }],
  AddPartitionsToTxn: [
    {
      ask: {
        ...{ v3AndBelowTransactionalId: 't', v3AndBelowProducerId: 1, v3AndBelowProducerEpoch: 0 },
        v3AndBelowTopics: orders,
      },
      errors: NO_PRODUCER,
    },
  ],
  AddOffsetsToTxn: [{ ask: { ...transaction, groupId: 'g' }, errors: NO_PRODUCER }],
  EndTxn: [{ ask: { ...transaction, committed: true }, errors: NO_PRODUCER }],
  TxnOffsetCommit: [{ ask: { ...transaction, groupId: 'g', topics: commit }, errors: NO_PRODUCER }],
  WriteTxnMarkers: [
    {
      ask: { markers: [{ producerId: 1, producerEpoch: 0, transactionResult: true, topics: read }] },
      errors: ['INVALID_REQUEST'],
    },
  ],

  SaslHandshake: [{ ask: { mechanism: 'PLAIN' }, errors: ['ILLEGAL_SASL_STATE'] }],
  SaslAuthenticate: [{ ask: { authBytes: Buffer.of(1) }, errors: ['ILLEGAL_SASL_STATE'] }],
  CreateAcls: [{ ask: { creations: [creation, { ...creation, operation: 0 }] }, errors: ['NONE', 'INVALID_REQUEST'] }],
  DescribeAcls: [{ ask: any, errors: NONE }],
  DeleteAcls: [{ ask: { filters: [any, { ...any, operation: 99 }] }, errors: ['NONE', 'INVALID_REQUEST'] }],
  AlterUserScramCredentials: [
    { ask: { upsertions: [{ name: 'a', mechanism: 1, ...salted }] }, errors: NONE },
    { ask: { deletions: [{ name: 'b', mechanism: 1 }] }, errors: ['RESOURCE_NOT_FOUND'] },
  ],
  DescribeUserScramCredentials: [{ ask: { users: [{ name: 'a' }] }, errors: ['NONE', 'RESOURCE_NOT_FOUND'] }],
  AlterClientQuotas: [
    {
      ask: {
        entries: [
          { entity: [{ entityType: 'user', entityName: null }], ops: [{ key: 'producer_byte_rate', value: 5 }] },
          { entity: [{ entityType: 'user', entityName: null }], ops: [{ key: 'no_such_rate', value: 5 }] },
        ],
      },
      errors: ['NONE', 'INVALID_REQUEST'],
    },
  ],
  DescribeClientQuotas: [{ ask: { components: [{ entityType: 'user', matchType: 2, match: null }] }, errors: NONE }],
};
