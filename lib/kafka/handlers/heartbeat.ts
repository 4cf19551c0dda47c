import { KAFKA_ERRORS } from '../error-codes.ts';
import { memberError, requireGroup } from '../groups/index.ts';
import type { Handler } from '../handler.ts';

/*
 * Heartbeat, versions 0 to 4: a member of a classic group says that it lives, and hears whether it must join again
 * (REBALANCE_IN_PROGRESS).
 * - v3 has static members (KIP-345).
 */
export const heartbeat: Handler<'Heartbeat'> = {
  api: 'Heartbeat',
  handle: async ({ groupId, memberId, generationId, groupInstanceId }, context) => {
    await requireGroup(context, 'READ', groupId);
    const actor = { memberId, generation: generationId, instanceId: groupInstanceId ?? undefined };
    await context.parts.groups.classic.heartbeat(groupId, actor);
    return { errorCode: KAFKA_ERRORS.NONE };
  },
  failed: (_, { errorCode }) => ({ errorCode: memberError(errorCode) }),
};
