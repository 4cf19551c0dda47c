import type { OffsetForLeaderEpochResponseEpochEndOffset } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { epochError, LEADER_EPOCH } from './leader-epoch.ts';

/*
 * OffsetForLeaderEpoch, versions 2 to 4: where a leader's epoch ended, for consumers that ask whether the log was
 * truncated under them (KIP-320). It never is: the one epoch ends at the high watermark.
 * - v3 says who asks: followers, which there are none of.
 */
export const offsetForLeaderEpoch: Handler<'OffsetForLeaderEpoch'> = {
  api: 'OffsetForLeaderEpoch',
  handle: async ({ topics }, context) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(
      topics.map(async ({ topic, partitions }) => {
        const allowed = await context.allow('DESCRIBE', topicNamed(topic));
        const answers = partitions.map(({ partition, leaderEpoch, currentLeaderEpoch }) => {
          const refused = allowed ? epochError(currentLeaderEpoch) : KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED;
          if (refused !== KAFKA_ERRORS.NONE) return failed(partition, refused);
          return endOf(topic, partition, leaderEpoch, context);
        });
        return { topic, partitions: await Promise.all(answers) };
      }),
    ),
  }),
  failed: ({ topics }, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => failed(partition, errorCode)),
    })),
  }),
};

async function endOf(
  topic: string,
  partition: number,
  leaderEpoch: number,
  { parts }: HandlerContext,
): Promise<OffsetForLeaderEpochResponseEpochEndOffset> {
  try {
    const [found] = await parts.events.offsets(topic, [partition]);
    // An epoch that never was has no end, which is no error.
    if (leaderEpoch !== LEADER_EPOCH) return failed(partition, KAFKA_ERRORS.NONE);
    return { errorCode: KAFKA_ERRORS.NONE, partition, leaderEpoch, endOffset: found!.highWatermark };
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) {
      parts.onError(thrown, 'answering OffsetForLeaderEpoch');
    }
    return failed(partition, errorCode);
  }
}

function failed(partition: number, errorCode: number): OffsetForLeaderEpochResponseEpochEndOffset {
  return { errorCode, partition, leaderEpoch: -1, endOffset: -1 };
}
