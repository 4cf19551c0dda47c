import { Lease } from '../bytes/index.ts';
import { batchHeader, batchLength, readRecords } from '../record/index.ts';
import type { Chunk } from './chunks.ts';
import type { Footers } from './footers.ts';
import { type Head, tailBases } from './head.ts';
import { requireIntact } from './intact.ts';
import type { ChunkLoader } from './loader.ts';
import { chunksOfRun } from './locate.ts';
import { type Commit, type LedgerRef, NO_TIMESTAMP, type PartitionRef } from './model.ts';
import type { Pages } from './pages.ts';

/** A record found by its time. */
export interface TimedOffset {
  offset: number;
  timestampMs: number;
}

/**
 * The first record, in offset order and from the log start on, whose timestamp is `timestampMs` or later: Kafka's
 * ListOffsets by timestamp. Timestamps need not rise. O(log n) pages, one chunk, one batch decompressed.
 */
export async function findTime(
  store: { pages: Pages; footers: Footers; loader: ChunkLoader },
  head: Head,
  ref: { ledger: LedgerRef; partition: PartitionRef; slot: number },
  timestampMs: number,
): Promise<TimedOffset | undefined> {
  const start = head.logStarts[ref.slot]!;
  let from = head.firstPage;
  for (;;) {
    const index = await firstPageFrom(store.pages, head, ref, from, timestampMs);
    if (index === undefined) break;
    const page = await store.pages.get(ref.ledger, index);
    const found = await findInCommits(store, page.commits, ref, page.bases[ref.slot] ?? 0, start, timestampMs);
    if (found) return found;
    // Its maximum was that of a record before the log start, or of one that keyed compaction has removed.
    from = index + 1;
  }
  return findInCommits(store, head.tail, ref, tailBases(head)[ref.slot]!, start, timestampMs);
}

/**
 * The first of the records that have the latest timestamp, from the log start on. Where a later one was before the log
 * start, or was removed by keyed compaction, the pages' maxima mislead: then all that is readable is looked at.
 */
export async function findLatestTime(
  store: { pages: Pages; footers: Footers; loader: ChunkLoader },
  head: Head,
  ref: { ledger: LedgerRef; partition: PartitionRef; slot: number },
): Promise<TimedOffset | undefined> {
  let latest: TimedOffset | undefined;
  let atLeastMs = await latestTimeSaid(store.pages, head, ref);
  if (atLeastMs === NO_TIMESTAMP) return undefined;
  const first = await findTime(store, head, ref, atLeastMs);
  if (first) return first;
  for (atLeastMs = 0; ; atLeastMs = latest.timestampMs + 1) {
    const found = await findTime(store, head, ref, atLeastMs);
    if (!found) return latest;
    latest = found;
  }
}

/** The largest of the maxima that pages and the head's tail name, readable or not. */
async function latestTimeSaid(pages: Pages, head: Head, ref: { ledger: LedgerRef; slot: number }): Promise<number> {
  let latestMs = NO_TIMESTAMP;
  for (const { runs } of head.tail) {
    for (const run of runs) if (run.slot === ref.slot) latestMs = Math.max(latestMs, run.maxTimestampMs);
  }
  for (let at = head.firstPage; at < head.pages; ) {
    const level = highestLevel(at, head.pages);
    const last = await pages.get(ref.ledger, at + 2 ** level - 1);
    latestMs = Math.max(latestMs, last.maxima[level]?.[ref.slot] ?? NO_TIMESTAMP);
    at += 2 ** level;
  }
  return latestMs;
}

/**
 * The first page from `from` on with a timestamp of at least `timestampMs`: it leaps over blocks of 2^k pages, whose maxima
 * stand in their last pages, and goes into the first block that has one.
 */
async function firstPageFrom(
  pages: Pages,
  head: Head,
  ref: { ledger: LedgerRef; slot: number },
  from: number,
  timestampMs: number,
): Promise<number | undefined> {
  let at = from;
  let level = highestLevel(at, head.pages);
  while (at < head.pages) {
    const last = await pages.get(ref.ledger, at + 2 ** level - 1);
    const max = last.maxima[level]?.[ref.slot] ?? NO_TIMESTAMP;
    if (max < timestampMs) {
      at += 2 ** level;
      level = highestLevel(at, head.pages);
    } else if (level === 0) return at;
    else level--;
  }
  return undefined;
}

/** The largest block of 2^level pages that begins at `at`, is aligned, and ends before `end`. */
function highestLevel(at: number, end: number): number {
  let level = 0;
  while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level++;
  return level;
}

async function findInCommits(
  store: { footers: Footers; loader: ChunkLoader },
  commits: readonly Commit[],
  ref: { partition: PartitionRef; slot: number },
  base: number,
  start: number,
  timestampMs: number,
): Promise<TimedOffset | undefined> {
  let offset = base;
  for (const commit of commits) {
    for (const run of commit.runs) {
      if (run.slot !== ref.slot) continue;
      const first = offset;
      offset += run.span;
      if (run.maxTimestampMs < timestampMs || offset <= start) continue;
      for (const chunk of await chunksOfRun(store.footers, commit, run, ref.partition, first)) {
        if (chunk.endOffset <= start) continue;
        const found = await findInChunk(store.loader, chunk, start, timestampMs);
        if (found) return found;
      }
    }
  }
  return undefined;
}

async function findInChunk(
  loader: ChunkLoader,
  chunk: Chunk,
  start: number,
  timestampMs: number,
): Promise<TimedOffset | undefined> {
  const lease = new Lease();
  try {
    const [loading] = loader.load([{ chunk, hot: false }], lease);
    for (const part of await loading!) {
      const found = findInBatches(part, start, timestampMs);
      if (found) return found;
    }
    return undefined;
  } finally {
    lease.release();
  }
}

function findInBatches(bytes: Uint8Array, start: number, timestampMs: number): TimedOffset | undefined {
  for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
    if (batchHeader(bytes, at).maxTimestampMs < timestampMs) continue;
    requireIntact(bytes, at);
    for (const record of readRecords(bytes, { at })) {
      if (record.timestampMs >= timestampMs && record.offset >= start) {
        return { offset: record.offset, timestampMs: record.timestampMs };
      }
    }
  }
  return undefined;
}
