import type { ActiveProducer } from '../../log/index.ts';
import type {
  DescribeProducersResponsePartitionResponse,
  DescribeProducersResponseProducerState,
} from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/** Says that there is none, of each number. */
const NONE = -1;

/*
 * DescribeProducers, version 0: who writes to partitions, with epochs and sequence numbers; and where transactions are open
 * that hold back read_committed. Any gateway knows it of any partition: it stands in the stores.
 * - The time of a producer's last batch is that at which it was appended.
 * - Where a transaction begins is where its partition was added to it: its first record stands there, or later. It is told
 *   of those that have written nothing, too: they hold back as well.
 * - Markers are written by no coordinator: its epoch is none.
 */
export const describeProducers: Handler<'DescribeProducers'> = {
  api: 'DescribeProducers',
  handle: async ({ topics }, context) => ({
    throttleTimeMs: 0,
    topics: await Promise.all(
      topics.map(async ({ name, partitionIndexes }) => {
        const allowed = await context.allow('READ', topicNamed(name));
        const describe = (partition: number) =>
          allowed
            ? producersOf(name, partition, context)
            : failed(partition, KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED, null);
        return { name, partitions: await Promise.all(partitionIndexes.map(describe)) };
      }),
    ),
  }),
  failed: ({ topics }, { errorCode, errorMessage }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partition) => failed(partition, errorCode, errorMessage)),
    })),
  }),
};

async function producersOf(
  name: string,
  partition: number,
  { parts }: HandlerContext,
): Promise<DescribeProducersResponsePartitionResponse> {
  try {
    const layout = await parts.topics.layout(name);
    if (!layout || partition < 0 || partition >= layout.partitions) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `There is no partition ${partition} of topic "${name}".`);
    }
    const { topicId, width } = layout;
    const found = await parts.log.activeProducers({ topicId, width, partition });
    return {
      partitionIndex: partition,
      errorCode: KAFKA_ERRORS.NONE,
      errorMessage: null,
      activeProducers: found.map(stateOf),
    };
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(error, 'describing producers');
    return failed(partition, errorCode, kafkaMessageOf(error));
  }
}

function stateOf(producer: ActiveProducer): DescribeProducersResponseProducerState {
  const { producerId, epoch, lastSequence = NONE, lastAppendMs = NONE, transactionStart = NONE } = producer;
  return {
    producerId,
    producerEpoch: epoch,
    lastSequence,
    lastTimestamp: lastAppendMs,
    coordinatorEpoch: NONE,
    currentTxnStartOffset: transactionStart,
  };
}

function failed(
  partitionIndex: number,
  errorCode: number,
  errorMessage: string | null,
): DescribeProducersResponsePartitionResponse {
  return { partitionIndex, errorCode, errorMessage, activeProducers: [] };
}
