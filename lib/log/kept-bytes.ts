import type { Head } from './head.ts';
import type { LedgerRef } from './model.ts';
import { pageBytes } from './page.ts';
import type { Pages } from './pages.ts';

/**
 * Bytes that the ledger's pages and its tail name, per slot: what retention by size counts, and what sizes are told by.
 * Two pages tell what lies between them; of those that keyed compaction has cleaned each is read, as it took some.
 */
export async function keptBytes(pages: Pages, ledger: LedgerRef, head: Head): Promise<number[]> {
  const kept = new Array<number>(head.nextOffsets.length).fill(0);
  for (const commit of head.tail) for (const run of commit.runs) kept[run.slot]! += run.lengthBytes;
  const cleaned = Math.min(head.pages, Math.max(head.firstPage, head.cleanedPages));
  for (let index = head.firstPage; index < cleaned; index++) {
    addTo(kept, pageBytes(await pages.get(ledger, index)), 1);
  }
  if (cleaned === head.pages) return kept;
  const last = await pages.get(ledger, head.pages - 1);
  addTo(kept, pageBytes(last), 1);
  addTo(kept, last.bytesBefore, 1);
  addTo(kept, (await pages.get(ledger, cleaned)).bytesBefore, -1);
  return kept;
}

function addTo(sums: number[], bytes: readonly number[], sign: 1 | -1): void {
  for (const [slot, one] of bytes.entries()) sums[slot]! += sign * one;
}
