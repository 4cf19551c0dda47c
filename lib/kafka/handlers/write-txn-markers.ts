import { CLUSTER } from '../../auth/index.ts';
import type {
  WriteTxnMarkersRequestWritableTxnMarker,
  WriteTxnMarkersResponseWritableTxnMarkerResult,
} from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { requireCluster } from '../rights.ts';

/*
 * WriteTxnMarkers, version 1: aborts what holds a partition back, as `kafka-transactions.sh abort` asks for (KIP-664).
 * - A transaction that its producer still has open is aborted whole, and the producer fenced: one that is half aborted is
 *   what transactions are there to prevent. Kafka aborts the partition alone.
 * - Commits are refused: in Kafka its coordinators send them, of which there are none here. Nor is their epoch looked at.
 */
export const writeTxnMarkers: Handler<'WriteTxnMarkers'> = {
  api: 'WriteTxnMarkers',
  handle: async ({ markers }, context) => {
    if (!(await context.allow('ALTER', CLUSTER))) await requireCluster(context, 'CLUSTER_ACTION');
    const answers: WriteTxnMarkersResponseWritableTxnMarkerResult[] = [];
    for (const marker of markers)
      answers.push(await answerTo(marker, (topic, partition) => write(marker, topic, partition, context)));
    return { markers: answers };
  },
  failed: ({ markers }, { errorCode }) => ({
    markers: markers.map(({ producerId, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode })),
      })),
    })),
  }),
};

async function answerTo(
  { producerId, topics }: WriteTxnMarkersRequestWritableTxnMarker,
  codeOf: (topic: string, partition: number) => Promise<number>,
): Promise<WriteTxnMarkersResponseWritableTxnMarkerResult> {
  const answers: WriteTxnMarkersResponseWritableTxnMarkerResult['topics'][number][] = [];
  for (const { name, partitionIndexes } of topics) {
    const partitions: { partitionIndex: number; errorCode: number }[] = [];
    for (const partitionIndex of partitionIndexes) {
      partitions.push({ partitionIndex, errorCode: await codeOf(name, partitionIndex) });
    }
    answers.push({ name, partitions });
  }
  return { producerId, topics: answers };
}

async function write(
  { producerId, producerEpoch: epoch, transactionResult }: WriteTxnMarkersRequestWritableTxnMarker,
  topic: string,
  partition: number,
  { parts }: HandlerContext,
): Promise<number> {
  try {
    if (transactionResult) throw new KafkaError('INVALID_REQUEST', 'A transaction is committed by its producer alone.');
    await parts.transactions.abortIn({ topic, partition }, { producerId, epoch });
    return KAFKA_ERRORS.NONE;
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(error, 'aborting a transaction');
    // The name after which the admin client tries again.
    return errorCode === KAFKA_ERRORS.CONCURRENT_TRANSACTIONS ? KAFKA_ERRORS.NOT_LEADER_OR_FOLLOWER : errorCode;
  }
}
