import { LogError } from '../../log/index.ts';
import { batchHeader, isOfTransaction, RecordError } from '../../record/index.ts';
import { partitionsOf, type TopicPartition, TransactionError, type TransactionState } from '../../txn/index.ts';
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

/** What kept a partition from being added to its transaction. */
export interface NotIncluded {
  readonly error: unknown;
  /** Whether a batch must not be tried: it is of another's transaction, or of one that is over. */
  readonly isFinal: boolean;
}

/** By topic and partition, those that are not in their transaction. */
export type AllNotIncluded = (topic: string, partition: number) => NotIncluded | undefined;

const NONE: AllNotIncluded = () => undefined;

/**
 * Sees to it that batches of transactions are of the transactional id that the request names: with the right to another
 * one, nobody may add to them. Then adds the partitions to the transaction, where the request's version asks for it, all of a
 * producer together (KIP-890). What this process remembers costs nothing.
 * @param isThere whether a partition may be written to
 */
export async function include(
  { transactionalId: id, topicData }: ProduceRequest,
  { parts, version }: HandlerContext,
  isThere: (one: TopicPartition) => boolean,
): Promise<AllNotIncluded> {
  if (id === null) return NONE;
  const batches = topicData.flatMap(({ name: topic, partitionData }) =>
    partitionData.flatMap(({ index: partition, records }) => {
      const producer = producerOf(records);
      return producer && isThere({ topic, partition }) ? [{ ...producer, topic, partition }] : [];
    }),
  );
  const refused = new Map<string, NotIncluded>();
  for (const all of Map.groupBy(batches, ({ producerId, epoch }) => `${producerId}.${epoch}`).values()) {
    const { producerId, epoch } = all[0]!;
    let isFinal = true;
    try {
      await parts.transactions.requireOwner(id, producerId);
      isFinal = false;
      if (version >= INCLUDING_VERSION) await parts.transactions.include({ id, producerId, epoch }, all);
    } catch (error) {
      // Whether it is its own is not known: nothing of the request is tried then.
      if (isFinal && !(error instanceof TransactionError)) throw error;
      const one = { error, isFinal: isFinal || isOver(error) };
      for (const { topic, partition } of all) refused.set(`${topic}/${partition}`, one);
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
function isOver(error: unknown): error is TransactionError {
  return (
    error instanceof TransactionError && (error.code === 'transaction_fenced' || error.code === 'transaction_unknown')
  );
}

/**
 * What a batch has met; where its transaction is not open, whoever has the transactional id now tells why.
 * @param to where the batch goes, if there is such a topic
 */
export async function produceError(
  thrown: unknown,
  to: { readonly topicId: string; readonly partition: number } | undefined,
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
    // The one before, of the same epoch, was ended by version 1 through another gateway: the next try adds the partition.
    if (version >= INCLUDING_VERSION && to && !has(owner, to)) return KAFKA_ERRORS.NOT_ENOUGH_REPLICAS;
  } catch (error) {
    if (!(error instanceof TransactionError)) return kafkaErrorOf(error);
    return KAFKA_ERRORS.INVALID_PRODUCER_ID_MAPPING;
  }
  return version >= ABORTABLE_VERSION ? KAFKA_ERRORS.TRANSACTION_ABORTABLE : KAFKA_ERRORS.INVALID_TXN_STATE;
}

/** Whether a partition is in the transaction that is open. */
function has(state: TransactionState, { topicId, partition }: { topicId: string; partition: number }): boolean {
  if (state.status !== 'open') return false;
  return partitionsOf(state).some((one) => one.topicId === topicId && one.partition === partition);
}
