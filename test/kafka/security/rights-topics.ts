import { CLUSTER } from '../../../lib/auth/index.ts';
import { batchOf } from '../records.ts';
import { REFUSED, REFUSED_CLUSTER, REFUSED_TRANSACTION, type Rights, TOPIC, TRANSACTION } from './rights-entry.ts';

/** What requests about topics, their records and settings need. */
export const TOPIC_RIGHTS: Rights = {
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
  DescribeTopicPartitions: [
    {
      ask: { topics: [{ name: 'orders' }], responsePartitionLimit: 10 },
      needs: [['DESCRIBE', TOPIC]],
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
  DescribeProducers: [
    { ask: { topics: [{ name: 'orders', partitionIndexes: [0] }] }, needs: [['READ', TOPIC]], refused: REFUSED },
  ],
};
