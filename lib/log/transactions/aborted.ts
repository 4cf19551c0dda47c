import { baseOffset, batchHeader, batchLength, isOfTransaction } from '../../record/index.ts';
import type { Head } from '../head.ts';
import { tailBases } from '../head.ts';
import { findPage } from '../locate.ts';
import type { AbortedRange, Commit, LedgerRef } from '../model.ts';
import { pageEnds } from '../page.ts';
import type { Pages } from '../pages.ts';
import { type Outcomes, transactionName } from './open.ts';

/** A transaction that was aborted: what its producer wrote from `firstOffset` on, up to its marker, is void. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Where its marker stands; infinite where it was decided, and the marker is still to come. */
  readonly markerOffset: number;
}

/** The aborted transactions of a slot whose markers stand in the commits, the first of which begins at `base`. */
export function abortedIn(commits: readonly Commit[], slot: number, base: number): AbortedTransaction[] {
  const found: AbortedTransaction[] = [];
  let offset = base;
  for (const { runs, aborted } of commits) {
    for (const { slot: own, producerId, firstOffset, markerAt } of aborted ?? []) {
      if (own === slot) found.push({ producerId, firstOffset, markerOffset: offset + markerAt });
    }
    for (const run of runs) if (run.slot === slot) offset += run.span;
  }
  return found;
}

/** The aborted ranges of commits that become one, which begins, per slot, at `bases`. */
export function joinAborted(commits: readonly Commit[], bases: readonly number[]): AbortedRange[] | undefined {
  const next = [...bases];
  const joined: AbortedRange[] = [];
  for (const { runs, aborted } of commits) {
    for (const one of aborted ?? []) {
      joined.push({ ...one, markerAt: next[one.slot]! + one.markerAt - bases[one.slot]! });
    }
    for (const run of runs) next[run.slot]! += run.span;
  }
  return joined.length > 0 ? joined : undefined;
}

/**
 * The aborted transactions that have something from `from` on and before `until`, which is at most the last stable offset.
 * Their markers may stand further on: each page says what was open at its end, so it is known where to stop.
 */
export async function abortedBetween(
  pages: Pages,
  head: Head,
  at: { ledger: LedgerRef; slot: number },
  { from, until }: { from: number; until: number },
  outcomes: Outcomes,
): Promise<AbortedTransaction[]> {
  const { ledger, slot } = at;
  if (until <= from) return [];
  const found: AbortedTransaction[] = [];
  const touches = ({ firstOffset, markerOffset }: AbortedTransaction) => firstOffset < until && markerOffset >= from;
  const add = (commits: readonly Commit[], base: number) => {
    for (const one of abortedIn(commits, slot, base)) if (touches(one)) found.push(one);
  };
  const tailBase = tailBases(head)[slot]!;
  if (from < tailBase) {
    for (let index = await findPage(pages, ledger, head, slot, from); index < head.pages; index++) {
      const page = await pages.get(ledger, index);
      add(page.commits, page.bases[slot] ?? 0);
      const isOpen = page.open?.some((one) => one.slot === slot && one.firstOffset < until);
      if (!isOpen && (pageEnds(page)[slot] ?? 0) >= until) return found;
    }
  }
  add(head.tail, tailBase);
  for (const one of head.open.partitions) {
    const { producerId, firstOffset } = one;
    const decided = one.slot === slot && firstOffset < until && outcomes.get(transactionName(one)) === 'abort';
    if (decided) found.push({ producerId, firstOffset, markerOffset: Number.POSITIVE_INFINITY });
  }
  return found;
}

/**
 * The aborted transactions as an answer names them: those that have batches in it, each from the first of these on, in that
 * order. What ledgers know is a lower bound (where a partition was registered), and clients differ in what they make of one:
 * kafkajs takes one transaction into account with each record that it looks at, so it must find each at its own first record.
 */
export function asServed(
  batches: readonly Uint8Array[],
  aborted: readonly AbortedTransaction[],
): readonly AbortedTransaction[] {
  const left = new Set(aborted);
  const served: AbortedTransaction[] = [];
  for (const bytes of batches) {
    for (let at = 0; left.size > 0 && at < bytes.length; at += batchLength(bytes, at)) {
      if (!isOfTransaction(bytes, at)) continue;
      const { control, producerId } = batchHeader(bytes, at);
      const offset = baseOffset(bytes, at);
      if (control) continue;
      for (const one of left) {
        if (one.producerId !== producerId || offset < one.firstOffset || offset >= one.markerOffset) continue;
        left.delete(one);
        served.push({ ...one, firstOffset: offset });
      }
    }
  }
  return served;
}

/** The batches without markers, and without what was aborted. Views of the same bytes. */
export function committedOnly(
  batches: readonly Uint8Array[],
  aborted: readonly AbortedTransaction[],
): readonly Uint8Array[] {
  const kept: Uint8Array[] = [];
  for (const bytes of batches) {
    let start = 0;
    let at = 0;
    while (at < bytes.length) {
      const end = at + batchLength(bytes, at);
      if (isVoid(bytes, at, aborted)) {
        if (start < at) kept.push(bytes.subarray(start, at));
        start = end;
      }
      at = end;
    }
    if (start < at) kept.push(start === 0 ? bytes : bytes.subarray(start, at));
  }
  return kept;
}

/** Whether any of the batches is part of a transaction, or a marker. */
export function hasTransactions(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
    if (isOfTransaction(bytes, at)) return true;
  }
  return false;
}

/** Whether a batch has no events for readers of what is committed: a marker, or part of an aborted transaction. */
export function isVoid(bytes: Uint8Array, at: number, aborted: readonly AbortedTransaction[]): boolean {
  if (!isOfTransaction(bytes, at)) return false;
  const { control, producerId } = batchHeader(bytes, at);
  if (control) return true;
  const offset = baseOffset(bytes, at);
  return aborted.some((one) => one.producerId === producerId && offset >= one.firstOffset && offset < one.markerOffset);
}
