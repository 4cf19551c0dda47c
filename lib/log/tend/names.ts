import { eachItem, type MetaStore } from '../../store/index.ts';
import { headKey, parseHead } from '../head.ts';
import { type Commit, type LedgerRef, LogError } from '../model.ts';
import { ledgerPk, PAGE_PREFIX, type Page, pageIndex, parsePage } from '../page.ts';

/**
 * All pages of a ledger as they are now, some hundred per request. Read the head before them: what moves from the tail
 * into a page meanwhile is then seen in one of the two.
 */
export async function* walkPages(items: MetaStore, ledger: LedgerRef): AsyncGenerator<{ index: number; page: Page }> {
  const pk = ledgerPk(ledger);
  for await (const { sk, item } of eachItem(items, pk, PAGE_PREFIX)) {
    yield { index: pageIndex(sk), page: parsePage(item, `${pk}/${sk}`) };
  }
}

/**
 * Calls `visit` with every commit of a ledger, as it is now; some may come twice. A ledger that is gone has none.
 *
 * @returns what of it is there: where pages are missing or damaged, it may name more than was visited
 */
export async function eachCommit(
  items: MetaStore,
  ledger: LedgerRef,
  visit: (commit: Commit) => void,
): Promise<'all' | 'some' | 'nothing'> {
  const item = await items.get(headKey(ledger));
  if (!item) return 'nothing';
  const { tail, firstPage, pages } = parseHead(item);
  for (const commit of tail) visit(commit);
  let found = 0;
  try {
    for await (const { index, page } of walkPages(items, ledger)) {
      if (index >= firstPage && index < pages) found++;
      for (const commit of page.commits) visit(commit);
    }
  } catch (error) {
    if (error instanceof LogError && error.code === 'log_corrupt') return 'some';
    throw error;
  }
  return found === pages - firstPage ? 'all' : 'some';
}
