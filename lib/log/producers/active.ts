import type { Head } from '../head.ts';
import type { OpenPartition } from '../transactions/open.ts';
import { type ProducerEntry, sequenceAfter } from './entry.ts';

/** A producer that has written to a partition of late, or has a transaction open there. */
export interface ActiveProducer {
  readonly producerId: number;
  readonly epoch: number;
  /** Of the last record of this epoch; undefined where there was none yet. */
  readonly lastSequence: number | undefined;
  /** When its last batch was appended; undefined where there was none yet. */
  readonly lastAppendMs: number | undefined;
  /** Where its transaction is open: nothing of it stands before, and readers of what is committed wait there. */
  readonly transactionStart: number | undefined;
}

/**
 * The producers of a slot: those that ledgers remember, and those whose transactions are open. What is open counts: a
 * transaction that was registered and has written nothing holds readers back, too.
 */
export function activeIn(head: Head, entries: readonly ProducerEntry[], slot: number): ActiveProducer[] {
  const open = head.open.partitions.filter((one) => one.slot === slot);
  const known = new Map(entries.filter((one) => one.slot === slot).map((one) => [one.producerId, one]));
  const holding = new Set(open.map(({ producerId }) => producerId));
  const resting = [...known.values()].filter(({ producerId }) => !holding.has(producerId));
  return [...open.map((one) => ofOpen(one, known.get(one.producerId))), ...resting.map((one) => ofEntry(one))];
}

function ofEntry({ producerId, epoch, batches, lastMs }: ProducerEntry): ActiveProducer {
  const last = batches.at(-1);
  const lastSequence = last && sequenceAfter({ ...last, span: last.span - 1 });
  return { producerId, epoch, lastSequence, lastAppendMs: lastMs, transactionStart: undefined };
}

/** What is known of the producer may be of an earlier epoch: then nothing of this one has been written. */
function ofOpen({ producerId, epoch, firstOffset }: OpenPartition, entry: ProducerEntry | undefined): ActiveProducer {
  const before = entry && ofEntry(entry);
  return {
    producerId,
    epoch,
    lastSequence: entry?.epoch === epoch ? before?.lastSequence : undefined,
    lastAppendMs: before?.lastAppendMs,
    transactionStart: firstOffset,
  };
}
