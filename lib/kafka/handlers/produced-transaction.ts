import { LogError } from '../../log/index.ts';
import { batchHeader, isOfTransaction, RecordError } from '../../record/index.ts';
import { type TopicPartition, TransactionError } from '../../txn/index.ts';
import type { ProduceRequest } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import type { HandlerContext } from '../handler.ts';

/** Clients of this version know that a transaction can be aborted, and begun anew. */
const ABORTABLE_VERSION = 11;
/** From this version on a batch adds its partition to its transaction by itself. */
const INCLUDING_VERSION = 12;

/** A batch as a request brings it. */
export interface ProducedBatch {
  readonly records: Uint8Array | null;
  readonly transactionalId: string | null;
  readonly version: number;
}

/** By topic and partition, what kept a partition from being added to its transaction. */
export type NotIncluded = (topic: string, partition: number) => unknown;

const ALL_INCLUDED: NotIncluded = () => undefined;

/**
 * Adds the partitions of a request to its transaction, where its version asks for it (KIP-890): all of a producer together.
 * A partition that is in it already costs nothing.
 * @param isThere whether a partition may be written to
 */
export async function include(
  { transactionalId: id, topicData }: ProduceRequest,
  { parts, version }: HandlerContext,
  isThere: (one: TopicPartition) => boolean,
): Promise<NotIncluded> {
  if (version < INCLUDING_VERSION || id === null) return ALL_INCLUDED;
  const batches = topicData.flatMap(({ name: topic, partitionData }) =>
    partitionData.flatMap(({ index: partition, records }) => {
      const producer = producerOf(records);
      return producer && isThere({ topic, partition }) ? [{ ...producer, topic, partition }] : [];
    }),
  );
  const refused = new Map<string, unknown>();
  for (const all of Map.groupBy(batches, ({ producerId, epoch }) => `${producerId}.${epoch}`).values()) {
    const { producerId, epoch } = all[0]!;
    try {
      await parts.transactions.include({ id, producerId, epoch }, all);
    } catch (error) {
      for (const { topic, partition } of all) refused.set(`${topic}/${partition}`, error);
    }
  }
  return (topic, partition) => refused.get(`${topic}/${partition}`);
}

/** Who a batch of a transaction is of; undefined for others, and for those that cannot be read, which are refused later. */
function producerOf(records: Uint8Array | null): { producerId: number; epoch: number } | undefined {
  if (!records || records.length === 0) return undefined;
  try {
    const { producerId, producerEpoch: epoch } = batchHeader(records);
    return isOfTransaction(records, 0) ? { producerId, epoch } : undefined;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

/** Whether a batch that could not be added to its transaction would not be taken either: it has ended, or is another's. */
export function isOver(error: unknown): error is TransactionError {
  return (
    error instanceof TransactionError && (error.code === 'transaction_fenced' || error.code === 'transaction_unknown')
  );
}

/** What a batch has met; where its transaction is not open, whoever has the transactional id now tells why. */
export async function produceError(
  thrown: unknown,
  { records, transactionalId, version }: ProducedBatch,
  { transactions }: HandlerContext['parts'],
): Promise<number> {
  // The name that producers know here. Source: AddPartitionsToTxnManager.
  if (thrown instanceof TransactionError && thrown.code === 'transaction_fenced')
    return KAFKA_ERRORS.INVALID_PRODUCER_EPOCH;
  if (!(thrown instanceof LogError) || thrown.code !== 'transaction_not_open' || !records || transactionalId === null)
    return kafkaErrorOf(thrown);
  const { producerId, producerEpoch } = batchHeader(records);
  try {
    const owner = await transactions.describe(transactionalId);
    if (owner.producerId !== producerId) return KAFKA_ERRORS.INVALID_PRODUCER_ID_MAPPING;
    if (owner.epoch !== producerEpoch) return KAFKA_ERRORS.INVALID_PRODUCER_EPOCH;
  } catch (error) {
    if (!(error instanceof TransactionError)) return kafkaErrorOf(error);
    return KAFKA_ERRORS.INVALID_PRODUCER_ID_MAPPING;
  }
  return version >= ABORTABLE_VERSION ? KAFKA_ERRORS.TRANSACTION_ABORTABLE : KAFKA_ERRORS.INVALID_TXN_STATE;
}
