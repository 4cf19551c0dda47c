import type { GroupDescription, MemberDescription, TopicPartitions } from '../../group/index.ts';
import type {
  ConsumerGroupDescribeResponseDescribedGroup,
  ConsumerGroupDescribeResponseMember,
} from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import { coordinatorError, groupNamed, groupStateName, requireGroup } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { authorizedOperations, NOT_ASKED, topicNamed } from '../rights.ts';
import { kafkaTopicId } from '../topic-id.ts';

/** A member of the consumer protocol, and not one of the classic protocol in the same group (v1). */
const MEMBER_TYPE = 1;

/*
 * ConsumerGroupDescribe, versions 0 and 1: groups of the consumer protocol (KIP-848 and HTTP) with their members, what
 * those have and what they shall have. Classic groups are answered GROUP_ID_NOT_FOUND, as in Kafka: DescribeGroups has them.
 * - Whoever may not describe a topic that a group reads is refused the group.
 * - Where members connect from is not known of those over HTTP, and racks are not kept.
 * - A topic that was deleted, or is no longer subscribed to, has no name and is left out.
 * - v1 tells whether a member is one of the classic protocol: a group here has members of one kind.
 */
export const consumerGroupDescribe: Handler<'ConsumerGroupDescribe'> = {
  api: 'ConsumerGroupDescribe',
  handle: async ({ groupIds, includeAuthorizedOperations }, context) => ({
    throttleTimeMs: 0,
    groups: await Promise.all(groupIds.map((group) => describe(group, includeAuthorizedOperations, context))),
  }),
  failed: ({ groupIds }, { errorCode, errorMessage }) => ({
    throttleTimeMs: 0,
    groups: groupIds.map((group) => failed(group, coordinatorError(errorCode), errorMessage)),
  }),
};

async function describe(
  group: string,
  asked: boolean,
  context: HandlerContext,
): Promise<ConsumerGroupDescribeResponseDescribedGroup> {
  try {
    await requireGroup(context, 'DESCRIBE', group);
    const described = await context.parts.groups.describe(group);
    if (described.kind !== 'consumer') {
      throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${group} is not a consumer group.`);
    }
    await requireTopics(described, context);
    const operations = await authorizedOperations(context, asked, groupNamed(group));
    return { ...shown(described, context.version), authorizedOperations: operations };
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) context.parts.onError(error, 'describing a group');
    return failed(group, coordinatorError(errorCode), kafkaMessageOf(error));
  }
}

/** Whoever may not see a topic sees nothing of a group that reads it. @throws KafkaError TOPIC_AUTHORIZATION_FAILED */
async function requireTopics({ members }: GroupDescription, { allow }: HandlerContext): Promise<void> {
  const topics = members.flatMap(({ subscription, assignment, target }) => [
    ...('topics' in subscription ? subscription.topics : []),
    ...[...assignment, ...target].flatMap(({ topic }) => topic ?? []),
  ]);
  for (const topic of new Set(topics)) {
    if (await allow('DESCRIBE', topicNamed(topic))) continue;
    throw new KafkaError(
      'TOPIC_AUTHORIZATION_FAILED',
      'The group reads topics that you are not authorized to describe.',
    );
  }
}

function shown(
  { group, state, generation, assignor, members }: GroupDescription,
  version: number,
): ConsumerGroupDescribeResponseDescribedGroup {
  return {
    errorCode: KAFKA_ERRORS.NONE,
    groupId: group,
    groupState: groupStateName(state),
    groupEpoch: generation,
    // Targets are computed with the change that makes them necessary, so neither is ever behind the other.
    assignmentEpoch: generation,
    assignorName: assignor,
    members: members.map((member) => ({ ...shownMember(member), ...(version >= 1 && { memberType: MEMBER_TYPE }) })),
  };
}

function shownMember(member: MemberDescription): ConsumerGroupDescribeResponseMember {
  const { memberId, instanceId, memberEpoch, clientId, clientHost, subscription, assignment, target } = member;
  return {
    memberId,
    instanceId: instanceId ?? null,
    rackId: null,
    memberEpoch,
    clientId: clientId ?? '',
    clientHost: clientHost ?? '',
    subscribedTopicNames: 'topics' in subscription ? subscription.topics : [],
    subscribedTopicRegex: 'pattern' in subscription ? subscription.pattern : null,
    assignment: { topicPartitions: named(assignment) },
    targetAssignment: { topicPartitions: named(target) },
  };
}

function named(all: readonly TopicPartitions[]) {
  return all.flatMap(({ topic, topicId, partitions }) => {
    return topic === undefined ? [] : [{ topicId: kafkaTopicId(topicId), topicName: topic, partitions }];
  });
}

function failed(
  groupId: string,
  errorCode: number,
  errorMessage: string | null,
): ConsumerGroupDescribeResponseDescribedGroup {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
    authorizedOperations: NOT_ASKED,
  };
}
