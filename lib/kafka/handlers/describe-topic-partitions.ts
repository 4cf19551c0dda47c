import { TopicError, type TopicInfo } from '../../topic/index.ts';
import type { View } from '../cluster/index.ts';
import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsRequestCursor,
  type DescribeTopicPartitionsResponseTopic,
  UUID_ZERO,
} from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { authorizedOperations, NOT_ASKED, topicNamed } from '../rights.ts';
import { kafkaTopicId } from '../topic-id.ts';
import { LEADER_EPOCH } from './leader-epoch.ts';

/** The most partitions of one answer, whatever was asked for. Source: Kafka's max.request.partition.size.limit. */
const PARTITIONS_MAX = 2_000;

/*
 * DescribeTopicPartitions, version 0 (KIP-966): topics with their partitions, page by page; what kafka-topics describes by.
 * - In the order of names, from the cursor on; the answer's cursor says where the next page begins. No topics: all.
 * - Topics that may not be described are left out where all were asked for, and refused where they were named.
 * - Eligible leader replicas are none: a partition is never without its leader.
 */
export const describeTopicPartitions: Handler<'DescribeTopicPartitions'> = {
  api: 'DescribeTopicPartitions',
  handle: async (request, context) => {
    requireCursor(request);
    const all = request.topics.length === 0;
    const topics: DescribeTopicPartitionsResponseTopic[] = [];
    const refused: DescribeTopicPartitionsResponseTopic[] = [];
    const described: TopicInfo[] = [];
    for (const [name, found] of await topicsAsked(request, context)) {
      if (!(await context.allow('DESCRIBE', topicNamed(name)))) {
        if (!all) refused.push(failedTopic(name, KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED));
      } else if (typeof found === 'number') topics.push(failedTopic(name, found));
      else described.push(found);
    }
    const view = await context.parts.cluster.view(context.session);
    const { stretches, nextCursor } = pageOf(described, request);
    for (const stretch of stretches) topics.push(await describe(stretch, view, context));
    return { throttleTimeMs: 0, topics: [...topics, ...refused], nextCursor };
  },
  failed: ({ topics }, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => failedTopic(name, errorCode)),
  }),
};

/** @throws KafkaError INVALID_REQUEST */
function requireCursor({ cursor, topics }: DescribeTopicPartitionsRequest): void {
  if (!cursor) return;
  if (cursor.partitionIndex < 0) {
    throw new KafkaError('INVALID_REQUEST', `The cursor's partition is ${cursor.partitionIndex}; 0 or more is right.`);
  }
  if (topics.length > 0 && !topics.some(({ name }) => name === cursor.topicName)) {
    throw new KafkaError('INVALID_REQUEST', `The cursor's topic '${cursor.topicName}' is none of those asked for.`);
  }
}

/** By name, in order, from the cursor's on: each topic, or the error that it has. */
async function topicsAsked(
  { topics, cursor }: DescribeTopicPartitionsRequest,
  { parts }: HandlerContext,
): Promise<(readonly [name: string, TopicInfo | number])[]> {
  const from = cursor?.topicName ?? '';
  if (topics.length === 0) {
    const all = await parts.topics.list();
    return all.filter(({ name }) => name >= from).map((topic) => [topic.name, topic]);
  }
  const names = [...new Set(topics.map(({ name }) => name))].filter((name) => name >= from);
  return Promise.all(names.sort().map(async (name) => [name, await find(name, parts)] as const));
}

/** Partitions `from` to before `to` of a topic. */
interface Stretch {
  readonly topic: TopicInfo;
  readonly from: number;
  readonly to: number;
}

/** As many partitions of the topics, one after the other, as one answer may have, and where the next one begins. */
function pageOf(
  topics: readonly TopicInfo[],
  { responsePartitionLimit, cursor }: DescribeTopicPartitionsRequest,
): { stretches: Stretch[]; nextCursor: DescribeTopicPartitionsRequestCursor | null } {
  const stretches: Stretch[] = [];
  let left = Math.max(1, Math.min(responsePartitionLimit, PARTITIONS_MAX));
  for (const topic of topics) {
    const from = Math.min(topic.partitions, cursor?.topicName === topic.name ? cursor.partitionIndex : 0);
    const to = Math.min(topic.partitions, from + left);
    if (left > 0) stretches.push({ topic, from, to });
    if (to < topic.partitions) return { stretches, nextCursor: { topicName: topic.name, partitionIndex: to } };
    left -= to - from;
  }
  return { stretches, nextCursor: null };
}

async function find(name: string, { topics }: HandlerContext['parts']): Promise<TopicInfo | number> {
  try {
    return await topics.describe(name);
  } catch (thrown) {
    if (!(thrown instanceof TopicError)) throw thrown;
    return kafkaErrorOf(thrown);
  }
}

async function describe(
  { topic: { name, topicId, width }, from, to }: Stretch,
  view: View,
  context: HandlerContext,
): Promise<DescribeTopicPartitionsResponseTopic> {
  return {
    errorCode: KAFKA_ERRORS.NONE,
    name,
    topicId: kafkaTopicId(topicId),
    partitions: Array.from({ length: to - from }, (_, index) => {
      const partitionIndex = from + index;
      const leaderId = view.leaderOf({ topicId, partition: partitionIndex, width });
      return {
        errorCode: KAFKA_ERRORS.NONE,
        partitionIndex,
        leaderId,
        leaderEpoch: LEADER_EPOCH,
        replicaNodes: [leaderId],
        isrNodes: [leaderId],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offlineReplicas: [],
      };
    }),
    topicAuthorizedOperations: await authorizedOperations(context, true, topicNamed(name)),
  };
}

function failedTopic(name: string, errorCode: number): DescribeTopicPartitionsResponseTopic {
  return { errorCode, name, topicId: UUID_ZERO, partitions: [], topicAuthorizedOperations: NOT_ASKED };
}
