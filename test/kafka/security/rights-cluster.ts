import { CLUSTER } from '../../../lib/auth/index.ts';
import { REFUSED_CLUSTER, type Rights } from './rights-entry.ts';

const anyAcl = {
  resourceTypeFilter: 1,
  patternTypeFilter: 1,
  operation: 1,
  permissionType: 1,
  resourceNameFilter: null,
  principalFilter: null,
  hostFilter: null,
};

/** What requests about the cluster and its users need. */
export const CLUSTER_RIGHTS: Rights = {
  DescribeLogDirs: [{ ask: { topics: null }, needs: [['DESCRIBE', CLUSTER]], refused: REFUSED_CLUSTER }],
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
