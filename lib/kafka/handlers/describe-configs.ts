import { CLUSTER } from '../../auth/index.ts';
import type {
  DescribeConfigsRequestDescribeConfigsResource,
  DescribeConfigsResponseDescribeConfigsResult,
} from '../codec/index.ts';
import { type Described, describeBrokerConfigs, describeTopicConfigs, RESOURCE, type Shown } from '../configs/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/*
 * DescribeConfigs, versions 1 to 4: settings of topics and brokers with their values, defaults among them.
 * - v1 tells where values come from, and the synonyms that were looked at. v3 has types and documentation.
 */
export const describeConfigs: Handler<'DescribeConfigs'> = {
  api: 'DescribeConfigs',
  handle: async ({ resources, includeSynonyms, includeDocumentation }, context) => {
    const shown = { synonyms: includeSynonyms, documentation: includeDocumentation };
    return {
      throttleTimeMs: 0,
      results: await Promise.all(resources.map((resource) => describe(resource, shown, context))),
    };
  },
  failed: ({ resources }, failure) => ({
    throttleTimeMs: 0,
    results: resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      ...failure,
      configs: [],
    })),
  }),
};

async function describe(
  resource: DescribeConfigsRequestDescribeConfigsResource,
  shown: Shown,
  context: HandlerContext,
): Promise<DescribeConfigsResponseDescribeConfigsResult> {
  const { resourceType, resourceName } = resource;
  const asked = { resourceType, resourceName };
  try {
    const configs = await configsOf(resource, shown, context);
    return { ...asked, errorCode: KAFKA_ERRORS.NONE, errorMessage: null, configs };
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) context.parts.onError(thrown, 'answering DescribeConfigs');
    return { ...asked, errorCode, errorMessage: kafkaMessageOf(thrown), configs: [] };
  }
}

async function configsOf(
  { resourceType, resourceName, configurationKeys }: DescribeConfigsRequestDescribeConfigsResource,
  shown: Shown,
  { parts, session, allow }: HandlerContext,
): Promise<Described[]> {
  // Nothing named is everything, whether it is said by null or, as old clients do, by an empty list.
  const names = configurationKeys?.length ? new Set(configurationKeys) : undefined;
  if (resourceType === RESOURCE.TOPIC) {
    if (!(await allow('DESCRIBE_CONFIGS', topicNamed(resourceName)))) {
      throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to see the settings of '${resourceName}'.`);
    }
    const { config } = await parts.topics.describe(resourceName);
    return describeTopicConfigs(config, shown, names);
  }
  if (resourceType === RESOURCE.BROKER) {
    if (!(await allow('DESCRIBE_CONFIGS', CLUSTER))) {
      throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED', 'Not authorized to see the settings of brokers.');
    }
    // Without a name, those that all brokers have in common were set: none were.
    if (resourceName === '') return [];
    const { brokers } = await parts.cluster.view(session);
    const broker = brokers.find(({ id }) => String(id) === resourceName);
    if (!broker) throw new KafkaError('INVALID_REQUEST', `There is no broker '${resourceName}'.`);
    return describeBrokerConfigs(parts, broker, shown, names);
  }
  if (resourceType === RESOURCE.BROKER_LOGGER || resourceType === RESOURCE.GROUP) return [];
  throw new KafkaError('INVALID_REQUEST', `Resources of type ${resourceType} have no settings; topics and brokers do.`);
}
