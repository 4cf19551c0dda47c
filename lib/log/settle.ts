import type { MetaStore } from '../store/index.ts';
import { type Head, tailBases } from './head.ts';
import { raiseMark } from './head-writes.ts';
import { type Commit, type LedgerRef, LogError, ledgerName } from './model.ts';
import type { Pages } from './pages.ts';

/**
 * Finds out what became of a commit whose answer was lost. Reading alone cannot tell, since the write may still be on its
 * way: so the collection mark is raised over the object first, after which a late write fails; then the ledger is searched.
 *
 * @param pagesBefore how many pages the ledger had at least before the commit was sent: 0 where nothing is known of it
 * @returns per slot the offsets before the commit, where it took effect; undefined where it did not, and never will.
 * @throws LogError `append_unknown` where a page that may have held the commit was rewritten, or let go of, meanwhile
 */
export async function settleCommit(
  store: { items: MetaStore; pages: Pages },
  ledger: LedgerRef,
  objectId: string,
  objectTimeMs: number,
  pagesBefore: number,
): Promise<{ nextOffsets: number[]; logStarts: number[]; head: Head } | undefined> {
  const head = await raiseMark(store.items, ledger, objectTimeMs);
  if (!head) return undefined;
  const found = (nextOffsets: number[] | undefined) => nextOffsets && { nextOffsets, logStarts: head.logStarts, head };
  const inTail = offsetsBefore(head.tail, tailBases(head), objectId);
  if (inTail) return found(inTail);
  // It was sent after the ledger had `pagesBefore` pages, so it stands in none of those. A later one that is gone may have held it.
  let inDoubt = pagesBefore < head.firstPage;
  for (let index = head.pages - 1; index >= Math.max(head.firstPage, pagesBefore); index--) {
    const page = await store.pages.find(ledger, index);
    const inPage = page && offsetsBefore(page.commits, page.bases, objectId);
    if (inPage) return found(inPage);
    // A page that was rewritten names another object. It can have held the commit only if it is as young as its object.
    if (!page || (page.version > 0 && page.newestAppendMs >= objectTimeMs)) inDoubt = true;
  }
  if (!inDoubt) return undefined;
  throw new LogError(
    'append_unknown',
    `Ledger ${ledgerName(ledger)} was compacted before it could be asked for object ${objectId}: the events may or may not be stored.`,
  );
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
