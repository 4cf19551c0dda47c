import { MillraceError } from '../../bytes/index.ts';
import { LogError, transactionName } from '../../log/index.ts';
import { batchHeader, isOfTransaction, RecordError } from '../../record/index.ts';
import {
  type Identity,
  partitionsOf,
  type TopicPartition,
  TransactionError,
  type TransactionState,
} from '../../txn/index.ts';
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

/** What kept a producer's partitions from being added to its transaction. */
export interface NotIncluded {
  readonly error: MillraceError;
  /**
   * What becomes of its batches:
   * - `refused`: they are of another's transaction, or of one that is over;
   * - `held`: nobody could tell whose they are. They may come again, and those behind must not pass them;
   * - `tried`: they are its own, and their partition may have been added before.
   */
  readonly batches: 'refused' | 'held' | 'tried';
}

/** Of batches whose partitions were not added, what kept them from it: one answer for all that are of one producer. */
export type AllNotIncluded = (records: Uint8Array | null) => NotIncluded | undefined;

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
  const found = new Map<string, NotIncluded>();
  for (const [name, all] of Map.groupBy(batches, transactionName)) {
    const { producerId, epoch } = all[0]!;
    let isOwn = false;
    try {
      await parts.transactions.requireOwner(id, producerId);
      isOwn = true;
      if (version >= INCLUDING_VERSION) await parts.transactions.include({ id, producerId, epoch }, all);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      found.set(name, { error, batches: isOwn ? ofOwn(error) : ofUnproven(error) });
    }
  }
  return (records) => {
    const producer = producerOf(records);
    return producer && found.get(transactionName(producer));
  };
}

/** Where a transaction has ended, or is another's, its batches would not be taken either. */
function ofOwn(error: MillraceError): NotIncluded['batches'] {
  return error.code === 'transaction_fenced' || error.code === 'transaction_unknown' ? 'refused' : 'tried';
}

/** An item that cannot be read (`transaction_corrupt`) is for an operator to mend: to try again would not help. */
function ofUnproven(error: MillraceError): NotIncluded['batches'] {
  return error instanceof TransactionError ? 'refused' : 'held';
}

/** Who a batch of a transaction is of; undefined for others, and for those that cannot be read, which are refused later. */
function producerOf(records: Uint8Array | null): Identity | undefined {
  if (!records || records.length === 0) return undefined;
  try {
    const { producerId, producerEpoch: epoch } = batchHeader(records);
    return isOfTransaction(records, 0) ? { producerId, epoch } : undefined;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
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
