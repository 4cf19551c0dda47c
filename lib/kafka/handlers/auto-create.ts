import { CLUSTER } from '../../auth/index.ts';
import { TopicError, type TopicInfo } from '../../topic/index.ts';
import { KafkaError } from '../errors.ts';
import type { HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/**
 * Makes a topic because a client named it. Two that do so at once both get it.
 *
 * @param missing what is thrown where the session may not make it: it is missing still
 * @throws TopicError; KafkaError TOPIC_AUTHORIZATION_FAILED
 */
export async function createMissing(name: string, missing: TopicError, context: HandlerContext): Promise<TopicInfo> {
  const { topics, numPartitions } = context.parts;
  if (!(await context.allow('CREATE', CLUSTER)) && !(await context.allow('CREATE', topicNamed(name)))) {
    throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', missing.message, { cause: missing });
  }
  try {
    return await topics.create(name, { partitions: numPartitions });
  } catch (thrown) {
    if (thrown instanceof TopicError && thrown.code === 'topic_exists') return topics.describe(name);
    throw thrown;
  }
}
