import type { Head } from '../head.ts';
import { advanceStart } from '../head-writes.ts';
import { keptBytes } from '../kept-bytes.ts';
import type { LedgerRef } from '../model.ts';
import { type Page, pageBytes, pageEnds, pageIndexes, pageKey } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { PRODUCER_EXPIRY_MS } from '../producers/table.ts';
import { rollTail } from '../roll.ts';

/** What a topic keeps. -1: everything. */
export interface Retention {
  /** Counted from the append, by the writer's clock, not from the events' own timestamps. */
  retentionMs: number;
  /** Per partition; what lies in the newest page and the tail is always kept. */
  retentionBytes: number;
}

/** Pages removed in one go. */
const PAGES_AT_ONCE = 1_000;

/**
 * Lets go of what a ledger need not keep: moves log starts over whole pages, then deletes pages that no partition needs.
 * Returns the number of pages removed. May run anywhere, any number of times.
 */
export async function retain(parts: LogParts, ledger: LedgerRef, retention: Retention): Promise<number> {
  const expiredMs = retention.retentionMs < 0 ? Number.NEGATIVE_INFINITY : parts.clock.nowMs() - retention.retentionMs;
  let head = await parts.heads.fresh(ledger);
  const newest = Math.max(...head.tail.map((commit) => commit.appendTimeMs));
  // An idle ledger would keep its tail for ever: pages are what retention takes.
  if (head.tail.length > 0 && newest < expiredMs) head = await rollTail(parts, ledger, head);
  const { starts, firstPage } = await startsAfter(parts, ledger, head, expiredMs, retention.retentionBytes);
  const gone = { first: firstPage, versionsGone: await versionsBefore(parts, ledger, head, firstPage) };
  if (!(await advanceStart(parts.items, ledger, head, starts, gone))) return 0;
  parts.heads.drop(ledger);
  return removePages(parts, ledger, firstPage);
}

/** What the versions of the pages before `firstPage` add up to: as they are since the head was read, if it does not change. */
async function versionsBefore(parts: LogParts, ledger: LedgerRef, head: Head, firstPage: number): Promise<number> {
  if (!head.rewrites) return 0;
  let versions = 0;
  for (let index = head.firstPage; index < firstPage; index++) {
    versions += (await parts.pages.fresh(ledger, index))?.version ?? 0;
  }
  return versions;
}

/** Where each partition starts once what is expired or too much is gone, and the first page that is then needed. */
async function startsAfter(
  parts: LogParts,
  ledger: LedgerRef,
  head: Head,
  expiredMs: number,
  retentionBytes: number,
): Promise<{ starts: number[]; firstPage: number }> {
  const starts = [...head.logStarts];
  const left = await keptBytes(parts.pages, ledger, head);
  let firstPage = head.firstPage;
  for (let index = head.firstPage; index < head.pages; index++) {
    const page = await parts.pages.get(ledger, index);
    const own = pageBytes(page);
    const ends = pageEnds(page);
    let anyDue = false;
    ends.forEach((end, slot) => {
      left[slot]! -= own[slot]!;
      const due = page.newestAppendMs < expiredMs || (retentionBytes >= 0 && left[slot]! >= retentionBytes);
      if (!due) return;
      anyDue = true;
      if (end > starts[slot]! && page.bases[slot]! <= starts[slot]!) starts[slot] = end;
    });
    const passed = ends.every((end, slot) => end <= starts[slot]!);
    if (passed && firstPage === index && !(index === head.pages - 1 && tellsOfProducers(parts, page)))
      firstPage = index + 1;
    else if (!anyDue) break;
  }
  return { starts, firstPage };
}

/** The newest page is all that is known of idempotent producers: it stays until they are forgotten. */
function tellsOfProducers({ clock }: LogParts, page: Page): boolean {
  return page.producers !== undefined && page.newestAppendMs >= clock.nowMs() - PRODUCER_EXPIRY_MS;
}

/** Deletes the pages before `firstPage`, among them those that an earlier run, cut short, has left. */
async function removePages(parts: LogParts, ledger: LedgerRef, firstPage: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const old = (await pageIndexes(parts.items, ledger, PAGES_AT_ONCE)).filter((index) => index < firstPage);
    if (old.length === 0) return removed;
    await Promise.all(old.map((index) => parts.items.write({ write: 'delete', key: pageKey(ledger, index) })));
    for (const index of old) parts.pages.drop(ledger, index);
    removed += old.length;
  }
}
