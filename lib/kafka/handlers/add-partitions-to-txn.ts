import type { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { requireTransactionalId, transactionError } from '../transactions/index.ts';

/** The version from which on clients know PRODUCER_FENCED. */
const KNOWS_FENCED = 2;

/*
 * AddPartitionsToTxn, versions 0 to 3: opens partitions for a producer's transaction, which begins with the first.
 * - All or none: where one may not be written to, or does not exist, the others are OPERATION_NOT_ATTEMPTED.
 * - v4 and above are between brokers, and verify what producers write (KIP-890): here each write is conditional on it.
 */
export const addPartitionsToTxn: Handler<'AddPartitionsToTxn'> = {
  api: 'AddPartitionsToTxn',
  handle: async (request, context) => {
    const { v3AndBelowTransactionalId: id, v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: epoch } = request;
    await requireTransactionalId(context, 'WRITE', id);
    const asked = request.v3AndBelowTopics.flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ topic: name, partition })),
    );
    const refused = await refusals(request, context);
    if (asked.some(({ topic, partition }) => refused(topic, partition) !== undefined)) {
      return answer(request, (topic, partition) => refused(topic, partition) ?? KAFKA_ERRORS.OPERATION_NOT_ATTEMPTED);
    }
    await context.parts.transactions.addPartitions({ id, producerId, epoch, gone: context.session.gone }, asked);
    return answer(request, () => KAFKA_ERRORS.NONE);
  },
  failed: (request, { errorCode }, { version }) => {
    return answer(request, () => transactionError(errorCode, version, KNOWS_FENCED));
  },
};

/** What keeps partitions from being added. */
async function refusals(
  { v3AndBelowTopics }: AddPartitionsToTxnRequest,
  { parts, allow }: HandlerContext,
): Promise<(topic: string, partition: number) => number | undefined> {
  const counts = new Map<string, number>();
  const forbidden = new Set<string>();
  for (const { name } of v3AndBelowTopics) {
    if (!(await allow('WRITE', topicNamed(name)))) forbidden.add(name);
    counts.set(name, (await parts.topics.layout(name))?.partitions ?? 0);
  }
  return (topic, partition) => {
    if (forbidden.has(topic)) return KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED;
    const exists = partition >= 0 && partition < counts.get(topic)!;
    return exists ? undefined : KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION;
  };
}

function answer(
  { v3AndBelowTopics }: AddPartitionsToTxnRequest,
  errorOf: (topic: string, partition: number) => number,
): AddPartitionsToTxnResponse {
  return {
    throttleTimeMs: 0,
    resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => {
        return { partitionIndex, partitionErrorCode: errorOf(name, partitionIndex) };
      }),
    })),
  };
}
