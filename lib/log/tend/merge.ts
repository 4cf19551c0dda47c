import { RecordError } from '../../record/index.ts';
import { advancePages } from '../head-writes.ts';
import { TAIL_AGE_MS_MAX } from '../limits.ts';
import { type LedgerRef, LogError } from '../model.ts';
import { type Page, pageBytesTotal } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { copyPages } from '../rebuild/copies.ts';
import { rollTail } from '../roll.ts';
import type { Pace } from './pace.ts';
import { PageRewriter, readPageBytes, type SlotBytes } from './rewrite.ts';

/** Pages whose objects are this large on average gain nothing from being written again. */
const LARGE_BYTES = 4 << 20;

/**
 * Writes the small objects of a ledger's older pages into large ones: byte for byte the same batches, partition by
 * partition. Each page is merged once, when enough has gathered or it is old enough; what is appended meanwhile waits for
 * the next round, so that one ledger under load does not keep the others from theirs. Returns the pages merged.
 */
export async function merge(parts: LogParts, ledger: LedgerRef, width: number, pace: Pace): Promise<number> {
  const { mergeBytes, mergeAgeMs } = parts.settings;
  let merged = 0;
  let head = await parts.heads.fresh(ledger);
  const oldestMs = head.tail[0]?.appendTimeMs ?? Number.POSITIVE_INFINITY;
  if (oldestMs < parts.clock.nowMs() - Math.max(mergeAgeMs, TAIL_AGE_MS_MAX))
    head = await rollTail(parts, ledger, head);
  const until = head.pages;
  for (;;) {
    const first = Math.max(head.mergedPages, head.firstPage);
    const pages: { index: number; page: Page }[] = [];
    let bytes = 0;
    for (let index = first; index < until && bytes < mergeBytes; index++) {
      const page = await parts.pages.get(ledger, index);
      pages.push({ index, page });
      bytes += pageBytesTotal(page);
    }
    const oldest = pages[0]?.page.newestAppendMs ?? Number.POSITIVE_INFINITY;
    if (bytes < mergeBytes && oldest > parts.clock.nowMs() - mergeAgeMs) return merged;
    if (pages.length === 0) return merged;
    const rewriter = new PageRewriter(parts, ledger, width);
    for (const { index, page } of pages) {
      if (page.commits.length > 1 && pageBytesTotal(page) / page.commits.length < LARGE_BYTES) {
        const slots = await soundBytes(parts, page, pace);
        if (slots) rewriter.add(index, page, slots);
      }
    }
    // What a merged object tells of its own pages, for a rebuild, has to be kept of the others too.
    const left = pages.filter(({ page }) => !rewriter.has(page) && page.commits.some(({ absolute }) => !absolute));
    await copyPages(parts, ledger, left);
    const flushed = await pace(() => rewriter.flush());
    merged += flushed.replaced;
    if (!flushed.complete) return merged;
    await advancePages(parts.items, ledger, 'm', first + pages.length);
    head = await parts.heads.fresh(ledger);
  }
}

/** What a page names; undefined where it is damaged: then it stays as it is, for who may repair it. */
async function soundBytes(parts: LogParts, page: Page, pace: Pace): Promise<SlotBytes[] | undefined> {
  try {
    return await readPageBytes(parts.objects, page, pace);
  } catch (error) {
    if (error instanceof RecordError || (error instanceof LogError && error.code === 'log_corrupt')) return undefined;
    throw error;
  }
}
