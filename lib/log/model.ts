import { MillraceError } from '../bytes/index.ts';
import type { BatchInfo } from '../record/index.ts';

/**
 * - `ledger_missing`: the ledger has no head: its topic was deleted, or was never made.
 * - `partition_missing`: the ledger has no such partition.
 * - `offset_out_of_range`: before the log start, or after the high watermark.
 * - `append_unknown`: the store gave no answer and could not be asked; the events may or may not be stored.
 * - `append_refused`: the store refused the write again and again; nothing was stored.
 * - `append_too_large`: more than one append may hold.
 * - `log_overloaded`: more bytes wait to be written than the limit allows; nothing was stored, try again.
 * - `idempotency_mismatch`: the key was used before with other content.
 * - `idempotency_too_wide`: more ledgers than one store transaction can hold.
 * - `transaction_too_wide`: more ledgers and other items than one store transaction can hold.
 * - `sequence_out_of_order`: a batch of an idempotent producer is not the one that is due.
 * - `producer_epoch_stale`: a producer's batch is of an epoch that has been replaced.
 * - `producer_moved`: another process serves the producer by now; nothing was stored here, try again.
 * - `producer_batch_invalid`: an append of an idempotent producer holds more than its one batch, or has a key, too.
 * - `transaction_not_open`: a batch is of a transaction that has ended, or never had this partition.
 * - `log_corrupt`: stored bytes are not what was written.
 * - `log_closed`: the log was closed.
 */
export type LogErrorCode =
  | 'ledger_missing'
  | 'partition_missing'
  | 'offset_out_of_range'
  | 'append_unknown'
  | 'append_refused'
  | 'append_too_large'
  | 'log_overloaded'
  | 'idempotency_mismatch'
  | 'idempotency_too_wide'
  | 'transaction_too_wide'
  | 'sequence_out_of_order'
  | 'producer_epoch_stale'
  | 'producer_moved'
  | 'producer_batch_invalid'
  | 'transaction_not_open'
  | 'log_corrupt'
  | 'log_closed';

export class LogError extends MillraceError<LogErrorCode> {}

/** How a topic's partitions are spread over ledgers: partition p is slot `p % width` of ledger `floor(p / width)`. */
export interface TopicLayout {
  /** A ULID as 26 characters. */
  topicId: string;
  partitions: number;
  /** Partitions per ledger, 1 to 32; fixed when the topic is made. */
  width: number;
}

/** One ledger: up to 32 partitions of one topic, ordered by one head. */
export interface LedgerRef {
  topicId: string;
  index: number;
}

export interface PartitionRef {
  topicId: string;
  width: number;
  partition: number;
}

/** The most partitions that one head can order while staying under 2 KB. */
export const LEDGER_WIDTH_MAX = 32;

export function ledgerOf(ref: PartitionRef): LedgerRef {
  return { topicId: ref.topicId, index: Math.floor(ref.partition / ref.width) };
}

export function slotOf(ref: PartitionRef): number {
  return ref.partition % ref.width;
}

/** All ledgers of a topic, with the number of partitions that each has. */
export function ledgersOf(layout: TopicLayout): { ledger: LedgerRef; slots: number }[] {
  const count = Math.ceil(layout.partitions / layout.width);
  return Array.from({ length: count }, (_, index) => ({
    ledger: { topicId: layout.topicId, index },
    slots: Math.min(layout.width, layout.partitions - index * layout.width),
  }));
}

/** A ledger's name in maps and in keys of items: `<topic id>/<index>`. */
export function ledgerName(ledger: LedgerRef): string {
  return `${ledger.topicId}/${ledger.index}`;
}

/** Record batches for one partition, checked already; the log owns the bytes from then on. */
export interface Append {
  to: PartitionRef;
  /** One or more whole batches, back to back. */
  batches: Uint8Array;
  /** What `checkBatches`, or the builder, found in them, in order. */
  infos: readonly BatchInfo[];
}

export interface Appended {
  /** Offset of the first record. */
  baseOffset: number;
  logStartOffset: number;
  /** When the ledger took it, by the writer's clock. */
  appendTimeMs: number;
}

export interface PartitionOffsets {
  logStartOffset: number;
  /** The offset that the next record will get. */
  highWatermark: number;
  /** Before it stands nothing of a transaction that has not ended. */
  lastStableOffset: number;
  /** The transaction that is open there; undefined where the last stable offset is the high watermark. */
  heldBy?: TransactionRef | undefined;
}

/** A transaction as partitions know it: by its producer, and the epoch under which they were registered. */
export interface TransactionRef {
  readonly producerId: number;
  readonly epoch: number;
}

/** The object that a commit names. Its size stands in its key, so the footer is found with one suffix read. */
export interface ObjectRef {
  /** A ULID's 26 characters. */
  id: string;
  sizeBytes: number;
}

/** Stands for "no timestamp at all" where the largest of several is told. */
export const NO_TIMESTAMP = -1;

/** The batches of one partition that stand together in one object. */
export interface Run {
  slot: number;
  position: number;
  lengthBytes: number;
  /** Offsets that the run takes; more than its records where keyed compaction removed some. */
  span: number;
  /** NO_TIMESTAMP where no record has one. */
  maxTimestampMs: number;
  /** The sum of its batches (sums.ts): known while they are at hand, not stored with the commit. */
  sum?: number;
}

/** What an abort marker in a commit makes void: what its producer wrote before it, from an offset on. */
export interface AbortedRange {
  readonly slot: number;
  readonly producerId: number;
  readonly firstOffset: number;
  /** Where the marker stands, counted from the commit's first offset in this slot. */
  readonly markerAt: number;
}

/** "These byte ranges of that object are next in these partitions." */
export interface Commit {
  object: ObjectRef;
  appendTimeMs: number;
  /** The stored bytes hold their final base offsets (keyed compaction left gaps); else they follow from the spans. */
  absolute: boolean;
  /** Idempotent producers have batches in it: the object's footer tells which. */
  producers?: true;
  /** Of the abort markers in it. */
  aborted?: readonly AbortedRange[] | undefined;
  /** The head's sums count it: all but those that were appended before there were sums. */
  counted?: true;
  /** In order; a partition may have several. */
  runs: Run[];
}
