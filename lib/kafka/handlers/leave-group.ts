import type { Leaver } from '../../group/index.ts';
import type { LeaveGroupRequest } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { memberError, requireGroup } from '../groups/index.ts';
import type { Handler } from '../handler.ts';

/*
 * LeaveGroup, versions 0 to 5: members leave their group, or an administrator makes them leave.
 * - v3 takes several members, each by its id, its instance id or both (KIP-345), and answers for each. Members of groups
 *   of the consumer protocol can be made to leave in the same way.
 * - v5 gives reasons (KIP-800): they are not kept, as there is no broker log to write them to.
 */
export const leaveGroup: Handler<'LeaveGroup'> = {
  api: 'LeaveGroup',
  handle: async (request, context) => {
    await requireGroup(context, 'READ', request.groupId);
    const leavers = leaversOf(request, context.version);
    const refusals = await context.parts.groups.classic.leave(request.groupId, leavers);
    const members = leavers.map(({ memberId, instanceId }, i) => {
      const refusal = refusals[i];
      return { memberId, groupInstanceId: instanceId ?? null, errorCode: refusal ? kafkaErrorOf(refusal) : 0 };
    });
    if (context.version < 3) return { errorCode: members[0]?.errorCode ?? KAFKA_ERRORS.NONE };
    return { errorCode: KAFKA_ERRORS.NONE, members };
  },
  failed: (_, { errorCode }) => ({ errorCode: memberError(errorCode) }),
};

function leaversOf({ memberId, members }: LeaveGroupRequest, version: number): Leaver[] {
  if (version < 3) return [{ memberId }];
  return members.map((member) => ({ memberId: member.memberId, instanceId: member.groupInstanceId ?? undefined }));
}
