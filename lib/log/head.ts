import type { Action, Condition, Item, ItemKey, MetaStore } from '../store/index.ts';
import { decodeCommit, encodeCommit, spansOf } from './commit.ts';
import { type Commit, LEDGER_WIDTH_MAX, type LedgerRef, LogError, ledgerName } from './model.ts';
import { ledgerPk } from './page.ts';
import { NONE_OPEN, type OpenTransactions, openItem, parseOpen } from './transactions/open.ts';

/**
 * A ledger's head: the one item that orders its partitions. Attributes, short because DynamoDB bills by size:
 * `g` collection mark, `n` next offsets (a map `p0`…), `s` log starts, `t` tail (a list of commits), `t0` commits
 * trimmed from it so far, `k0` first page kept, `k` number of pages ever, `m` pages merged, `c` pages cleaned, `f` fence
 * (absent, until an idempotent producer comes); `x…` and `w…` open transactions (transactions/open.ts).
 */
export interface Head {
  /** Objects made at or before this moment (ms) can no longer be committed. */
  mark: number;
  /** Per slot: the offset that the next record gets: the high watermark. */
  nextOffsets: number[];
  /** Per slot: the first offset that is kept. */
  logStarts: number[];
  /** The newest commits, oldest first; what is older stands in pages `firstPage` to `pages` - 1. */
  tail: Commit[];
  /** Bytes of the tail as stored. */
  tailBytes: number;
  /** How many commits were trimmed from the tail since the ledger began. */
  trimmed: number;
  firstPage: number;
  /** Pages written since the ledger began: the next one gets this number. */
  pages: number;
  /** Pages up to here hold merged objects. */
  mergedPages: number;
  /** Pages up to here hold the latest record per key, as of the last cleaning. */
  cleanedPages: number;
  /** How often a process took producers over: a commit of idempotent batches names the fence by which it knows them. */
  fence: number;
  /** Transactions that have not ended here. */
  open: OpenTransactions;
}

/** The names of the slots in `n` and `s`. */
const SLOT_NAMES = Array.from({ length: LEDGER_WIDTH_MAX }, (_, slot) => `p${slot}`);

export function headKey(ledger: LedgerRef): ItemKey {
  return { pk: ledgerPk(ledger), sk: 'head' };
}

/**
 * The ledger whose head an item is, by its key; undefined for all other items. For those who watch the store for commits.
 *
 * @example
 * ledgerOfHead({ pk: 'ledger/01J…/0', sk: 'head' }); // { topicId: '01J…', index: 0 }
 */
export function ledgerOfHead({ pk, sk }: ItemKey): LedgerRef | undefined {
  const [, topicId, index] = /^ledger\/([^/]+)\/(\d+)$/.exec(pk) ?? [];
  return sk === 'head' && topicId !== undefined ? { topicId, index: Number(index) } : undefined;
}

/** Makes the heads, all offsets 0. Heads that are there already stay as they are, so it can be repeated. */
export async function createHead(items: MetaStore, ledger: LedgerRef, slots: number): Promise<void> {
  const item = headItem(emptyHead(slots));
  await items.write({ write: 'put', key: headKey(ledger), item, when: { if: 'itemAbsent' } });
}

/** The head of a ledger to which nothing was ever committed. */
export function emptyHead(slots: number): Head {
  const zeros = new Array<number>(slots).fill(0);
  const counts = {
    mark: 0,
    tailBytes: 0,
    trimmed: 0,
    firstPage: 0,
    pages: 0,
    mergedPages: 0,
    cleanedPages: 0,
    fence: 0,
  };
  return { nextOffsets: zeros, logStarts: zeros, tail: [], ...counts, open: NONE_OPEN };
}

