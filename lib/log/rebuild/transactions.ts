import {
  type AbortedRange,
  type Commit,
  type ObjectRef,
  type PartitionRef,
  slotOf,
  type TransactionRef,
} from '../model.ts';
import { type DecisionRef, encodeDecisionRef } from '../transactions/decision.ts';
import { type OpenPartition, type OpenTransactions, transactionName } from '../transactions/open.ts';
import { type Sifted, sift } from './epochs.ts';
import type { FreshShare } from './survey.ts';

/** A transaction of which its own item still tells: where a ledger is put together again, it goes on. */
export interface KnownTransaction extends TransactionRef {
  /** What it is called, for reports. */
  readonly name: string;
  readonly partitions: readonly PartitionRef[];
  /** When it began, by wall time (ms). */
  readonly begunMs: number;
  /** Where it ends in several writes: where that is decided, and whether it has been. */
  readonly decision: (DecisionRef & { readonly decided: boolean }) | undefined;
}

/** What is known of transactions that have not ended. */
export interface KnownTransactions {
  readonly known: readonly KnownTransaction[];
  /** Whether there are no others: else the item of one cannot be read, and it may be decided to commit. */
  readonly areAll: boolean;
  /** Producer ids of all whose items can be read, open or not: what they do not know of these has ended, whatever else is lost. */
  readonly producers: ReadonlySet<number>;
}

/** A commit, and what is open behind it. */
export interface SettledCommit {
  readonly commit: Commit;
  readonly open: readonly OpenPartition[];
}

/** What became of the transactions of a ledger. */
export interface SettledTransactions {
  readonly commits: readonly SettledCommit[];
  readonly open: OpenTransactions;
  /** The names of those that go on. */
  readonly goOn: readonly string[];
  /** Those that were aborted, as nothing knows of them any more: partitions. */
  readonly aborted: number;
  /** Those that stay open, as they may be of an item that cannot be read. */
  readonly left: readonly OpenPartition[];
  /** Shares that were never committed: markers of an end that failed, events of a transaction that was over. */
  readonly ignored: number;
}

/** Where shares begin: what is open before the first of them, and, per slot, its offset. */
interface Before {
  readonly open: readonly OpenPartition[];
  readonly ends: readonly number[];
}

/**
 * The commits of shares that are appended anew, with what their abort markers make void. Transactions that are known go on;
 * of the others those without a marker are aborted: the items that knew them are lost, and nobody could end them any more.
 * Their producers come back with other ids, so it needs no marker for what follows. Where an item cannot be read, they stay
 * open, too, but for those of producer ids that other items have, as each is of one transactional id for good, and for what
 * the producer's next transaction in the slot shows to be over.
 *
 * @param empty stands for the object of a commit without events
 */
export function settleTransactions(
  shares: readonly FreshShare[],
  before: Before,
  { known, areAll, producers }: KnownTransactions,
  empty: ObjectRef,
): SettledTransactions {
  const begun = known.map((one) => ({ ...one, slots: slotsOf(one), isDecided: one.decision?.decided ?? false }));
  const sifted = sift(shares, before.open, begun);
  // To leave them out is better than to void them: clients take whatever follows an abort without a marker for a part of it.
  const isStray = ({ batches, transactional }: FreshShare) =>
    transactional.length === batches && transactional.every((one) => sifted.strays.has(one));
  const taken = sifted.shares.filter((share) => !isStray(share));
  const { commits, open, ends } = followTransactions(taken, before, sifted);
  const isKnown = (one: OpenPartition) =>
    known.some((other) => isSame(one, other) && slotsOf(other).includes(one.slot));
  const goingOn = open.filter(isKnown);
  const unknown = open.filter((one) => !isKnown(one));
  const isLeft = (one: OpenPartition) =>
    !areAll && !producers.has(one.producerId) && !unknown.some((other) => isNext(one, other));
  const left = unknown.filter(isLeft);
  const lost = unknown.filter((one) => !isLeft(one));
  const partitions = known.flatMap((one) =>
    slotsOf(one).map((slot): OpenPartition => {
      const began = goingOn.find((other) => other.slot === slot && isSame(other, one));
      // One that has nothing here yet may have something from here on.
      const { producerId, epoch } = one;
      return began ?? { producerId, epoch, slot, firstOffset: ends[slot] ?? 0 };
    }),
  );
  const decidedBy = new Map(
    known.flatMap((one) => (one.decision ? [[transactionName(one), encodeDecisionRef(one.decision)] as const] : [])),
  );
  const settled = {
    open: { partitions: [...partitions, ...left], decidedBy },
    goOn: known.map(({ name }) => name),
    aborted: lost.length,
    left,
    ignored: shares.length - taken.length,
  };
  if (lost.length === 0) return { ...settled, commits };
  const appendTimeMs = commits.at(-1)?.commit.appendTimeMs ?? 0;
  const aborted = lost.map((one) => rangeOf(one, 0));
  const ending = {
    commit: { object: empty, appendTimeMs, absolute: true, runs: [], aborted },
    open: [...goingOn, ...left],
  };
  return { ...settled, commits: [...commits, ending] };
}

/** The commits of shares, with what their abort markers make void, and what is open behind them. */
export function followTransactions(shares: readonly FreshShare[], before: Before, sifted?: Sifted) {
  const { strays, settled, ends } = sifted ?? sift(shares, before.open, []);
  const firsts = new Map(before.open.map((one) => [nameOf(one), one]));
  const next = [...before.ends];
  const commits = shares.map(({ commit, transactional }): SettledCommit => {
    const aborted: AbortedRange[] = [];
    for (const batch of transactional) {
      const { slot, producerId, epoch, part, at, span } = batch;
      const own = { slot, producerId, epoch, firstOffset: (next[slot] ?? 0) + at };
      if (strays.has(batch)) aborted.push(rangeOf(own, at + span));
      else if (part === 'events' && !settled.has(batch)) firsts.set(nameOf(own), firsts.get(nameOf(own)) ?? own);
      if (part === 'events') continue;
      const names = (ends.get(batch) ?? []).map((ended) => nameOf({ ...own, epoch: ended }));
      const began = names.flatMap((name) => firsts.get(name) ?? []).map(({ firstOffset }) => firstOffset);
      for (const name of names) firsts.delete(name);
      const firstOffset = Math.min(own.firstOffset, ...began);
      if (part === 'abort') aborted.push(rangeOf({ ...own, firstOffset }, at));
    }
    for (const { slot, span } of commit.runs) next[slot] = (next[slot] ?? 0) + span;
    return { commit: aborted.length > 0 ? { ...commit, aborted } : commit, open: [...firsts.values()] };
  });
  return { commits, open: [...firsts.values()], ends: next };
}

function slotsOf({ partitions }: KnownTransaction): number[] {
  return partitions.map(slotOf);
}

function isSame(one: TransactionRef, other: TransactionRef): boolean {
  return one.producerId === other.producerId && one.epoch === other.epoch;
}

/** Whether the other is of a later transaction of the same producer in the slot. */
function isNext(one: OpenPartition, other: OpenPartition): boolean {
  return one.slot === other.slot && one.producerId === other.producerId && one.epoch < other.epoch;
}

function rangeOf({ slot, producerId, firstOffset }: OpenPartition, markerAt: number): AbortedRange {
  return { slot, producerId, firstOffset, markerAt };
}

function nameOf({ slot, producerId, epoch }: TransactionRef & { slot: number }): string {
  return `${slot}/${producerId}/${epoch}`;
}
