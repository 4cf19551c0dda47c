import type { OffsetDeleteRequestTopic, OffsetDeleteResponseTopic } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { coordinatorError, requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/*
 * OffsetDelete, version 0: a group forgets what it has committed for some partitions (KIP-496). Topics that members
 * subscribe to are refused with GROUP_SUBSCRIBED_TO_TOPIC.
 */
export const offsetDelete: Handler<'OffsetDelete'> = {
  api: 'OffsetDelete',
  handle: async ({ groupId, topics }, context) => {
    await requireGroup(context, 'DELETE', groupId);
    await requireNoRoute(context, groupId);
    // Answers that there is no such group once, and not per topic.
    await context.parts.groups.describe(groupId);
    const answers = await Promise.all(topics.map((topic) => deleteOf(groupId, topic, context)));
    return { errorCode: KAFKA_ERRORS.NONE, throttleTimeMs: 0, topics: answers };
  },
  failed: (_, { errorCode }) => ({ errorCode: coordinatorError(errorCode), throttleTimeMs: 0, topics: [] }),
};

async function deleteOf(
  group: string,
  { name, partitions }: OffsetDeleteRequestTopic,
  context: HandlerContext,
): Promise<OffsetDeleteResponseTopic> {
  const indexes = partitions.map(({ partitionIndex }) => partitionIndex);
  const errorCode = await errorOf(group, name, indexes, context);
  return { name, partitions: indexes.map((partitionIndex) => ({ partitionIndex, errorCode })) };
}

async function errorOf(
  group: string,
  topic: string,
  partitions: readonly number[],
  { parts, allow }: HandlerContext,
): Promise<number> {
  if (!(await allow('READ', topicNamed(topic)))) return KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED;
  try {
    await parts.groups.deleteOffsets(group, topic, partitions);
    return KAFKA_ERRORS.NONE;
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(error, 'deleting offsets');
    return errorCode === KAFKA_ERRORS.NON_EMPTY_GROUP
      ? KAFKA_ERRORS.GROUP_SUBSCRIBED_TO_TOPIC
      : coordinatorError(errorCode);
  }
}