/** The item that `parseHead` reads. */
export function headItem(head: Head): Item {
  const bySlot = (numbers: readonly number[]) =>
    Object.fromEntries(numbers.map((one, slot) => [SLOT_NAMES[slot]!, one]));
  return {
    g: head.mark,
    n: bySlot(head.nextOffsets),
    s: bySlot(head.logStarts),
    t: head.tail.map(encodeCommit),
    t0: head.trimmed,
    k0: head.firstPage,
    k: head.pages,
    m: head.mergedPages,
    c: head.cleanedPages,
    ...(head.fence > 0 && { f: head.fence }),
    ...openItem(head.open),
  };
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

export function parseHead(item: Item): Head {
  const next = item.n as Record<string, number>;
  const starts = item.s as Record<string, number>;
  const slots = Object.keys(next).length;
  const tail = item.t as readonly Uint8Array[];
  let tailBytes = 0;
  for (const bytes of tail) tailBytes += bytes.length;
  return {
    mark: item.g as number,
    nextOffsets: SLOT_NAMES.slice(0, slots).map((name) => next[name]!),
    logStarts: SLOT_NAMES.slice(0, slots).map((name) => starts[name] ?? 0),
    tail: tail.map(decodeCommit),
    tailBytes,
    trimmed: item.t0 as number,
    firstPage: item.k0 as number,
    pages: item.k as number,
    mergedPages: item.m as number,
    cleanedPages: item.c as number,
    fence: (item.f as number | undefined) ?? 0,
    open: parseOpen(item),
  };
}

/** @throws LogError `ledger_missing` */
export async function readHead(items: MetaStore, ledger: LedgerRef): Promise<Head> {
  const item = await items.get(headKey(ledger));
  if (!item) throw ledgerMissing(ledger);
  return parseHead(item);
}

export function ledgerMissing(ledger: LedgerRef): LogError {
  return new LogError('ledger_missing', `Ledger ${ledgerName(ledger)} does not exist: its topic was deleted.`);
}

/** Per slot: the offset of the first record that the tail holds. */
export function tailBases(head: Head): number[] {
  const spans = spansOf(head.tail, head.nextOffsets.length);
  return head.nextOffsets.map((next, slot) => next - spans[slot]!);
}

/** The actions that append a commit: the tail grows by it, and the next offsets of its partitions by their records. */
export function commitActions(commit: Commit): Action[] {
  const spans = new Map<number, number>();
  for (const run of commit.runs) spans.set(run.slot, (spans.get(run.slot) ?? 0) + run.span);
  return [
    { do: 'append', path: ['t'], values: [encodeCommit(commit)] },
    ...[...spans].map(([slot, span]): Action => ({ do: 'add', path: ['n', SLOT_NAMES[slot]!], by: span })),
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

/** The head after a commit was appended to it. */
export function withCommit(head: Head, commit: Commit): Head {
  const nextOffsets = [...head.nextOffsets];
  for (const run of commit.runs) nextOffsets[run.slot]! += run.span;
  const tailBytes = head.tailBytes + encodeCommit(commit).length;
  return { ...head, nextOffsets, tail: [...head.tail, commit], tailBytes };
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
 * then; undefined where somebody else did it before.
 */
export async function trimTail(
  items: MetaStore,
  ledger: LedgerRef,
  head: Head,
  count: number,
): Promise<Head | undefined> {
  const answer = await items.write({
    write: 'update',
    key: headKey(ledger),
    actions: [
      { do: 'drop', path: ['t'], count },
      { do: 'set', path: ['t0'], to: head.trimmed + count },
      { do: 'set', path: ['k'], to: head.pages + 1 },
    ],
    when: { if: 'is', path: ['t0'], value: head.trimmed },
  });
  if (!answer.applied || !answer.old) return undefined;
  const { t, t0, k } = answer.old as { t: readonly Uint8Array[]; t0: number; k: number };
  return parseHead({ ...answer.old, t: t.slice(count), t0: t0 + count, k: k + 1 });
}

/** Moves log starts forward and lets go of the pages before `firstPage`. False where another process did so meanwhile. */
export async function advanceStart(
  items: MetaStore,
  ledger: LedgerRef,
  head: Head,
  starts: readonly number[],
  firstPage: number,
): Promise<boolean> {
  const moved = starts.flatMap((start, slot): Action[] =>
    start > head.logStarts[slot]! ? [{ do: 'set', path: ['s', SLOT_NAMES[slot]!], to: start }] : [],
  );
  if (firstPage > head.firstPage) moved.push({ do: 'set', path: ['k0'], to: firstPage });
  if (moved.length === 0) return true;
  const unmoved = head.logStarts.map(
    (start, slot): Condition => ({ if: 'is', path: ['s', SLOT_NAMES[slot]!], value: start }),
  );
  const when: Condition = { if: 'all', of: [{ if: 'is', path: ['k0'], value: head.firstPage }, ...unmoved] };
  return (await items.write({ write: 'update', key: headKey(ledger), actions: moved, when })).applied;
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
