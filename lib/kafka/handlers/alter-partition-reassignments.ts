import type { View } from '../cluster/index.ts';
import type {
  AlterPartitionReassignmentsRequestReassignablePartition,
  AlterPartitionReassignmentsRequestReassignableTopic,
  AlterPartitionReassignmentsResponseReassignableTopicResponse,
} from '../codec/index.ts';
import { KAFKA_ERRORS, refusalOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Failure, Handler, HandlerContext } from '../handler.ts';
import { requireCluster } from '../rights.ts';

/*
 * AlterPartitionReassignments, versions 0 and 1: nothing can be moved, as partitions are in the stores and any gateway
 * serves them. Needs ALTER on the cluster.
 * - The replica that a partition has already is taken, as in Kafka; others are refused (INVALID_REPLICA_ASSIGNMENT).
 * - Null cancels a reassignment; none is ever under way (NO_REASSIGNMENT_IN_PROGRESS).
 * - v1 may forbid to change the number of replicas: it never changes.
 */
export const alterPartitionReassignments: Handler<'AlterPartitionReassignments'> = {
  api: 'AlterPartitionReassignments',
  handle: async ({ topics }, context) => {
    await requireCluster(context, 'ALTER');
    const view = await context.parts.cluster.view(context.session);
    const responses = await Promise.all(topics.map((topic) => answerOf(topic, view, context)));
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE, errorMessage: null, responses };
  },
  failed: ({ topics }, failure) => ({
    throttleTimeMs: 0,
    ...failure,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...failure })),
    })),
  }),
};

const KEPT: Failure = { errorCode: KAFKA_ERRORS.NONE, errorMessage: null };

async function answerOf(
  { name, partitions }: AlterPartitionReassignmentsRequestReassignableTopic,
  view: View,
  { parts }: HandlerContext,
): Promise<AlterPartitionReassignmentsResponseReassignableTopicResponse> {
  const topic = await parts.topics.layout(name);
  const resultOf = (asked: AlterPartitionReassignmentsRequestReassignablePartition): Failure => {
    const { partitionIndex: partition } = asked;
    try {
      if (!topic || partition < 0 || partition >= topic.partitions) {
        throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `There is no partition ${partition} of topic '${name}'.`);
      }
      requireAsItIs(asked.replicas, view.leaderOf({ topicId: topic.topicId, width: topic.width, partition }));
      return KEPT;
    } catch (thrown) {
      return refusalOf(thrown);
    }
  };
  return { name, partitions: partitions.map((one) => ({ partitionIndex: one.partitionIndex, ...resultOf(one) })) };
}

/** @throws KafkaError NO_REASSIGNMENT_IN_PROGRESS, INVALID_REPLICA_ASSIGNMENT */
function requireAsItIs(replicas: readonly number[] | null, leaderId: number): void {
  if (replicas === null) {
    throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS', 'No partition reassignment is in progress.');
  }
  if (replicas.length === 1 && replicas[0] === leaderId) return;
  throw new KafkaError(
    'INVALID_REPLICA_ASSIGNMENT',
    `The stores keep the partition, and broker ${leaderId} serves it: replicas ${JSON.stringify([...replicas])} cannot be; [${leaderId}] is right.`,
  );
}
