import type { MetaStore } from '../store/index.ts';
import { type Head, raiseMark, tailBases } from './head.ts';
import type { Commit, LedgerRef } from './model.ts';
import type { Pages } from './pages.ts';

/**
 * Finds out what became of a commit whose answer was lost. Reading alone cannot tell, since the write may still be on its
 * way: so the collection mark is raised over the object first, after which a late write fails; then the ledger is searched.
 *
 * @returns per slot the offsets before the commit, where it took effect; undefined where it did not, and never will.
 */
export async function settleCommit(
  store: { items: MetaStore; pages: Pages },
  ledger: LedgerRef,
  objectId: string,
  objectTimeMs: number,
  pagesBefore: number | undefined,
): Promise<{ nextOffsets: number[]; logStarts: number[]; head: Head } | undefined> {
  const head = await raiseMark(store.items, ledger, objectTimeMs);
  if (!head) return undefined;
  const found = (nextOffsets: number[] | undefined) => nextOffsets && { nextOffsets, logStarts: head.logStarts, head };
  const inTail = offsetsBefore(head.tail, tailBases(head), objectId);
  if (inTail) return found(inTail);
  // It was sent after the ledger had `pagesBefore` pages, so it stands in none of those.
  for (let index = head.pages - 1; index >= Math.max(head.firstPage, pagesBefore ?? 0); index--) {
    const page = await store.pages.get(ledger, index);
    const inPage = offsetsBefore(page.commits, page.bases, objectId);
    if (inPage) return found(inPage);
  }
  return undefined;
}

/** Per slot, the offset that stood before the commit of this object; undefined where no commit names it. */
function offsetsBefore(commits: readonly Commit[], bases: readonly number[], objectId: string): number[] | undefined {
  const offsets = [...bases];
  for (const commit of commits) {
    if (commit.object.id === objectId) return offsets;
    for (const run of commit.runs) offsets[run.slot]! += run.span;
  }
  return undefined;
}
