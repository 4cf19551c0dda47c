import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { coordinatorError, requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';

/*
 * DeleteGroups, versions 0 to 2: deletes groups without members, with what they have committed.
 */
export const deleteGroups: Handler<'DeleteGroups'> = {
  api: 'DeleteGroups',
  handle: async ({ groupsNames }, context) => ({
    throttleTimeMs: 0,
    results: await Promise.all(
      groupsNames.map(async (groupId) => ({ groupId, errorCode: await deleteOne(groupId, context) })),
    ),
  }),
  failed: ({ groupsNames }, { errorCode }) => ({
    throttleTimeMs: 0,
    results: groupsNames.map((groupId) => ({ groupId, errorCode: coordinatorError(errorCode) })),
  }),
};

async function deleteOne(group: string, context: HandlerContext): Promise<number> {
  try {
    await requireGroup(context, 'DELETE', group);
    await requireNoRoute(context, group);
    await context.parts.groups.delete(group);
    return KAFKA_ERRORS.NONE;
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) context.parts.onError(error, 'deleting a group');
    return coordinatorError(errorCode);
  }
}
