import type { ActiveProducer } from '../../log/index.ts';
import type {
  DescribeProducersRequestTopicRequest,
  DescribeProducersResponsePartitionResponse,
  DescribeProducersResponseProducerState,
  DescribeProducersResponseTopicResponse,
} from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/** Says that there is none, of each number. */
const NONE = -1;

/** The most producers of one answer, some 40 bytes each: a ledger remembers 8,000, so a partition alone always has room. */
const PRODUCERS_MAX = 20_000;

/*
 * DescribeProducers, version 0: who writes to partitions, with epochs and sequence numbers; and where transactions are open
 * that hold back read_committed. Any gateway knows it of any partition: it stands in the stores.
 * - The time of a producer's last batch is that at which it was appended.
 * - Where a transaction begins is where its partition was added to it: its first record stands there, or later. It is told
 *   of those that have written nothing, too: they hold back as well.
 * - A partition that is named again is told of once. One whose producers find no room any more is refused.
 * - Markers are written by no coordinator: its epoch is none.
 */
export const describeProducers: Handler<'DescribeProducers'> = {
  api: 'DescribeProducers',
  handle: async ({ topics: asked }, context) => {
    const topics: DescribeProducersResponseTopicResponse[] = [];
    let told = 0;
    for (const [name, indexes] of onceEach(asked)) {
      const allowed = await context.allow('READ', topicNamed(name));
      const partitions: DescribeProducersResponsePartitionResponse[] = [];
      for (const partition of indexes) {
        const found = allowed
          ? await producersOf(name, partition, context, PRODUCERS_MAX - told)
          : failed(partition, KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED, null);
        told += found.activeProducers.length;
        partitions.push(found);
      }
      topics.push({ name, partitions });
    }
    return { throttleTimeMs: 0, topics };
  },
  failed: ({ topics }, { errorCode, errorMessage }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partition) => failed(partition, errorCode, errorMessage)),
    })),
  }),
};

/** Topics and partitions in the order in which they were asked for first, without those that came again. */
function onceEach(topics: readonly DescribeProducersRequestTopicRequest[]): Map<string, Set<number>> {
  const asked = new Map<string, Set<number>>();
  for (const { name, partitionIndexes } of topics) {
    const indexes = asked.get(name) ?? new Set();
    for (const partition of partitionIndexes) indexes.add(partition);
    asked.set(name, indexes);
  }
  return asked;
}

/** `left`: how many producers the answer has room for yet. One that has more is refused, or cut where it is the first. */
async function producersOf(
  name: string,
  partition: number,
  { parts }: HandlerContext,
  left: number,
): Promise<DescribeProducersResponsePartitionResponse> {
  try {
    const layout = await parts.topics.layout(name);
    if (!layout || partition < 0 || partition >= layout.partitions) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `There is no partition ${partition} of topic "${name}".`);
    }
    const { topicId, width } = layout;
    const found = await parts.log.activeProducers({ topicId, width, partition });
    if (found.length > left && left < PRODUCERS_MAX) {
      const many = `The ${found.length} producers of "${name}"-${partition} are more than the answer has room for`;
      throw new KafkaError('INVALID_REQUEST', `${many}, ${PRODUCERS_MAX} in all: ask for fewer partitions at once.`);
    }
    return {
      partitionIndex: partition,
      errorCode: KAFKA_ERRORS.NONE,
      errorMessage: null,
      activeProducers: found.slice(0, left).map(stateOf),
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
