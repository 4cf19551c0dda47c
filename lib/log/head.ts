import type { Item, ItemKey, MetaStore, Value } from '../store/index.ts';
import { decodeCommit, encodeCommit, spansOf } from './commit.ts';
import { type Commit, LEDGER_WIDTH_MAX, type LedgerRef, LogError, ledgerName } from './model.ts';
import { ledgerPk } from './page.ts';
import { damaged, isCount } from './stored.ts';
import { commitSum, NO_ORDER, type OrderSums } from './sums.ts';
import { NONE_OPEN, type OpenTransactions, openItem, parseOpen } from './transactions/open.ts';

/**
 * A ledger's head: the one item that orders its partitions. Attributes, short because DynamoDB bills by size:
 * `g` collection mark, `n` next offsets (a map `p0`…), `s` log starts, `t` tail (a list of commits), `t0` commits
 * trimmed from it so far, `k0` first page kept, `k` number of pages ever, `m` pages merged, `c` pages cleaned, `f` fence
 * (absent, until an idempotent producer comes); `h0`… sums of the tail per slot, `a` and `b` of commits in their order,
 * `v` rewrites (sums.ts); `x…` and `w…` open transactions (transactions/open.ts).
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
  /** Per slot: the sum of the batches of the tail's counted commits. */
  sums: number[];
  /** The sums over all counted commits, in their order, since the ledger began. */
  order: OrderSums;
  /**
   * How often pages that are kept were replaced: their versions add up to it, so one that is older than it was shows.
   * Undefined where nobody has counted: in heads from before there were sums.
   */
  rewrites: number | undefined;
}

/** The names of the slots in `n` and `s`. */
export const SLOT_NAMES = Array.from({ length: LEDGER_WIDTH_MAX }, (_, slot) => `p${slot}`);
/** The attributes of the slots' sums. */
export const SUM_NAMES = Array.from({ length: LEDGER_WIDTH_MAX }, (_, slot) => `h${slot}`);

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
    rewrites: 0,
  };
  return { nextOffsets: zeros, logStarts: zeros, sums: zeros, order: NO_ORDER, tail: [], ...counts, open: NONE_OPEN };
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
    ...sumsItem(head),
    ...openItem(head.open),
  };
}

function sumsItem({ sums, order, rewrites }: Head): Item {
  const counted = [...sums.entries()].filter(([, sum]) => sum !== 0);
  return {
    ...Object.fromEntries(counted.map(([slot, sum]) => [SUM_NAMES[slot]!, sum])),
    ...(order.first !== 0 && { a: order.first, b: order.second }),
    ...(rewrites !== undefined && { v: rewrites }),
  };
}

/** @throws LogError `log_corrupt` */
export function parseHead(item: Item): Head {
  requireHead(item);
  const next = item.n as Record<string, number>;
  const starts = item.s as Record<string, number>;
  const slots = Object.keys(next).length;
  const tail = item.t as readonly Uint8Array[];
  let tailBytes = 0;
  for (const bytes of tail) tailBytes += bytes.length;
  const open = parseOpen(item);
  requireOpen(open);
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
    open,
    sums: SUM_NAMES.slice(0, slots).map((name) => (item[name] as number | undefined) ?? 0),
    order: { first: (item.a as number | undefined) ?? 0, second: (item.b as number | undefined) ?? 0 },
    rewrites: item.v as number | undefined,
  };
}

/** What every head has, whichever version wrote it. */
function requireHead(item: Item): void {
  const { g, n, s, t, t0, k0, k, m, c, f = 0 } = item;
  const wrong = Object.entries({ g, t0, k0, k, m, c, f }).find(([, value]) => !isCount(value));
  if (wrong) throw damaged('A head', `its ${wrong[0]} is ${JSON.stringify(wrong[1])}, and no count.`);
  const slots = slotsOf(n);
  if (slots === undefined || slotsOf(s) === undefined)
    throw damaged('A head', 'its n or s has no offsets of its slots.');
  if (!Array.isArray(t) || !t.every((one) => one instanceof Uint8Array))
    throw damaged('A head', 'its t has no commits.');
  const sum = ['a', 'b', 'v', ...SUM_NAMES].find((name) => !Number.isSafeInteger(item[name] ?? 0));
  if (sum !== undefined) throw damaged('A head', `its ${sum} is no sum.`);
}

function requireOpen({ partitions, decidedBy }: OpenTransactions): void {
  const whole = partitions.every(({ firstOffset }) => isCount(firstOffset));
  if (whole && [...decidedBy.values()].every((key) => typeof key === 'string')) return;
  throw damaged('A head', 'an open transaction in it has no offset, or no place where it is decided.');
}

/** How many slots an attribute has an offset of; undefined where it has something else. */
function slotsOf(value: Value | undefined): number | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return undefined;
  const offsets = value as Readonly<Record<string, Value>>;
  const slots = Object.keys(offsets).length;
  for (let slot = 0; slot < slots; slot++) if (!isCount(offsets[SLOT_NAMES[slot]!])) return undefined;
  return slots;
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

/** The commit as it stands in a tail whose sums count it. */
export function counted(commit: Commit): Commit {
  return { ...commit, counted: true };
}

/** The head after a commit was appended to it. */
export function withCommit(head: Head, appended: Commit): Head {
  const commit = counted(appended);
  const nextOffsets = [...head.nextOffsets];
  const sums = [...head.sums];
  for (const run of commit.runs) {
    nextOffsets[run.slot]! += run.span;
    sums[run.slot]! += run.sum!;
  }
  const { first, second } = head.order;
  const order = { first: first + commitSum(commit), second: second + first };
  const tailBytes = head.tailBytes + encodeCommit(commit).length;
  return { ...head, nextOffsets, sums, order, tail: [...head.tail, commit], tailBytes };
}
