import type { DeleteRecordsResponseDeleteRecordsPartitionResult } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/** Stands for the partition's end. */
const HIGH_WATERMARK = -1;

/*
 * DeleteRecords, versions 0 to 2: makes what is before an offset unreadable; -1 is everything. A topic whose policy is to
 * compact alone keeps each key's latest record, so nothing of it can be deleted: POLICY_VIOLATION.
 */
export const deleteRecords: Handler<'DeleteRecords'> = {
  api: 'DeleteRecords',
  handle: async ({ topics }, context) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(
      topics.map(async ({ name, partitions }) => {
        const allowed = await context.allow('DELETE', topicNamed(name));
        const results = partitions.map(({ partitionIndex, offset }) =>
          allowed
            ? deleteBefore(name, partitionIndex, offset, context)
            : failed(partitionIndex, KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED),
        );
        return { name, partitions: await Promise.all(results) };
      }),
    ),
  }),
  failed: ({ topics }, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => failed(partitionIndex, errorCode)),
    })),
  }),
};

async function deleteBefore(
  name: string,
  partitionIndex: number,
  offset: number,
  { parts }: HandlerContext,
): Promise<DeleteRecordsResponseDeleteRecordsPartitionResult> {
  const { events, topics, onError } = parts;
  try {
    const { settings } = await topics.describe(name);
    if (!settings.deletes) return failed(partitionIndex, KAFKA_ERRORS.POLICY_VIOLATION);
    const end = offset === HIGH_WATERMARK ? (await events.offsets(name, [partitionIndex]))[0]!.highWatermark : offset;
    const lowWatermark = await events.deleteRecords(name, partitionIndex, end);
    return { partitionIndex, lowWatermark, errorCode: KAFKA_ERRORS.NONE };
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) onError(thrown, 'answering DeleteRecords');
    return failed(partitionIndex, errorCode);
  }
}

function failed(partitionIndex: number, errorCode: number): DeleteRecordsResponseDeleteRecordsPartitionResult {
  return { partitionIndex, lowWatermark: -1, errorCode };
}
