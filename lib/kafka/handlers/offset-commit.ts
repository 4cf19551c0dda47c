import type { Committer, OffsetToCommit } from '../../group/index.ts';
import type { OffsetCommitRequest } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { coordinatorError, requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { commitChecked, commitFailed } from './committed-offsets.ts';

/*
 * OffsetCommit, versions 2 to 9: stores how far a group has come, with metadata and leader epoch.
 * - A member commits in its generation (classic) or member epoch, to the moment of the write; a request without both
 *   commits for a group that has no members: a consumer that assigns itself, or an administrator.
 * - Partitions that do not exist, or may not be read, are refused each alone; the others are committed together.
 * - v2 to v4 can ask for a retention of their own: offsets are kept for as long as their group and their topic.
 * - v7 has static members (KIP-345); v9 members of the consumer protocol (KIP-848).
 */
export const offsetCommit: Handler<'OffsetCommit'> = {
  api: 'OffsetCommit',
  handle: async (request, context) => {
    await requireGroup(context, 'READ', request.groupId);
    await requireNoRoute(context, request.groupId);
    return commitChecked(request.topics, context, (offsets) => commit(request, offsets, context));
  },
  failed: (request, { errorCode }, { version }) => commitFailed(request.topics, commitError(errorCode, version)),
};

async function commit(
  request: OffsetCommitRequest,
  offsets: readonly OffsetToCommit[],
  { parts, version }: HandlerContext,
): Promise<number> {
  try {
    await parts.groups.commit(request.groupId, offsets, committerOf(request));
    return KAFKA_ERRORS.NONE;
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(error, 'committing offsets');
    return commitError(errorCode, version);
  }
}

function committerOf({ generationIdOrMemberEpoch, memberId, groupInstanceId }: OffsetCommitRequest): Committer {
  if (generationIdOrMemberEpoch < 0 && memberId === '' && groupInstanceId === null) return 'anyone';
  return { memberId, memberEpoch: generationIdOrMemberEpoch, instanceId: groupInstanceId ?? undefined };
}

/** The names that clients know in answers to commits. Source: GroupCoordinatorService.commitOffsets. */
function commitError(errorCode: number, version: number): number {
  if (errorCode === KAFKA_ERRORS.NON_EMPTY_GROUP) return KAFKA_ERRORS.UNKNOWN_MEMBER_ID;
  if (errorCode === KAFKA_ERRORS.GROUP_ID_NOT_FOUND) return KAFKA_ERRORS.ILLEGAL_GENERATION;
  if (errorCode === KAFKA_ERRORS.FENCED_MEMBER_EPOCH) {
    return version >= 9 ? KAFKA_ERRORS.STALE_MEMBER_EPOCH : KAFKA_ERRORS.ILLEGAL_GENERATION;
  }
  return coordinatorError(errorCode);
}
