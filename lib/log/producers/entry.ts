import type { BatchInfo } from '../../record/index.ts';
import { LogError } from '../model.ts';

/** One batch of a producer, as it was stored. */
export interface BatchMark {
  readonly firstSequence: number;
  /** Sequence numbers, and offsets, that it takes. */
  readonly span: number;
  readonly baseOffset: number;
}

/** What is known of one producer in one partition. */
export interface ProducerEntry {
  readonly slot: number;
  readonly producerId: number;
  readonly epoch: number;
  /** Its newest batches of this epoch, oldest first; none where only a marker of the epoch is known. */
  readonly batches: readonly BatchMark[];
  /** When the last of them was appended. */
  readonly lastMs: number;
}

/** The batch that a producer wants to append, or has appended. */
export type ProducerBatch = Pick<BatchInfo, 'producerId' | 'producerEpoch' | 'baseSequence' | 'offsetSpan'>;

/** The lowest batch that failed: of a producer that is not known yet, it must come again before any other. */
export interface Floor {
  readonly epoch: number;
  readonly sequence: number;
}

export type Verdict =
  | { readonly is: 'new' }
  | { readonly is: 'duplicate'; readonly of: BatchMark }
  | { readonly is: 'refused'; readonly error: LogError };

/**
 * How many batches of a producer are remembered, so that any of them may come twice: Kafka's clients have at most five in
 * flight. Source: `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`.
 */
export const BATCHES_REMEMBERED = 5;

/** Sequence numbers are 31 bits: 0 follows 2^31 - 1. Source: `DefaultRecordBatch.incrementSequence`. */
const SEQUENCES = 2 ** 31;

/** The sequence number behind a batch. */
export function sequenceAfter(batch: { firstSequence: number; span: number }): number {
  return (batch.firstSequence + batch.span) % SEQUENCES;
}

/** A producer's name in maps: it is known per partition. */
export function pairName(slot: number, producerId: number): string {
  return `${slot}/${producerId}`;
}

/**
 * What is to be done with a batch, by Kafka's rules: one of the last five of its epoch is a duplicate; an older epoch is
 * fenced; a new epoch begins at 0; within one, sequence numbers have no holes. Of a producer of whom nothing is known any
 * sequence is taken, as Kafka does since KIP-360, but none above one that failed here just before (`floor`): that one
 * comes again first. Markers of transactions have no sequence, only an epoch.
 * Sources: `ProducerAppendInfo.checkSequence`, `ProducerStateEntry.findDuplicateBatch` of Kafka 4.
 *
 * @example
 * judgeBatch(undefined, { producerId: 7, producerEpoch: 0, baseSequence: 0, offsetSpan: 3 }, undefined); // { is: 'new' }
 */
export function judgeBatch(entry: ProducerEntry | undefined, batch: ProducerBatch, floor: Floor | undefined): Verdict {
  const { producerEpoch: epoch, baseSequence: first } = batch;
  const isMarker = first < 0;
  if (!entry) {
    if (isMarker || !floor || floor.epoch !== epoch || first <= floor.sequence) return { is: 'new' };
    return outOfOrder(batch, `${floor.sequence}, which failed, is due first`);
  }
  if (epoch < entry.epoch) {
    const why = `Producer ${entry.producerId} has epoch ${entry.epoch} by now; ${epoch} is fenced.`;
    return { is: 'refused', error: new LogError('producer_epoch_stale', why) };
  }
  if (isMarker) return { is: 'new' };
  if (epoch > entry.epoch) return first === 0 ? { is: 'new' } : outOfOrder(batch, 'a new epoch begins with 0');
  const of = storedBefore(entry, batch);
  if (of) return { is: 'duplicate', of };
  const last = entry.batches.at(-1);
  const due = last ? sequenceAfter(last) : 0;
  return first === due ? { is: 'new' } : outOfOrder(batch, `${due} is due`);
}

/** Where the same batch was stored before; undefined where it was not, or is no longer remembered. */
export function storedBefore(
  entry: ProducerEntry,
  { producerEpoch, baseSequence, offsetSpan }: ProducerBatch,
): BatchMark | undefined {
  if (producerEpoch !== entry.epoch || baseSequence < 0) return undefined;
  return entry.batches.find((known) => known.firstSequence === baseSequence && known.span === offsetSpan);
}

function outOfOrder({ producerId, producerEpoch, baseSequence }: ProducerBatch, due: string): Verdict {
  const why = `A batch of producer ${producerId}, epoch ${producerEpoch}, begins with sequence ${baseSequence}; ${due}.`;
  return { is: 'refused', error: new LogError('sequence_out_of_order', why) };
}

/** The entry once a batch has been appended. One that it has already, or that is older, changes nothing. */
export function withBatch(
  entry: ProducerEntry | undefined,
  slot: number,
  batch: ProducerBatch,
  baseOffset: number,
  appendMs: number,
): ProducerEntry {
  const { producerId, producerEpoch: epoch, baseSequence, offsetSpan: span } = batch;
  const known = entry && entry.epoch === epoch ? entry.batches : [];
  if (entry && (epoch < entry.epoch || baseOffset < endOffset(known))) return entry;
  const lastMs = Math.max(appendMs, entry?.lastMs ?? 0);
  if (baseSequence < 0) return { slot, producerId, epoch, batches: known, lastMs };
  const batches = [...known.slice(1 - BATCHES_REMEMBERED), { firstSequence: baseSequence, span, baseOffset }];
  return { slot, producerId, epoch, batches, lastMs };
}

/** Of two states of one producer, the later. */
export function laterEntry(one: ProducerEntry, other: ProducerEntry): ProducerEntry {
  if (one.epoch !== other.epoch) return one.epoch > other.epoch ? one : other;
  return endOffset(one.batches) >= endOffset(other.batches) ? one : other;
}

/** The offset behind the last of the batches; 0 where there are none. */
export function endOffset(batches: readonly BatchMark[]): number {
  const last = batches.at(-1);
  return last ? last.baseOffset + last.span : 0;
}
