import {
  type Assignment,
  GroupError,
  type HeartbeatRequest,
  REBALANCE_TIMEOUT_MS,
  type Subscription,
  topicPattern,
} from '../../group/index.ts';
import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import { coordinatorError, requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { kafkaTopicId, topicIdOf } from '../topic-id.ts';

/** Kafka's default of group.consumer.heartbeat.interval.ms. */
const HEARTBEAT_INTERVAL_MS = 5_000;
/** While partitions change hands: nobody tells a member that another has given up what it waits for. */
const UNSETTLED_INTERVAL_MS = 500;
/** Epochs by which a member leaves, for good and for a restart. */
const LEAVE_EPOCH = -1;
const LEAVE_STATIC_EPOCH = -2;

/*
 * ConsumerGroupHeartbeat, versions 0 and 1: membership by the consumer protocol (KIP-848), on the same groups as HTTP's.
 * - The server assigns: `uniform` (the default) or `range`. Racks are not looked at.
 * - A member's epoch changes whenever what it holds does, and not only with the group's.
 * - A static member that starts again takes over its instance's place at once, where Kafka answers UNRELEASED_INSTANCE_ID
 *   until the earlier one has left.
 * - v1 has ids made by the client (KIP-1082), and subscriptions by pattern: RE2's core, but for \p{…}, \b, flags, named
 *   groups and POSIX classes, which are refused with INVALID_REGULAR_EXPRESSION. They match what the member may describe.
 */
export const consumerGroupHeartbeat: Handler<'ConsumerGroupHeartbeat'> = {
  api: 'ConsumerGroupHeartbeat',
  handle: async (request, context) => {
    const { groupId, memberId, memberEpoch, instanceId } = request;
    const { groups } = context.parts;
    await requireGroup(context, 'READ', groupId);
    await requireNoRoute(context, groupId);
    if (memberEpoch === LEAVE_EPOCH || memberEpoch === LEAVE_STATIC_EPOCH) {
      const keepPlace = memberEpoch === LEAVE_STATIC_EPOCH;
      await groups.leave(groupId, { memberId, instanceId: instanceId ?? undefined, keepPlace });
      return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE, memberId, memberEpoch, heartbeatIntervalMs: 0 };
    }
    const beat = await heartbeatOf(request, context);
    return answer(await groups.heartbeat(groupId, beat), request);
  },
  failed: (_, { errorCode, errorMessage }) => ({
    throttleTimeMs: 0,
    errorCode: heartbeatError(errorCode),
    errorMessage,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
  }),
};

/** @throws KafkaError INVALID_REQUEST, UNSUPPORTED_ASSIGNOR, TOPIC_AUTHORIZATION_FAILED */
async function heartbeatOf(request: ConsumerGroupHeartbeatRequest, context: HandlerContext): Promise<HeartbeatRequest> {
  const { memberId, memberEpoch, instanceId, rebalanceTimeoutMs, subscribedTopicNames, serverAssignor } = request;
  const joins = memberEpoch === 0;
  if (memberId === '' && (!joins || context.version >= 1)) {
    throw new KafkaError('INVALID_REQUEST', 'A heartbeat without a member id; from version 1 on the client makes it.');
  }
  if (joins && (rebalanceTimeoutMs < 0 || request.topicPartitions === null || request.topicPartitions.length > 0)) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'A member joins with a rebalance time-out and with an empty list of partitions.',
    );
  }
  if (serverAssignor !== null && serverAssignor !== 'uniform' && serverAssignor !== 'range') {
    throw new KafkaError(
      'UNSUPPORTED_ASSIGNOR',
      `Assignor "${serverAssignor}" is unknown; uniform and range are there.`,
    );
  }
  for (const name of subscribedTopicNames ?? []) {
    if (await context.allow('DESCRIBE', topicNamed(name))) continue;
    throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to describe topic '${name}'.`);
  }
  const { min, max } = REBALANCE_TIMEOUT_MS;
  return {
    memberId: memberId || undefined,
    memberEpoch,
    instanceId: instanceId ?? undefined,
    clientId: context.session.clientId || undefined,
    clientHost: `/${context.session.peer.host}`,
    subscription: subscriptionOf(request),
    sees: (topic) => context.allow('DESCRIBE', topicNamed(topic)),
    assignor: serverAssignor ?? undefined,
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? undefined : Math.min(Math.max(rebalanceTimeoutMs, min), max),
    ownedPartitions: request.topicPartitions?.map(({ topicId, partitions }) => {
      return { topicId: topicIdOf(topicId), partitions };
    }),
  };
}

/**
 * Names, a pattern, or both, which together are one pattern; undefined where the request leaves it as it was.
 * @throws KafkaError INVALID_REGULAR_EXPRESSION
 */
function subscriptionOf(request: ConsumerGroupHeartbeatRequest): Subscription | undefined {
  const { subscribedTopicNames: names, subscribedTopicRegex: pattern } = request;
  if (!pattern) return names === null ? undefined : { topics: names };
  try {
    topicPattern(pattern);
  } catch (error) {
    if (!(error instanceof GroupError)) throw error;
    throw new KafkaError('INVALID_REGULAR_EXPRESSION', error.message, { cause: error });
  }
  if (names === null || names.length === 0) return { pattern };
  return { pattern: [...names.map((name) => name.replaceAll('.', '\\.')), `(?:${pattern})`].join('|') };
}

function answer(
  { memberId, memberEpoch, assignment, settled }: Assignment,
  request: ConsumerGroupHeartbeatRequest,
): ConsumerGroupHeartbeatResponse {
  const told = memberEpoch === request.memberEpoch && request.topicPartitions === null;
  return {
    throttleTimeMs: 0,
    errorCode: KAFKA_ERRORS.NONE,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: settled ? HEARTBEAT_INTERVAL_MS : UNSETTLED_INTERVAL_MS,
    assignment: told
      ? null
      : {
          topicPartitions: assignment.map(({ topicId, partitions }) => ({
            topicId: kafkaTopicId(topicId),
            partitions,
          })),
        },
  };
}

/** As Kafka names it: a group with classic members is no group to this API. */
function heartbeatError(errorCode: number): number {
  if (errorCode === KAFKA_ERRORS.INCONSISTENT_GROUP_PROTOCOL) return KAFKA_ERRORS.GROUP_ID_NOT_FOUND;
  return coordinatorError(errorCode);
}
