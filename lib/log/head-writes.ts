import {
  type Action,
  type Check,
  type Condition,
  type MetaStore,
  TRANSACT_WRITES_MAX,
  update,
  type Write,
} from '../store/index.ts';
import { encodeCommit } from './commit.ts';
import {
  counted,
  emptyHead,
  type Head,
  headItem,
  headKey,
  ledgerMissing,
  parseHead,
  SLOT_NAMES,
  SUM_NAMES,
} from './head.ts';
import type { Commit, LedgerRef } from './model.ts';
import { commitSum, type PageSums, residue, wrapOf } from './sums.ts';

/*
 * What is written to heads: each is one update, conditional on what it must not undo. What a head is stands in head.ts.
 */

/** A ledger that is to have a head, and how many partitions it has. */
interface NewLedger {
  readonly ledger: LedgerRef;
  readonly slots: number;
}

/** One place of each transaction is the check's. */
const HEADS_AT_ONCE = TRANSACT_WRITES_MAX - 1;

/**
 * Makes the heads, all offsets 0, while `wanted` holds; false where it does not. Heads that are there already stay as they
 * are, so it can be repeated.
 *
 * The check is of the same store transaction as the heads, for a request may arrive long after it was given up. Ledgers that
 * were deleted meanwhile would come back, and nobody would delete them again.
 */
export async function createHeads(items: MetaStore, ledgers: readonly NewLedger[], wanted: Check): Promise<boolean> {
  // One after the other: transactions that name the same item, the check's, would refuse each other.
  for (let from = 0; from < ledgers.length; from += HEADS_AT_ONCE) {
    if (!(await createSome(items, ledgers.slice(from, from + HEADS_AT_ONCE), wanted))) return false;
  }
  return true;
}

async function createSome(items: MetaStore, ledgers: readonly NewLedger[], wanted: Check): Promise<boolean> {
  for (let missing = ledgers; missing.length > 0; ) {
    const puts = missing.map(
      ({ ledger, slots }): Write => ({
        write: 'put',
        key: headKey(ledger),
        item: headItem(emptyHead(slots)),
        when: { if: 'itemAbsent' },
      }),
    );
    const answer = await items.transact([wanted, ...puts]);
    if (answer.applied) return true;
    const [unwanted, ...there] = answer.failed;
    if (unwanted) return false;
    missing = missing.filter((_, i) => there[i] === undefined);
  }
  return true;
}

/** Gives the ledger partitions up to `slots`; those it has keep their offsets. */
export async function extendHead(items: MetaStore, ledger: LedgerRef, slots: number): Promise<void> {
  const actions = SLOT_NAMES.slice(0, slots).flatMap((name): Action[] => [
    { do: 'setOnce', path: ['n', name], to: 0 },
    { do: 'setOnce', path: ['s', name], to: 0 },
  ]);
  const answer = await items.write({ write: 'update', key: headKey(ledger), actions, when: { if: 'itemExists' } });
  if (!answer.applied) throw ledgerMissing(ledger);
}

/**
 * The actions that append a commit: the tail grows by it, the next offsets of its partitions by their records, and the sums
 * by those of its batches.
 */
export function commitActions(commit: Commit): Action[] {
  const spans = new Map<number, number>();
  const sums = new Map<number, number>();
  for (const { slot, span, sum } of commit.runs) {
    spans.set(slot, (spans.get(slot) ?? 0) + span);
    sums.set(slot, (sums.get(slot) ?? 0) + sum!);
  }
  return [
    { do: 'append', path: ['t'], values: [encodeCommit(counted(commit))] },
    ...[...spans].map(([slot, span]): Action => ({ do: 'add', path: ['n', SLOT_NAMES[slot]!], by: span })),
    ...[...sums].map(([slot, by]): Action => ({ do: 'add', path: [SUM_NAMES[slot]!], by, from: 0 })),
    { do: 'addCopy', path: ['b'], of: ['a'] },
    { do: 'add', path: ['a'], by: commitSum(counted(commit)), from: 0 },
  ];
}

/** Holds while the collector has not passed the moment at which the object was made. */
export function notCollected(objectTimeMs: number): Condition {
  return { if: 'lt', path: ['g'], value: objectTimeMs };
}

/** Holds while nobody has taken producers over since the fence was raised to `fence`. */
export function fenceIs(fence: number): Condition {
  return { if: 'is', path: ['f'], value: fence };
}

/** Holds while the slot's next offset is as expected. */
export function nextOffsetIs(slot: number, offset: number): Condition {
  return { if: 'is', path: ['n', SLOT_NAMES[slot]!], value: offset };
}

/** Holds while all slots' next offsets are as expected, and no partition was added. */
export function nextOffsetsAre(offsets: readonly number[]): Condition {
  const value = Object.fromEntries(offsets.map((offset, slot) => [SLOT_NAMES[slot]!, offset]));
  return { if: 'is', path: ['n'], value };
}

/**
 * Raises the collection mark to `mark`, where it is lower, and returns the head as it is afterwards: from then on no
 * object made at or before `mark` can be committed here. A ledger that is gone commits nothing either: undefined.
 */
