import { createHash } from 'node:crypto';
import {
  BatchBuilder,
  baseOffset,
  batchHeader,
  forEachRecord,
  type RecordView,
  stampLogAppendTime,
} from '../../record/index.ts';
import type { Head } from '../head.ts';
import { advancePages } from '../head-writes.ts';
import { type LedgerRef, NO_TIMESTAMP } from '../model.ts';
import { type Page, pageBytesTotal, pageEnds } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { type AbortedTransaction, abortedBetween, isVoid } from '../transactions/aborted.ts';
import { stableOffset } from '../transactions/open.ts';
import type { Pace } from './pace.ts';
import { PageRewriter, readPageBytes, type SlotBytes } from './rewrite.ts';

/** What a compacted topic asks for. */
export interface Cleaning {
  deleteRetentionMs: number;
  minCompactionLagMs: number;
  minDirtyRatio: number;
}

/** Keys remembered in one pass: with their offsets some 100 bytes each. More keys take more passes. */
const KEYS_MAX = 1_000_000;
/** Longer keys are remembered by their digest. */
const KEY_BYTES_KEPT = 32;

/** Per slot: the latest offset of each key in the pages looked at. */
type Latest = Map<number, Map<string, number>>;

/**
 * Keyed compaction of one ledger: of each key the latest record stays, at its offset, and what it superseded goes. A
 * tombstone (a key with null) goes too, `deleteRetentionMs` after nothing before it has its key any more, so that every
 * reader that saw the old value has seen the tombstone. What aborted transactions wrote counts for nothing and goes; their
 * markers stay. The tail is never touched, nor what stands behind the last stable offset. Returns the pages rewritten.
 *
 * Reads all pages of the ledger, so it waits until a share of them is new: `minDirtyRatio`.
 */
export async function clean(
  parts: LogParts,
  ledger: LedgerRef,
  width: number,
  cleaning: Cleaning,
  pace: Pace,
): Promise<number> {
  const nowMs = parts.clock.nowMs();
  const head = await parts.heads.fresh(ledger);
  const pages: Page[] = [];
  for (let index = head.firstPage; index < head.pages; index++) {
    const page = await parts.pages.get(ledger, index);
    if (page.newestAppendMs > nowMs - cleaning.minCompactionLagMs || !isStable(head, page)) break;
    pages.push(page);
  }
  const dirtyFrom = Math.min(pages.length, Math.max(0, head.cleanedPages - head.firstPage));
  const tombstonesBeforeMs = nowMs - cleaning.deleteRetentionMs;
  const tombstonesDue = pages.some((page) => isDue(page, tombstonesBeforeMs));
  const dirtyEnough = dirtyFrom < pages.length && dirtyShare(pages, dirtyFrom) >= cleaning.minDirtyRatio;
  if (!dirtyEnough && !tombstonesDue) return 0;

  const voids = await findVoids(parts, ledger, head, pages);
  // Where only tombstones are due, what is new stays untouched, and counts as new.
  const { latest, until } = await findLatest(
    parts,
    dirtyEnough ? pages : pages.slice(0, dirtyFrom),
    dirtyFrom,
    voids,
    pace,
  );
  const rewriter = new PageRewriter(parts, ledger, width);
  let rewritten = 0;
  for (let i = 0; i < until; i++) {
    const page = pages[i]!;
    const slots = await readPageBytes(parts.objects, page, pace);
    const swept = await pace(async () => sweepPage(slots, { latest, voids }, isDue(page, tombstonesBeforeMs)));
    const since = swept.tombstones ? page.tombstonesSinceMs || nowMs : 0;
    if (swept.removed === 0 && since === page.tombstonesSinceMs) continue;
    rewriter.add(head.firstPage + i, page, slots, since);
    if (rewriter.bytes < parts.settings.mergeBytes) continue;
    const flushed = await pace(() => rewriter.flush());
    rewritten += flushed.replaced;
    if (!flushed.complete) return rewritten;
  }
  const flushed = await pace(() => rewriter.flush());
  rewritten += flushed.replaced;
  if (flushed.complete) await advancePages(parts.items, ledger, 'c', head.firstPage + until);
  parts.heads.drop(ledger);
  return rewritten;
}

/** Whether no transaction may still change what stands in the page. */
function isStable(head: Head, page: Page): boolean {
  return pageEnds(page).every((end, slot) => end <= stableOffset(head, slot));
}

/** Per slot: the aborted transactions that have something in the pages. */
type Voids = ReadonlyMap<number, readonly AbortedTransaction[]>;

async function findVoids(parts: LogParts, ledger: LedgerRef, head: Head, pages: readonly Page[]): Promise<Voids> {
  const voids = new Map<number, readonly AbortedTransaction[]>();
  const [first, last] = [pages[0], pages.at(-1)];
  if (!first || !last) return voids;
  for (const [slot, until] of pageEnds(last).entries()) {
    const from = first.bases[slot] ?? 0;
    const found = await abortedBetween(parts.pages, head, { ledger, slot }, { from, until }, new Map());
    if (found.length > 0) voids.set(slot, found);
  }
  return voids;
}

