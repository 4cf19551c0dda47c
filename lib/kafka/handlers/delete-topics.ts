import type { TopicInfo } from '../../topic/index.ts';
import type { DeleteTopicsResponseDeletableTopicResult } from '../codec/index.ts';
import { UUID_ZERO } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { kafkaTopicId, topicIdOf } from '../topic-id.ts';

/*
 * DeleteTopics, versions 1 to 6: deletes topics with all that is in them.
 * - v5 says what was wrong. v6 takes topics by name or by id.
 */
export const deleteTopics: Handler<'DeleteTopics'> = {
  api: 'DeleteTopics',
  handle: async ({ topics, topicNames }, context) => {
    const asked = context.version >= 6 ? topics : topicNames.map((name) => ({ name, topicId: UUID_ZERO }));
    const byId = asked.some(({ name }) => name === null) ? await topicsById(context) : new Map<string, TopicInfo>();
    const responses: DeleteTopicsResponseDeletableTopicResult[] = [];
    for (const { name, topicId } of asked) {
      const twice =
        name !== null && responses.some((response) => response.name === name)
          ? new KafkaError('INVALID_REQUEST', `Topic '${name}' is in the request more than once.`)
          : undefined;
      responses.push(await deleteOne(name, topicId, twice, byId, context));
    }
    return { throttleTimeMs: 0, responses };
  },
  failed: ({ topics, topicNames }, failure, { version }) => ({
    throttleTimeMs: 0,
    responses: (version >= 6 ? topics.map(({ name }) => name) : topicNames).map((name) => ({ name, ...failure })),
  }),
};

async function topicsById({ parts }: HandlerContext): Promise<Map<string, TopicInfo>> {
  return new Map((await parts.topics.list()).map((topic) => [topic.topicId, topic]));
}

async function deleteOne(
  given: string | null,
  topicId: string,
  refused: KafkaError | undefined,
  byId: ReadonlyMap<string, TopicInfo>,
  { parts, allow }: HandlerContext,
): Promise<DeleteTopicsResponseDeletableTopicResult> {
  const known = given === null ? byId.get(topicIdOf(topicId)) : await parts.topics.layout(given).catch(() => undefined);
  const name = given ?? known?.name ?? null;
  const id = known ? kafkaTopicId(known.topicId) : topicId;
  try {
    if (refused) throw refused;
    if (name === null) throw new KafkaError('UNKNOWN_TOPIC_ID', `There is no topic of the id ${topicId}.`);
    if (!(await allow('DELETE', topicNamed(name)))) {
      throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to delete topic '${given ?? topicId}'.`);
    }
    // By its id, a topic that another one has replaced since is not meant.
    await parts.topics.delete(name, given === null && known ? { topicId: known.topicId } : {});
    return { name, topicId: id, errorCode: KAFKA_ERRORS.NONE };
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(thrown, 'answering DeleteTopics');
    return { name: given, topicId, errorCode, errorMessage: kafkaMessageOf(thrown) };
  }
}
