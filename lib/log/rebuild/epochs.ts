import type { OpenPartition, Outcome } from '../transactions/open.ts';
import type { FreshShare, TransactionalBatch } from './survey.ts';

/*
 * Which transaction a batch is of, where the footers of objects alone tell. A marker has the epoch of its batches (version 1),
 * or the next (version 2, and where a producer was fenced). What of an epoch stands behind its end was put late, and its commit
 * refused; or its gateway's clock was ahead of that of the one which served the end.
 */

/** A transaction that has not ended. */
export interface Begun {
  readonly slots: readonly number[];
  readonly producerId: number;
  readonly epoch: number;
  readonly begunMs: number;
  /** Whether it is decided how it ends: else its markers, where there are any, are of attempts that failed. */
  readonly isDecided: boolean;
}

/** What is to be made of shares. */
export interface Sifted {
  /** Those that are left: without markers that were never committed. */
  readonly shares: readonly FreshShare[];
  /** Events of transactions that were over: nobody may see them. */
  readonly strays: ReadonlySet<TransactionalBatch>;
  /** Events behind the marker that committed them. */
  readonly settled: ReadonlySet<TransactionalBatch>;
  /** The epochs that a marker ends, in its slot, of its producer. */
  readonly ends: ReadonlyMap<TransactionalBatch, readonly number[]>;
}

/** What is known of a producer in a slot. */
interface Seen {
  /** By epoch, the events of a transaction that has not come to its end. */
  readonly open: Map<number, TransactionalBatch[]>;
  /** By epoch, how a transaction ended. */
  readonly ended: Map<number, Outcome>;
  /** The highest epoch of a marker: what is older, and did not end, is void. */
  last: number;
}

/** Sifts shares, oldest first, behind which the given transactions have still to end. */
export function sift(shares: readonly FreshShare[], before: readonly OpenPartition[], begun: readonly Begun[]): Sifted {
  const producers = new Map<string, Seen>();
  const seenOf = ({ slot, producerId }: { slot: number; producerId: number }): Seen => {
    const name = `${slot}/${producerId}`;
    const seen = producers.get(name) ?? { open: new Map(), ended: new Map(), last: -1 };
    producers.set(name, seen);
    return seen;
  };
  for (const one of before) seenOf(one).open.set(one.epoch, []);
  const isBegun = ({ slot, producerId }: TransactionalBatch, is: (epoch: number) => boolean) =>
    begun.some((one) => one.producerId === producerId && one.slots.includes(slot) && is(one.epoch));
  const left: FreshShare[] = [];
  const strays = new Set<TransactionalBatch>();
  const settled = new Set<TransactionalBatch>();
  const ends = new Map<TransactionalBatch, readonly number[]>();
  for (const share of shares) {
    const markers = share.transactional.filter(({ part }) => part !== 'events');
    const isOpen = (back: number) => markers.some((one) => seenOf(one).open.has(one.epoch - back));
    if (isVoidEnd(share, isOpen(0) && !isOpen(1), begun)) continue;
    left.push(share);
    for (const one of share.transactional) {
      const seen = seenOf(one);
      if (one.part !== 'events') {
        // By version 2, the next transaction may have events already: its gateway's clock was behind.
        const keeps = seen.open.has(one.epoch - 1) && isBegun(one, (epoch) => epoch === one.epoch);
        ends.set(one, end(seen, one.epoch, one.part, keeps));
        continue;
      }
      const outcome = seen.ended.get(one.epoch) ?? (one.epoch < seen.last ? 'abort' : undefined);
      if (outcome === 'abort') strays.add(one);
      else if (outcome === 'commit') settled.add(one);
      else if (seen.open.has(one.epoch)) seen.open.get(one.epoch)!.push(one);
      else seen.open.set(one.epoch, [one]);
    }
  }
  // A producer that is at a later transaction has ended those before.
  for (const { open } of producers.values())
    for (const [epoch, batches] of open)
      for (const one of batches) if (isBegun(one, (later) => later > epoch)) strays.add(one);
  return { shares: left, strays, settled, ends };
}

/** Takes note of a marker, and returns the epochs that it ends; `keepsOwn`: not that which it has itself. */
function end(seen: Seen, epoch: number, outcome: Outcome, keepsOwn: boolean): number[] {
  const { open, ended } = seen;
  // What is open in its own epoch alone, it ends by version 1: then the epoch before was over without it.
  const isOfBefore = open.has(epoch - 1) || !open.has(epoch);
  if (!ended.has(epoch - 1)) ended.set(epoch - 1, isOfBefore ? outcome : 'abort');
  seen.last = Math.max(seen.last, epoch);
  const over = [...open.keys()].filter((one) => one < epoch || (one === epoch && !keepsOwn));
  for (const one of over) open.delete(one);
  return over;
}

/**
 * Whether a share is of markers that were never committed: an attempt to end a transaction that is still to end has put them,
 * and failed. Those of the next epoch can be nothing else. Those of its own may have ended the transaction before it: by
 * version 2, unless events of that epoch alone are open (`isOwn`); by version 1, if they are older than its begin.
 */
function isVoidEnd({ commit, transactional }: FreshShare, isOwn: boolean, begun: readonly Begun[]): boolean {
  return transactional.some(({ slot, producerId, epoch, part }) => {
    if (part === 'events') return false;
    const own = begun.find((one) => !one.isDecided && one.producerId === producerId && one.slots.includes(slot));
    if (!own || epoch < own.epoch) return false;
    return epoch > own.epoch || (isOwn && commit.appendTimeMs > own.begunMs);
  });
}
