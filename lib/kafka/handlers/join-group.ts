import { type ClassicJoinRequest, type JoinedGroup, SESSION_TIMEOUT_MS } from '../../group/index.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import { coordinatorError, requireCoordinator, requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';

/*
 * JoinGroup, versions 0 to 9: a member joins the next generation of a group, and waits until all have.
 * - Held until then: who has joined is in the group's item, so any gateway can end the wait.
 * - Members gather at the group's coordinator: another gateway sends them there, where all are sure who it is.
 * - v0 has no rebalance time-out: the session's counts for both.
 * - v4 gives a member without an id one, and has it ask again with it (KIP-394).
 * - v5 has static members (KIP-345).
 * - v7 tells the protocol type, and no protocol where there is an error (KIP-559).
 * - v8 gives a reason (KIP-800): it is not kept, as there is no broker log to write it to.
 * - v9 tells a static leader that came back that it need not assign anew (KIP-814).
 */
export const joinGroup: Handler<'JoinGroup'> = {
  api: 'JoinGroup',
  handle: async (request, context) => {
    await requireGroup(context, 'READ', request.groupId);
    await requireNoRoute(context, request.groupId);
    await requireCoordinator(context, request.groupId);
    const { groups } = context.parts;
    const joined = await groups.classic.join(request.groupId, joinOf(request, context), context.signal);
    if (!('idOnly' in joined)) return answer(joined, context.version);
    return { ...nothing(context.version), errorCode: KAFKA_ERRORS.MEMBER_ID_REQUIRED, memberId: joined.memberId };
  },
  failed: (request, { errorCode }, { version }) => ({
    ...nothing(version),
    errorCode: coordinatorError(errorCode),
    memberId: request.memberId,
  }),
};

/** @throws KafkaError INVALID_SESSION_TIMEOUT */
function joinOf(request: JoinGroupRequest, { version, session, parts }: HandlerContext): ClassicJoinRequest {
  const { memberId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols } = request;
  const { min, max } = SESSION_TIMEOUT_MS;
  if (sessionTimeoutMs < min || sessionTimeoutMs > max) {
    throw new KafkaError(
      'INVALID_SESSION_TIMEOUT',
      `A session of ${sessionTimeoutMs} ms; ${min} to ${max} are allowed.`,
    );
  }
  return {
    memberId,
    idFirst: version >= 4,
    instanceId: groupInstanceId ?? undefined,
    clientId: session.clientId ?? undefined,
    clientHost: `/${session.peer.host}`,
    sessionTimeoutMs,
    rebalanceTimeoutMs: version >= 1 ? Math.max(0, rebalanceTimeoutMs) : sessionTimeoutMs,
    protocolType,
    // The frame's memory is used again before the group's state is written.
    protocols: protocols.map(({ name, metadata }) => ({ name, metadata: new Uint8Array(metadata) })),
    initialDelayMs: parts.groupInitialRebalanceDelayMs,
  };
}

function answer(joined: JoinedGroup, version: number): JoinGroupResponse {
  const { memberId, generation, protocolType, protocol, ledAs } = joined;
  // Before v9 a static leader that came back is told of its earlier self as the leader, so that it assigns nothing.
  const skipAssignment = ledAs !== undefined && version >= 9;
  const follows = ledAs !== undefined && version < 9;
  return {
    errorCode: KAFKA_ERRORS.NONE,
    generationId: generation,
    protocolType,
    protocolName: protocol,
    leader: follows ? ledAs : joined.leader,
    skipAssignment,
    memberId,
    members: follows
      ? []
      : joined.members.map((member) => {
          return { memberId: member.memberId, groupInstanceId: member.instanceId ?? null, metadata: member.metadata };
        }),
  };
}

function nothing(version: number) {
  return { generationId: -1, protocolName: version >= 7 ? null : '', leader: '', members: [] };
}