export async function raiseMark(items: MetaStore, ledger: LedgerRef, mark: number): Promise<Head | undefined> {
  const answer = await items.write({
    write: 'update',
    key: headKey(ledger),
    actions: [{ do: 'set', path: ['g'], to: mark }],
    when: { if: 'lt', path: ['g'], value: mark },
  });
  if (!answer.old) return undefined;
  const head = parseHead(answer.old);
  return answer.applied ? { ...head, mark } : head;
}

/**
 * Raises the fence from `from` by one, so that no commit under an older one can land any more. Returns the head as it was
 * just before: all that was ever committed under them is in it. A fence that had moved on stays: then `raised` is false.
 *
 * @throws LogError `ledger_missing`
 */
export async function raiseFence(
  items: MetaStore,
  ledger: LedgerRef,
  from: number,
): Promise<{ raised: boolean; head: Head }> {
  const absent: Condition = { if: 'all', of: [{ if: 'itemExists' }, { if: 'absent', path: ['f'] }] };
  const answer = await items.write({
    write: 'update',
    key: headKey(ledger),
    actions: [{ do: 'set', path: ['f'], to: from + 1 }],
    when: from === 0 ? absent : fenceIs(from),
  });
  if (!answer.old) throw ledgerMissing(ledger);
  return { raised: answer.applied, head: parseHead(answer.old) };
}

/**
 * Trims the first `count` commits off the tail, which page number `head.pages` now holds, and returns the head as it is
 * then; undefined where somebody else did it before. The page takes their sums along.
 */
export async function trimTail(
  items: MetaStore,
  ledger: LedgerRef,
  head: Head,
  { count, sums }: { count: number; sums: PageSums | undefined },
): Promise<Head | undefined> {
  const actions: Action[] = [
    { do: 'drop', path: ['t'], count },
    { do: 'set', path: ['t0'], to: head.trimmed + count },
    { do: 'set', path: ['k'], to: head.pages + 1 },
    ...sumsLeaving(head, sums),
  ];
  const answer = await items.write({
    write: 'update',
    key: headKey(ledger),
    actions,
    when: { if: 'is', path: ['t0'], value: head.trimmed },
  });
  if (!answer.applied || !answer.old) return undefined;
  return parseHead(update(answer.old, actions));
}

/** What a page takes off the sums. They are added to meanwhile, so each is given as a difference, which keeps it small. */
function sumsLeaving(head: Head, page: PageSums | undefined): Action[] {
  const left = head.sums.map((sum, slot): readonly [string, number] => {
    return [SUM_NAMES[slot]!, residue(sum - (page?.bySlot[slot] ?? 0)) - sum];
  });
  const { first, second } = head.order;
  return [...left, ['a', wrapOf(first)] as const, ['b', wrapOf(second)] as const]
    .filter(([, by]) => by !== 0)
    .map(([name, by]): Action => ({ do: 'add', path: [name], by }));
}

/**
 * Moves log starts forward and lets go of the pages before `first`, whose versions add up to `versionsGone`. False where
 * another process did so, or replaced a page, meanwhile.
 */
export async function advanceStart(
  items: MetaStore,
  ledger: LedgerRef,
  head: Head,
  starts: readonly number[],
  pages: { readonly first: number; readonly versionsGone: number } = { first: head.firstPage, versionsGone: 0 },
): Promise<boolean> {
  const moved = starts.flatMap((start, slot): Action[] =>
    start > head.logStarts[slot]! ? [{ do: 'set', path: ['s', SLOT_NAMES[slot]!], to: start }] : [],
  );
  if (pages.first > head.firstPage) moved.push({ do: 'set', path: ['k0'], to: pages.first });
  if (moved.length === 0) return true;
  if (pages.versionsGone > 0) moved.push({ do: 'add', path: ['v'], by: -pages.versionsGone });
  const unmoved = head.logStarts.map(
    (start, slot): Condition => ({ if: 'is', path: ['s', SLOT_NAMES[slot]!], value: start }),
  );
  const unreplaced: Condition[] =
    head.rewrites !== undefined && pages.first > head.firstPage
      ? [{ if: 'is', path: ['v'], value: head.rewrites }]
      : [];
  const when: Condition = {
    if: 'all',
    of: [{ if: 'is', path: ['k0'], value: head.firstPage }, ...unreplaced, ...unmoved],
  };
  return (await items.write({ write: 'update', key: headKey(ledger), actions: moved, when })).applied;
}

/**
 * The write that belongs to a page's replacement: its version is counted, unless the object it will name is too old, or the
 * page is one that retention has let go of, and not deleted yet.
 */
export function countRewrite(ledger: LedgerRef, head: Head, page: number, objectTimeMs: number): Write {
  const key = headKey(ledger);
  const needed: Condition = { if: 'le', path: ['k0'], value: page };
  const when: Condition = { if: 'all', of: [notCollected(objectTimeMs), needed] };
  if (head.rewrites === undefined) return { write: 'check', key, when };
  return { write: 'update', key, actions: [{ do: 'add', path: ['v'], by: 1 }], when };
}

/** Remembers how many pages were merged (`m`) or cleaned (`c`); never goes back. */
export async function advancePages(items: MetaStore, ledger: LedgerRef, what: 'm' | 'c', pages: number): Promise<void> {
  await items.write({
    write: 'update',
    key: headKey(ledger),
    actions: [{ do: 'set', path: [what], to: pages }],
    when: { if: 'lt', path: [what], value: pages },
  });
}
