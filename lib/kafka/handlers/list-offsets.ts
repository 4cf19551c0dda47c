import type {
  ListOffsetsRequestListOffsetsPartition,
  ListOffsetsResponseListOffsetsPartitionResponse,
} from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { epochError, LEADER_EPOCH } from './leader-epoch.ts';

/** Times that stand for places. Source: org.apache.kafka.common.requests.ListOffsetsRequest. */
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
/** The isolation of readers that see what is committed. Source: org.apache.kafka.common.IsolationLevel. */
const READ_COMMITTED = 1;

/*
 * ListOffsets, versions 1 to 9: the offset of a partition's start, of its end, or of a time.
 * - By time: the first record at or after it; -1 where there is none.
 * - v2 can ask for what is committed (isolation 1): its end is the last stable offset. v4 brings the leader's epoch.
 * - v7 asks for the latest timestamp (-3), v8 for what is on the broker's own disk (-4: all), v9 for what is in tiered
 *   storage (-5: nothing, as all is in one tier).
 */
export const listOffsets: Handler<'ListOffsets'> = {
  api: 'ListOffsets',
  handle: async ({ topics, isolationLevel }, context) => ({
    topics: await Promise.all(
      topics.map(async ({ name, partitions }) => {
        const allowed = await context.allow('DESCRIBE', topicNamed(name));
        const answers = partitions.map((partition) =>
          allowed
            ? find(name, partition, isolationLevel === READ_COMMITTED, context)
            : failed(partition.partitionIndex, KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED),
        );
        return { name, partitions: await Promise.all(answers) };
      }),
    ),
  }),
  failed: ({ topics }, { errorCode }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => failed(partitionIndex, errorCode)),
    })),
  }),
};

async function find(
  name: string,
  { partitionIndex, currentLeaderEpoch, timestamp }: ListOffsetsRequestListOffsetsPartition,
  committed: boolean,
  context: HandlerContext,
): Promise<ListOffsetsResponseListOffsetsPartitionResponse> {
  const fenced = epochError(currentLeaderEpoch);
  if (fenced !== KAFKA_ERRORS.NONE) return failed(partitionIndex, fenced);
  try {
    const found = await findOffset(name, partitionIndex, { timestamp, committed }, context);
    if (!found) return failed(partitionIndex, KAFKA_ERRORS.NONE);
    const { offset, timestampMs } = found;
    const answer = { partitionIndex, errorCode: KAFKA_ERRORS.NONE, timestamp: timestampMs, offset };
    return context.version < 4 ? answer : { ...answer, leaderEpoch: LEADER_EPOCH };
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) context.parts.onError(thrown, 'answering ListOffsets');
    return failed(partitionIndex, errorCode);
  }
}

async function findOffset(
  name: string,
  partition: number,
  { timestamp, committed }: { timestamp: number; committed: boolean },
  { parts: { events }, version }: HandlerContext,
): Promise<{ offset: number; timestampMs: number } | undefined> {
  if (timestamp === LATEST || timestamp === EARLIEST || (timestamp === EARLIEST_LOCAL && version >= 8)) {
    const [found] = await events.offsets(name, [partition]);
    const { logStartOffset, lastStableOffset, highWatermark } = found!;
    const end = committed ? lastStableOffset : highWatermark;
    return { offset: timestamp === LATEST ? end : logStartOffset, timestampMs: -1 };
  }
  if (timestamp === MAX_TIMESTAMP && version >= 7) return events.offsetOfLatestTime(name, partition);
  if (timestamp === LATEST_TIERED && version >= 9) {
    await events.offsets(name, [partition]);
    return undefined;
  }
  return events.offsetForTime(name, partition, timestamp, committed ? 'read_committed' : 'read_uncommitted');
}

function failed(partitionIndex: number, errorCode: number): ListOffsetsResponseListOffsetsPartitionResponse {
  return { partitionIndex, errorCode, timestamp: -1, offset: -1 };
}
