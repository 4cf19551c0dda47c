import { Reader, Writer } from '../bytes/index.ts';
import { crc32c } from '../record/index.ts';
import type { Item, ItemKey, MetaStore } from '../store/index.ts';
import { decodeCommit, encodeCommit, spansOf } from './commit.ts';
import { type Commit, LEDGER_WIDTH_MAX, type LedgerRef, LogError, ledgerName, NO_TIMESTAMP } from './model.ts';
import { damaged, decoding } from './stored.ts';
import { type PageSums, residue } from './sums.ts';
import type { OpenPartition } from './transactions/open.ts';

/**
 * An immutable stretch of a ledger's history. Its offset range never changes; compaction replaces its commits by others
 * that hold the same records (or, for a compacted topic, the latest per key).
 */
export interface Page {
  /** Counts replacements: each is conditional on the version it read. */
  version: number;
  /** Per slot: offset of the first record. Slots added later are absent: their base is 0. */
  bases: number[];
  /** Per slot: bytes appended before this page. */
  bytesBefore: number[];
  /** When the newest of its commits was appended. */
  newestAppendMs: number;
  /** When keyed compaction left tombstones in it that delete nothing any more: they go a while later. 0: none wait. */
  tombstonesSinceMs: number;
  /**
   * Per level and slot: the largest timestamp in the 2^level pages that end with this one. Page i has the levels that
   * divide i + 1: by them "the first page with a timestamp of at least t" takes O(log n) reads, wherever the log starts.
   */
  maxima: number[][];
  commits: Commit[];
  /** All idempotent producers as of the page's end (producers/snapshot.ts); undefined where there are none. */
  producers?: Uint8Array | undefined;
  /** Transactions that were open as of the page's end: their markers stand in later pages. Undefined where there are none. */
  open?: readonly OpenPartition[] | undefined;
  /** What its batches add up to; undefined in pages from before there were sums, and where bytes are lost. */
  sums?: PageSums | undefined;
}

const LAYOUT = 1;
/** What a slot takes of a page at least: two varints. */
const SLOT_BYTES_MIN = 2;
/** What may follow the commits: a tag, a length, and so many bytes. Who does not know a tag passes over it. */
const OPEN_TAG = 1;
const SUMS_TAG = 2;

export function ledgerPk(ledger: LedgerRef): string {
  return `ledger/${ledgerName(ledger)}`;
}

/** The sort keys of a ledger's pages begin with it. */
export const PAGE_PREFIX = 'page/';

export function pageKey(ledger: LedgerRef, index: number): ItemKey {
  return { pk: ledgerPk(ledger), sk: `${PAGE_PREFIX}${String(index).padStart(12, '0')}` };
}

/** The number of the page that a sort key names. */
export function pageIndex(sk: string): number {
  return Number(sk.slice(PAGE_PREFIX.length));
}

export function pageItem(page: Page): Item {
  const slots = page.bases.length;
  const writer = new Writer(512);
  writer.u8(LAYOUT);
  writer.uvarint(slots);
  for (let slot = 0; slot < slots; slot++) {
    writer.uvarint(page.bases[slot]!);
    writer.uvarint(page.bytesBefore[slot]!);
  }
  writer.uvarint(page.newestAppendMs);
  writer.uvarint(page.tombstonesSinceMs);
  writer.uvarint(page.maxima.length);
  for (const level of page.maxima) for (const max of level) writer.varint(max);
  writer.uvarint(page.commits.length);
  for (const commit of page.commits) {
    const bytes = encodeCommit(commit);
    writer.uvarint(bytes.length);
    writer.raw(bytes);
  }
  if (page.open) writeTagged(writer, OPEN_TAG, encodeOpen(page.open));
  if (page.sums) writeTagged(writer, SUMS_TAG, encodeSums(page.sums));
  const item = { v: page.version, d: writer.view(), ...(page.producers && { p: page.producers }) };
  return { ...item, c: itemCrc(item) };
}

/** The CRC-32C of all else that a page's item holds. */
function itemCrc({ v, d, p }: { readonly v: number; readonly d: Uint8Array; readonly p?: Uint8Array }): number {
  const writer = new Writer(16);
  writer.uvarint(v);
  writer.uvarint(crc32c(d) >>> 0);
  if (p) writer.uvarint(crc32c(p) >>> 0);
  return crc32c(writer.view()) >>> 0;
}

function writeTagged(writer: Writer, tag: number, bytes: Uint8Array): void {
  writer.u8(tag);
  writer.uvarint(bytes.length);
  writer.raw(bytes);
}

function encodeSums({ bySlot, complete, order }: PageSums): Uint8Array {
  const writer = new Writer(16 + bySlot.length * 4);
  writer.u8(complete ? 1 : 0);
  for (const sum of [order.first, order.second, ...bySlot]) writer.i32(residue(sum) | 0);
  return writer.view();
}

function decodeSums(bytes: Uint8Array): PageSums {
  const reader = new Reader(bytes);
  const complete = reader.u8() === 1;
  const order = { first: reader.u32(), second: reader.u32() };
  const bySlot: number[] = [];
  while (reader.remaining > 0) bySlot.push(reader.u32());
  return { bySlot, complete, order };
}

