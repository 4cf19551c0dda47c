import type { MetaStore } from '../store/index.ts';
import { type Head, tailBases } from './head.ts';
import { trimTail } from './head-writes.ts';
import type { Heads } from './heads.ts';
import { type LedgerRef, LogError, ledgerName, NO_TIMESTAMP } from './model.ts';
import { maximaOf, type Page, pageBytes, pageItem, pageKey } from './page.ts';
import type { Pages } from './pages.ts';
import type { Producers } from './producers/producers.ts';
import { type PageSums, residue } from './sums.ts';

/** What rolling a tail takes. */
interface RollStore {
  items: MetaStore;
  heads: Heads;
  pages: Pages;
  producers: Producers;
}

/**
 * Moves the tail into a page: first the page is written, if absent, then the tail is trimmed by what the page holds. A
 * crash between the two leaves the same commits in both places: readers go by the head, which does not count that page
 * yet, and the next roll finds it and only trims. Any number may try at once.
 *
 * Costs two writes of about two units each, once per some twenty commits.
 */
export async function rollTail(store: RollStore, ledger: LedgerRef, head: Head): Promise<Head> {
  if (head.tail.length === 0) return head;
  const page = await pageOfTail(store, ledger, head);
  const key = pageKey(ledger, head.pages);
  const put = await store.items.write({ write: 'put', key, item: pageItem(page), when: { if: 'itemAbsent' } });
  let leaving = { count: head.tail.length, sums: page.sums };
  if (put.applied) store.pages.set(ledger, head.pages, page);
  else {
    const earlier = await store.pages.fresh(ledger, head.pages);
    if (!earlier || earlier.commits[0]?.object.id !== head.tail[0]!.object.id) {
      // Either somebody rolled meanwhile (our head is old, and trimming would fail anyway), or the page is foreign.
      const now = await store.heads.fresh(ledger);
      if (now.pages > head.pages) return now;
      throw new LogError(
        'log_corrupt',
        `Page ${head.pages} of ledger ${ledgerName(ledger)} is not what its tail holds.`,
      );
    }
    leaving = { count: earlier.commits.length, sums: earlier.sums };
  }
  const trimmed = await trimTail(store.items, ledger, head, leaving);
  if (!trimmed) return store.heads.fresh(ledger);
  store.heads.set(ledger, trimmed);
  return trimmed;
}

async function pageOfTail({ pages, producers }: RollStore, ledger: LedgerRef, head: Head): Promise<Page> {
  const slots = head.nextOffsets.length;
  const before = head.pages > head.firstPage ? await pages.get(ledger, head.pages - 1) : undefined;
  const bytes = before ? pageBytes(before) : [];
  const snapshot = await producers.snapshot(ledger, head, before);
  // A head is of one moment: what is open in it is so as of the tail's end.
  const open = head.open.partitions;
  return {
    version: 0,
    bases: tailBases(head),
    bytesBefore: Array.from({ length: slots }, (_, slot) => (before?.bytesBefore[slot] ?? 0) + (bytes[slot] ?? 0)),
    newestAppendMs: Math.max(...head.tail.map((commit) => commit.appendTimeMs)),
    tombstonesSinceMs: 0,
    maxima: await levels(pages, ledger, head, maximaOf(head.tail, slots)),
    commits: head.tail,
    sums: tailSums(head),
    ...(snapshot && { producers: snapshot }),
    ...(open.length > 0 && { open }),
  };
}

/** What a page of the whole tail takes along. */
export function tailSums({ tail, sums, order }: Head): PageSums {
  return { bySlot: sums.map(residue), complete: tail.every(({ counted }) => counted), order };
}

/** The largest timestamps of the 1, 2, 4, … pages that end with the new one, as far as its number is divisible. */
async function levels(pages: Pages, ledger: LedgerRef, head: Head, own: number[]): Promise<number[][]> {
  const found = [own];
  const number = head.pages + 1;
  for (let level = 1; number % 2 ** level === 0; level++) {
    const half = head.pages - 2 ** (level - 1);
    // A block that reaches before the first page kept is never asked for, so its maximum need not be complete.
    const other = half >= head.firstPage ? (await pages.get(ledger, half)).maxima[level - 1] : undefined;
    found.push(found[level - 1]!.map((max, slot) => Math.max(max, other?.[slot] ?? NO_TIMESTAMP)));
  }
  return found;
}
