import { PARTITIONS_MAX } from '../../topic/index.ts';
import type { CreatePartitionsRequestCreatePartitionsTopic } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/*
 * CreatePartitions, versions 0 to 3: raises the number of a topic's partitions, or with `validateOnly` says whether it
 * would. Of assignments, their number counts.
 */
export const createPartitions: Handler<'CreatePartitions'> = {
  api: 'CreatePartitions',
  handle: async ({ topics, validateOnly }, context) => ({
    throttleTimeMs: 0,
    results: await Promise.all(
      topics.map(async (topic) => {
        const { name } = topic;
        const twice = topics.filter((other) => other.name === name).length > 1;
        try {
          if (twice) throw new KafkaError('INVALID_REQUEST', `Topic '${name}' is in the request more than once.`);
          await grow(topic, validateOnly, context);
          return { name, errorCode: KAFKA_ERRORS.NONE };
        } catch (thrown) {
          const errorCode = kafkaErrorOf(thrown);
          if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) {
            context.parts.onError(thrown, 'answering CreatePartitions');
          }
          return { name, errorCode, errorMessage: kafkaMessageOf(thrown) };
        }
      }),
    ),
  }),
  failed: ({ topics }, failure) => ({ throttleTimeMs: 0, results: topics.map(({ name }) => ({ name, ...failure })) }),
};

async function grow(
  { name, count, assignments }: CreatePartitionsRequestCreatePartitionsTopic,
  validateOnly: boolean,
  { parts: { topics }, allow }: HandlerContext,
): Promise<void> {
  if (!(await allow('ALTER', topicNamed(name)))) {
    throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to alter topic '${name}'.`);
  }
  const { partitions } = await topics.describe(name);
  if (count <= partitions || count > PARTITIONS_MAX) {
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `Topic '${name}' has ${partitions} partitions; their number can grow up to ${PARTITIONS_MAX}, and ${count} was given.`,
    );
  }
  if (assignments && assignments.length !== count - partitions) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `There are ${assignments.length} assignments for ${count - partitions} new partitions of topic '${name}'.`,
    );
  }
  if (!validateOnly) await topics.addPartitions(name, count);
}
