import { CLUSTER } from '../../../lib/auth/index.ts';
import {
  GROUP,
  REFUSED_CLUSTER,
  REFUSED_GROUP,
  REFUSED_TRANSACTION,
  type Rights,
  TOPIC,
  TRANSACTION,
} from './rights-entry.ts';

const partitions = [{ partitionIndex: 0 }];
const member = { groupId: 'billing', memberId: 'm', generationId: 1 };

/** What requests of groups and transactions need. */
export const GROUP_RIGHTS: Rights = {
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
};