/** @throws LogError `log_corrupt` */
export function parsePage(item: Item, name: string): Page {
  const page = decoding(`Page ${name}`, () => readPageItem(item, name));
  const slots = page.bases.length;
  const strange = page.commits.flatMap(({ runs }) => runs).find(({ slot }) => slot >= slots);
  if (strange) throw damaged(`Page ${name}`, `it has ${slots} slots, and a commit is of slot ${strange.slot}.`);
  return page;
}

function readPageItem(item: Item, name: string): Page {
  const { v: version, d: bytes, p: producers, c: crc } = item;
  const isWhole = bytes instanceof Uint8Array && (producers === undefined || producers instanceof Uint8Array);
  if (typeof version !== 'number' || !isWhole) {
    throw new LogError(
      'log_corrupt',
      `Page ${name} is not a page: its attributes are ${Object.keys(item).join(', ')}.`,
    );
  }
  const isDamaged = crc !== undefined && crc !== itemCrc({ v: version, d: bytes, ...(producers && { p: producers }) });
  if (isDamaged) throw new LogError('log_corrupt', `Page ${name} fails its CRC: it is not what was written.`);
  const reader = new Reader(bytes);
  const layout = reader.u8();
  if (layout !== LAYOUT) {
    throw new LogError('log_corrupt', `Page ${name} has layout ${layout}; this version reads layout ${LAYOUT}.`);
  }
  const slots = reader.count(SLOT_BYTES_MIN);
  if (slots < 1 || slots > LEDGER_WIDTH_MAX) throw damaged(`Page ${name}`, `a ledger has no ${slots} slots.`);
  const bases: number[] = [];
  const bytesBefore: number[] = [];
  for (let slot = 0; slot < slots; slot++) {
    bases.push(reader.uvarint());
    bytesBefore.push(reader.uvarint());
  }
  const newestAppendMs = reader.uvarint();
  const tombstonesSinceMs = reader.uvarint();
  const maxima = Array.from({ length: reader.count(slots) }, () =>
    Array.from({ length: slots }, () => reader.varint()),
  );
  const commits = Array.from({ length: reader.count() }, () => decodeCommit(reader.view(reader.uvarint())));
  const page: Page = { version, bases, bytesBefore, newestAppendMs, tombstonesSinceMs, maxima, commits };
  if (producers) page.producers = producers;
  while (reader.remaining > 0) {
    const [tag, tagged] = [reader.u8(), reader.view(reader.uvarint())];
    if (tag === OPEN_TAG) page.open = decodeOpen(tagged);
    if (tag === SUMS_TAG) page.sums = decodeSums(tagged);
  }
  return page;
}

function encodeOpen(open: readonly OpenPartition[]): Uint8Array {
  const writer = new Writer(open.length * 16);
  for (const { slot, producerId, epoch, firstOffset } of open) {
    writer.uvarint(slot);
    writer.uvarint(producerId);
    writer.uvarint(epoch);
    writer.uvarint(firstOffset);
  }
  return writer.view();
}

function decodeOpen(bytes: Uint8Array): OpenPartition[] {
  const reader = new Reader(bytes);
  const open: OpenPartition[] = [];
  while (reader.remaining > 0) {
    const [slot, producerId] = [reader.uvarint(), reader.uvarint()];
    open.push({ slot, producerId, epoch: reader.uvarint(), firstOffset: reader.uvarint() });
  }
  return open;
}

export async function readPage(items: MetaStore, ledger: LedgerRef, index: number): Promise<Page | undefined> {
  const key = pageKey(ledger, index);
  const item = await items.get(key);
  return item && parsePage(item, `${key.pk}/${key.sk}`);
}

/** Indexes of the pages that are there, lowest first, at most `limit`. Retention may have left some behind. */
export async function pageIndexes(items: MetaStore, ledger: LedgerRef, limit: number): Promise<number[]> {
  const found = await items.query(ledgerPk(ledger), { prefix: PAGE_PREFIX, limit });
  return found.items.map(({ sk }) => pageIndex(sk));
}

/** Per slot: the offset behind the page's last record. */
export function pageEnds(page: Page): number[] {
  const spans = spansOf(page.commits, page.bases.length);
  return page.bases.map((base, slot) => base + spans[slot]!);
}

/** Per slot: bytes that stand in the page. */
export function pageBytes(page: Page): number[] {
  const bytes = new Array<number>(page.bases.length).fill(0);
  for (const commit of page.commits) for (const run of commit.runs) bytes[run.slot]! += run.lengthBytes;
  return bytes;
}

/** Bytes that stand in the page, of all slots. */
export function pageBytesTotal(page: Page): number {
  return pageBytes(page).reduce((sum, one) => sum + one, 0);
}

/** The largest timestamps of the commits, per slot. */
export function maximaOf(commits: readonly Commit[], slots: number): number[] {
  const maxima = new Array<number>(slots).fill(NO_TIMESTAMP);
  for (const commit of commits) {
    for (const run of commit.runs) maxima[run.slot] = Math.max(maxima[run.slot]!, run.maxTimestampMs);
  }
  return maxima;
}
