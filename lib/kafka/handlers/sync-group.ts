import { NO_BYTES } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { memberError, requireGroup } from '../groups/index.ts';
import type { Handler } from '../handler.ts';

/*
 * SyncGroup, versions 0 to 5: the leader of a generation brings all assignments, and each member gets its own.
 * - Held until the leader has been here.
 * - v3 has static members (KIP-345).
 * - v5 names protocol type and protocol, which must be the generation's, and tells them (KIP-559).
 */
export const syncGroup: Handler<'SyncGroup'> = {
  api: 'SyncGroup',
  handle: async (request, context) => {
    const { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName } = request;
    await requireGroup(context, 'READ', groupId);
    const sync = {
      memberId,
      generation: generationId,
      instanceId: groupInstanceId ?? undefined,
      protocolType: protocolType ?? undefined,
      protocol: protocolName ?? undefined,
      // The frame's memory is used again before the group's state is written.
      assignments: new Map(request.assignments.map((one) => [one.memberId, new Uint8Array(one.assignment)])),
    };
    const synced = await context.parts.groups.classic.sync(groupId, sync, context.signal);
    const { assignment, protocol } = synced;
    return { errorCode: KAFKA_ERRORS.NONE, protocolType: synced.protocolType, protocolName: protocol, assignment };
  },
  failed: (_, { errorCode }) => ({ errorCode: syncError(errorCode), assignment: NO_BYTES }),
};

/** Assignments that do not fit are no fault of the group's size; Kafka has no name for it. */
function syncError(errorCode: number): number {
  return errorCode === KAFKA_ERRORS.GROUP_MAX_SIZE_REACHED ? KAFKA_ERRORS.UNKNOWN_SERVER_ERROR : memberError(errorCode);
}
