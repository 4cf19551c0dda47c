import { CLUSTER } from '../../auth/index.ts';
import type { TopicInfo } from '../../topic/index.ts';
import type { CreateTopicsRequestCreatableTopic, CreateTopicsResponseCreatableTopicResult } from '../codec/index.ts';
import { CONFIG_SOURCE, describeTopicConfigs } from '../configs/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { kafkaTopicId } from '../topic-id.ts';

/** Takes the place of a number that the gateway is to choose. */
const DEFAULT = -1;
/** The stores replicate; no gateway has a replica of its own. */
const REPLICATION_FACTOR = 1;

/*
 * CreateTopics, versions 2 to 7: makes topics, or with `validateOnly` says whether it would.
 * - Any replication factor is accepted, and none is needed: the stores replicate. Of an assignment, the number of
 *   partitions counts.
 * - A topic that is named twice is refused.
 * - v4 may leave numbers to the gateway (-1). v5 answers what was made, v7 with its id.
 */
export const createTopics: Handler<'CreateTopics'> = {
  api: 'CreateTopics',
  handle: async ({ topics, validateOnly }, context) => {
    const mayCreateAll = await context.allow('CREATE', CLUSTER);
    const results: CreateTopicsResponseCreatableTopicResult[] = [];
    for (const topic of topics) {
      const { name } = topic;
      if (results.some((result) => result.name === name)) continue;
      const twice = topics.filter((other) => other.name === name).length > 1;
      results.push(await create(topic, { twice, mayCreateAll, validateOnly }, context));
    }
    return { throttleTimeMs: 0, topics: results };
  },
  failed: ({ topics }, failure) => ({ throttleTimeMs: 0, topics: topics.map(({ name }) => ({ name, ...failure })) }),
};

async function create(
  topic: CreateTopicsRequestCreatableTopic,
  { twice, mayCreateAll, validateOnly }: { twice: boolean; mayCreateAll: boolean; validateOnly: boolean },
  context: HandlerContext,
): Promise<CreateTopicsResponseCreatableTopicResult> {
  const { name } = topic;
  const { topics, onError } = context.parts;
  try {
    if (twice) throw new KafkaError('INVALID_REQUEST', `Topic '${name}' is in the request more than once.`);
    if (!mayCreateAll && !(await context.allow('CREATE', topicNamed(name)))) {
      throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to create topic '${name}'.`);
    }
    const partitions = partitionsOf(topic, context);
    const config = configOf(topic);
    if (!validateOnly) return await created(await topics.create(name, { partitions, config }), context);
    await topics.checkCreate(name, { partitions, config });
    return await created({ name, partitions, config, topicId: undefined }, context);
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) onError(thrown, 'answering CreateTopics');
    return { name, errorCode, errorMessage: kafkaMessageOf(thrown) };
  }
}

function partitionsOf(topic: CreateTopicsRequestCreatableTopic, { parts }: HandlerContext): number {
  const { name, numPartitions, replicationFactor, assignments } = topic;
  if (assignments.length > 0) {
    if (numPartitions !== DEFAULT || replicationFactor !== DEFAULT) {
      throw new KafkaError(
        'INVALID_REQUEST',
        `Topic '${name}' has an assignment; its number of partitions and replication factor must be -1 then.`,
      );
    }
    const indexes = assignments.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b);
    if (indexes.some((index, i) => index !== i) || assignments.some(({ brokerIds }) => brokerIds.length === 0)) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `The assignment of topic '${name}' must name partitions from 0 on without a gap, and brokers for each.`,
      );
    }
    return assignments.length;
  }
  if (replicationFactor !== DEFAULT && replicationFactor < 1) {
    throw new KafkaError('INVALID_REPLICATION_FACTOR', `Replication factor ${replicationFactor}: 1 or more is right.`);
  }
  return numPartitions === DEFAULT ? parts.numPartitions : numPartitions;
}

function configOf({ configs }: CreateTopicsRequestCreatableTopic): Record<string, string> {
  const config: Record<string, string> = {};
  for (const { name, value } of configs) {
    if (Object.hasOwn(config, name)) throw new KafkaError('INVALID_CONFIG', `Setting '${name}' is given twice.`);
    if (value === null) throw new KafkaError('INVALID_CONFIG', `Setting '${name}' has no value.`);
    config[name] = value;
  }
  return config;
}

async function created(
  topic: Pick<TopicInfo, 'name' | 'partitions' | 'config'> & { topicId: string | undefined },
  { allow }: HandlerContext,
): Promise<CreateTopicsResponseCreatableTopicResult> {
  const { name, partitions, config, topicId } = topic;
  const made = {
    name,
    errorCode: KAFKA_ERRORS.NONE,
    errorMessage: null,
    ...(topicId && { topicId: kafkaTopicId(topicId) }),
  };
  if (!(await allow('DESCRIBE_CONFIGS', topicNamed(name)))) {
    return {
      ...made,
      topicConfigErrorCode: KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED,
      numPartitions: -1,
      replicationFactor: -1,
    };
  }
  const configs = describeTopicConfigs(config, { synonyms: false, documentation: false });
  return {
    ...made,
    numPartitions: partitions,
    replicationFactor: REPLICATION_FACTOR,
    configs: configs.map(({ name: key, value, readOnly, configSource, isSensitive }) => ({
      name: key,
      value,
      readOnly,
      configSource: configSource ?? CONFIG_SOURCE.DEFAULT,
      isSensitive,
    })),
  };
}
