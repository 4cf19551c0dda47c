import type { MetaStore } from '../../store/index.ts';
import { type Head, headKey, parseHead } from '../head.ts';
import type { Commit, LedgerRef } from '../model.ts';
import { ledgerPk, type Page, parsePage } from '../page.ts';

/**
 * All pages of a ledger as they are now, some hundred per request. Read the head before them: what moves from the tail
 * into a page meanwhile is then seen in one of the two.
 */
export async function* walkPages(items: MetaStore, ledger: LedgerRef): AsyncGenerator<{ index: number; page: Page }> {
  const pk = ledgerPk(ledger);
  for (let after: string | undefined; ; ) {
    const found = await items.query(pk, { prefix: 'page/', ...(after !== undefined && { after }) });
    for (const { sk, item } of found.items) {
      yield { index: Number(sk.slice('page/'.length)), page: parsePage(item, `${pk}/${sk}`) };
    }
    if (found.next === undefined) return;
    after = found.next;
  }
}

/** Calls `visit` with every commit of a ledger, as it is now; some may come twice. A ledger that is gone has none. */
export async function eachCommit(
  items: MetaStore,
  ledger: LedgerRef,
  visit: (commit: Commit) => void,
): Promise<Head | undefined> {
  const item = await items.get(headKey(ledger));
  if (!item) return undefined;
  const head = parseHead(item);
  for (const commit of head.tail) visit(commit);
  for await (const { page } of walkPages(items, ledger)) for (const commit of page.commits) visit(commit);
  return head;
}