function isDue(page: Page, tombstonesBeforeMs: number): boolean {
  return page.tombstonesSinceMs > 0 && page.tombstonesSinceMs <= tombstonesBeforeMs;
}

function dirtyShare(pages: readonly Page[], dirtyFrom: number): number {
  let [cleaned, dirty] = [0, 0];
  for (const [i, page] of pages.entries()) {
    if (i < dirtyFrom) cleaned += pageBytesTotal(page);
    else dirty += pageBytesTotal(page);
  }
  return dirty === 0 ? 0 : dirty / (cleaned + dirty);
}

/** The latest offset of each key in the pages from `from` on, and the page before which all are known. */
async function findLatest(
  parts: LogParts,
  pages: readonly Page[],
  from: number,
  voids: Voids,
  pace: Pace,
): Promise<{ latest: Latest; until: number }> {
  const latest: Latest = new Map();
  let keys = 0;
  let until = from;
  for (; until < pages.length && (keys < KEYS_MAX || until === from); until++) {
    const slots = await readPageBytes(parts.objects, pages[until]!, pace);
    await pace(async () => {
      for (const slot of slots) {
        const known = latest.get(slot.slot) ?? new Map<string, number>();
        latest.set(slot.slot, known);
        const before = known.size;
        eachRecord(slot, voids, (record) => known.set(keyName(record), record.offset));
        keys += known.size - before;
      }
    });
  }
  return { latest, until };
}

function eachRecord(slot: SlotBytes, voids: Voids, visit: (record: RecordView) => void): void {
  const aborted = voids.get(slot.slot) ?? [];
  for (const part of slot.parts) {
    for (let at = 0; at < part.length; at += batchHeader(part, at).lengthBytes) {
      if (isVoid(part, at, aborted)) continue;
      forEachRecord(part, { at }, (record) => {
        if (record.keyBytes >= 0) visit(record);
        return undefined;
      });
    }
  }
}

function keyName(record: RecordView): string {
  const key = record.key!;
  if (key.length <= KEY_BYTES_KEPT) return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
  return createHash('sha256').update(key).digest('base64');
}

/** Removes from a page's batches what is superseded, and tombstones where they are due. */
function sweepPage(
  slots: SlotBytes[],
  { latest, voids }: { latest: Latest; voids: Voids },
  dropTombstones: boolean,
): { removed: number; tombstones: boolean } {
  let removed = 0;
  let tombstones = false;
  for (const slot of slots) {
    const known = latest.get(slot.slot);
    const aborted = voids.get(slot.slot) ?? [];
    const stays = (record: RecordView): boolean => {
      if (record.keyBytes < 0) return true;
      const newest = known?.get(keyName(record)) ?? -1;
      if (record.offset < newest) return false;
      if (record.valueBytes >= 0) return true;
      if (dropTombstones) return false;
      tombstones = true;
      return true;
    };
    const before = slot.parts;
    slot.parts = [];
    slot.maxTimestampMs = NO_TIMESTAMP;
    for (const part of before) {
      for (let at = 0; at < part.length; ) {
        const header = batchHeader(part, at);
        const batch = part.subarray(at, at + header.lengthBytes);
        const nothing = { batch: undefined, removed: header.recordCount };
        const clean = () => (isVoid(part, at, aborted) ? nothing : sweepBatch(batch, stays));
        const swept = header.control ? { batch, removed: 0 } : clean();
        removed += swept.removed;
        if (swept.batch) {
          slot.parts.push(swept.batch);
          slot.maxTimestampMs = Math.max(slot.maxTimestampMs, batchHeader(swept.batch).maxTimestampMs);
        }
        at += header.lengthBytes;
      }
    }
  }
  return { removed, tombstones };
}

/** A batch without the records that do not stay, at its offsets; none where no record is left. */
function sweepBatch(
  batch: Uint8Array,
  stays: (record: RecordView) => boolean,
): { batch: Uint8Array | undefined; removed: number } {
  const { recordCount, offsetSpan, codec, ...header } = batchHeader(batch);
  const { producerId, producerEpoch, baseSequence, transactional } = header;
  const options = { codec, producerId, producerEpoch, baseSequence, transactional, baseOffset: baseOffset(batch) };
  const builder = new BatchBuilder(options);
  forEachRecord(batch, {}, (record) => {
    if (stays(record)) builder.copy(record.offsetDelta, record);
    return undefined;
  });
  const removed = recordCount - builder.recordCount;
  if (removed === 0) return { batch, removed };
  if (builder.recordCount === 0) return { batch: undefined, removed };
  const swept = builder.build(offsetSpan - 1);
  if (header.timestampType === 'LogAppendTime') stampLogAppendTime(swept, 0, header.maxTimestampMs);
  return { batch: swept, removed };
}
