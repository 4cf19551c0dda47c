import { checkOffset, type OffsetToCommit } from '../../group/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import type { HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/** A partition's offset as OffsetCommit and TxnOffsetCommit bring it. */
interface GivenOffset {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
}

/** Topics and their partitions, as a request has them. */
export type GivenOffsets = readonly { readonly name: string; readonly partitions: readonly GivenOffset[] }[];

/** A partition of the request: what to commit, or why not. */
interface Checked {
  readonly partitionIndex: number;
  readonly offset: OffsetToCommit | undefined;
  readonly errorCode: number;
}

/** The answer for each topic and partition. */
export interface CommitAnswer {
  readonly topics: { name: string; partitions: { partitionIndex: number; errorCode: number }[] }[];
}

/**
 * Commits those offsets that may be committed, all together; partitions that do not exist, or may not be read, are refused
 * each alone.
 * @param commit the error of all, once they were tried
 */
export async function commitChecked(
  given: GivenOffsets,
  context: HandlerContext,
  commit: (offsets: readonly OffsetToCommit[]) => Promise<number>,
): Promise<CommitAnswer> {
  const checked = await Promise.all(
    given.map(async ({ name, partitions }) => {
      const count = await partitionsOf(name, context);
      return { name, partitions: partitions.map((partition) => check(name, partition, count)) };
    }),
  );
  const offsets = checked.flatMap(({ partitions }) => partitions.flatMap(({ offset }) => offset ?? []));
  const errorCode = offsets.length > 0 ? await commit(offsets) : KAFKA_ERRORS.NONE;
  return {
    topics: checked.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((one) => ({
        partitionIndex: one.partitionIndex,
        errorCode: one.offset ? errorCode : one.errorCode,
      })),
    })),
  };
}

/** The same error for every partition. */
export function commitFailed(given: GivenOffsets, errorCode: number): CommitAnswer {
  return {
    topics: given.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

/** How many partitions the topic has, or the error that rules all of them out. */
async function partitionsOf(topic: string, { parts, allow }: HandlerContext): Promise<{ count: number } | number> {
  if (!(await allow('READ', topicNamed(topic)))) return KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED;
  const layout = await parts.topics.layout(topic);
  return layout ? { count: layout.partitions } : KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION;
}

function check(topic: string, given: GivenOffset, known: { count: number } | number): Checked {
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
