import { type Committer, checkOffset, type OffsetToCommit } from '../../group/index.ts';
import type { OffsetCommitRequest, OffsetCommitRequestPartition } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { coordinatorError, requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

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
    const checked = await checkAll(request, context);
    const offsets = checked.flatMap(({ partitions }) => partitions.flatMap(({ offset }) => offset ?? []));
    const errorCode = offsets.length > 0 ? await commit(request, offsets, context) : KAFKA_ERRORS.NONE;
    return {
      topics: checked.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((one) => ({
          partitionIndex: one.partitionIndex,
          errorCode: one.offset ? errorCode : one.errorCode,
        })),
      })),
    };
  },
  failed: (request, { errorCode }, { version }) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode: commitError(errorCode, version) };
      }),
    })),
  }),
};

/** A partition of the request: what to commit, or why not. */
interface Checked {
  readonly partitionIndex: number;
  readonly offset: OffsetToCommit | undefined;
  readonly errorCode: number;
}

function checkAll(request: OffsetCommitRequest, context: HandlerContext) {
  return Promise.all(
    request.topics.map(async ({ name, partitions }) => {
      const count = await partitionsOf(name, context);
      return { name, partitions: partitions.map((partition) => check(name, partition, count)) };
    }),
  );
}

/** How many partitions the topic has, or the error that rules all of them out. */
async function partitionsOf(topic: string, { parts, allow }: HandlerContext): Promise<{ count: number } | number> {
  if (!(await allow('READ', topicNamed(topic)))) return KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED;
  const layout = await parts.topics.layout(topic);
  return layout ? { count: layout.partitions } : KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION;
}

function check(topic: string, given: OffsetCommitRequestPartition, known: { count: number } | number): Checked {
  const { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata } = given;
  const refused = (errorCode: number): Checked => ({ partitionIndex, offset: undefined, errorCode });
  if (typeof known === 'number') return refused(known);
  if (partitionIndex < 0 || partitionIndex >= known.count) return refused(KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION);
  const metadata = committedMetadata || undefined;
  try {
    checkOffset(committedOffset, metadata);
  } catch (error) {
    return refused(kafkaErrorOf(error));
  }
  const leaderEpoch = committedLeaderEpoch >= 0 ? committedLeaderEpoch : undefined;
  const offset = { topic, partition: partitionIndex, offset: committedOffset, metadata, leaderEpoch };
  return { partitionIndex, offset, errorCode: KAFKA_ERRORS.NONE };
}

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
