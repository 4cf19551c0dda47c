import { CLUSTER } from '../../auth/index.ts';
import { TopicError, type TopicInfo } from '../../topic/index.ts';
import type { View } from '../cluster/index.ts';
import type { MetadataRequest, MetadataResponseTopic } from '../codec/index.ts';
import { UUID_ZERO } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { authorizedOperations, NOT_ASKED, topicNamed } from '../rights.ts';
import { kafkaTopicId, topicIdOf } from '../topic-id.ts';
import { createMissing } from './auto-create.ts';
import { LEADER_EPOCH } from './leader-epoch.ts';

/*
 * Metadata, versions 0 to 12: the brokers, and topics with their partitions and leaders.
 * - Topics that may not be described are left out where all were asked for, and refused where they were named.
 * - Makes topics that are named and missing, where the request and the gateway allow it.
 * - v0 says "all topics" with an empty list, v1 with null; an empty list is none from there on.
 * - v4 asks for topics to be made, or not; before, they always are.
 * - v8 to v10 tell the operations that are allowed on the cluster, v8 those on topics (KIP-430).
 * - v10 has topic ids; v12 asks by them.
 */
export const metadata: Handler<'Metadata'> = {
  api: 'Metadata',
  handle: async (request, context) => {
    const { parts, session, version } = context;
    const view = await parts.cluster.view(session);
    const all = request.topics === null || (version === 0 && request.topics.length === 0);
    const topics = all ? await describeAll(request, view, context) : await describeNamed(request, view, context);
    return {
      ...answer(view, parts.clusterId),
      topics,
      clusterAuthorizedOperations: await authorizedOperations(
        context,
        request.includeClusterAuthorizedOperations,
        CLUSTER,
      ),
    };
  },
  failed: (request, { errorCode }) => ({
    brokers: [],
    topics: (request.topics ?? []).map(({ name, topicId }) => failedTopic({ name: name ?? '', topicId, errorCode })),
  }),
};

function answer({ brokers, controllerId }: View, clusterId: string) {
  return {
    brokers: brokers.map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
    clusterId,
    controllerId,
  };
}

async function describeAll(
  request: MetadataRequest,
  view: View,
  context: HandlerContext,
): Promise<MetadataResponseTopic[]> {
  const described: MetadataResponseTopic[] = [];
  for (const topic of await context.parts.topics.list()) {
    if (await context.allow('DESCRIBE', topicNamed(topic.name))) {
      described.push(await describeTopic(topic, request, view, context));
    }
  }
  return described;
}

async function describeNamed(
  request: MetadataRequest,
  view: View,
  context: HandlerContext,
): Promise<MetadataResponseTopic[]> {
  const asked = request.topics ?? [];
  const byId = asked.some(({ name }) => name === null) ? await topicsById(context) : undefined;
  const described: MetadataResponseTopic[] = [];
  const seen = new Set<string>();
  for (const { name: given, topicId } of asked) {
    const name = given ?? byId?.get(topicIdOf(topicId))?.name;
    if (name !== undefined && seen.has(name)) continue;
    seen.add(name ?? topicId);
    const topic = await describeOne(name, topicId, request, view, context);
    // An id tells no name to whom may not see it.
    const hidden = given === null && topic.errorCode === KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED;
    described.push(hidden ? { ...topic, name: null, topicId } : topic);
  }
  return described;
}

async function topicsById({ parts }: HandlerContext): Promise<Map<string, TopicInfo>> {
  return new Map((await parts.topics.list()).map((topic) => [topic.topicId, topic]));
}

async function describeOne(
  name: string | undefined,
  topicId: string,
  request: MetadataRequest,
  view: View,
  context: HandlerContext,
): Promise<MetadataResponseTopic> {
  if (name === undefined) return failedTopic({ name: null, topicId, errorCode: KAFKA_ERRORS.UNKNOWN_TOPIC_ID });
  if (!(await context.allow('DESCRIBE', topicNamed(name)))) {
    return failedTopic({ name, topicId: UUID_ZERO, errorCode: KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED });
  }
  try {
    const topic = await describeOrCreate(name, request, context);
    return await describeTopic(topic, request, view, context);
  } catch (thrown) {
    if (!(thrown instanceof TopicError || thrown instanceof KafkaError)) throw thrown;
    return failedTopic({ name, topicId: UUID_ZERO, errorCode: kafkaErrorOf(thrown) });
  }
}

async function describeOrCreate(name: string, request: MetadataRequest, context: HandlerContext): Promise<TopicInfo> {
  const { topics, autoCreateTopics } = context.parts;
  try {
    return await topics.describe(name);
  } catch (thrown) {
    const missing = thrown instanceof TopicError && thrown.code === 'topic_unknown';
    const wanted = request.allowAutoTopicCreation || context.version < 4;
    if (!missing || !wanted || !autoCreateTopics) throw thrown;
    return createMissing(name, thrown, context);
  }
}

async function describeTopic(
  { name, topicId, partitions, width }: TopicInfo,
  request: MetadataRequest,
  view: View,
  context: HandlerContext,
): Promise<MetadataResponseTopic> {
  return {
    errorCode: KAFKA_ERRORS.NONE,
    name,
    topicId: kafkaTopicId(topicId),
    partitions: Array.from({ length: partitions }, (_, partitionIndex) => {
      const leaderId = view.leaderOf({ topicId, partition: partitionIndex, width });
      // The stores replicate, not the gateways: each partition has the one that serves it.
      const nodes = [leaderId];
      return {
        errorCode: KAFKA_ERRORS.NONE,
        partitionIndex,
        leaderId,
        leaderEpoch: LEADER_EPOCH,
        replicaNodes: nodes,
        isrNodes: nodes,
      };
    }),
    topicAuthorizedOperations: await authorizedOperations(
      context,
      request.includeTopicAuthorizedOperations,
      topicNamed(name),
    ),
  };
}

function failedTopic(topic: { name: string | null; topicId: string; errorCode: number }): MetadataResponseTopic {
  return { ...topic, partitions: [], topicAuthorizedOperations: NOT_ASKED };
}
