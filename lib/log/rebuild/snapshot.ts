import type { KeyedItem } from '../../store/index.ts';
import { type Head, headItem, headKey, ledgerMissing } from '../head.ts';
import { raiseMark } from '../head-writes.ts';
import { type LedgerRef, LogError, ledgersOf, type TopicLayout } from '../model.ts';
import { pageItem, pageKey } from '../page.ts';
import type { LogParts } from '../parts.ts';

/** Ledgers looked at at once. Their pages come from the cache that tending has just filled. */
const LEDGERS_AT_ONCE = 16;

/**
 * What cannot be read off merged objects: heads, and the pages that merging has not come to. A rebuild gives all events
 * that were committed by then their offsets back.
 *
 * An object that is older than a head's mark and not named here is not to be taken for new, so the mark follows the log:
 * it is raised to `staleObjectMs` ago while there are younger commits, which costs one write in that time.
 */
export async function snapshotLedgers(parts: LogParts, topics: readonly TopicLayout[]): Promise<KeyedItem[]> {
  const ledgers = topics.flatMap(ledgersOf).map(({ ledger }) => ledger);
  const items: KeyedItem[] = [];
  for (let from = 0; from < ledgers.length; from += LEDGERS_AT_ONCE) {
    const some = ledgers.slice(from, from + LEDGERS_AT_ONCE);
    const found = await Promise.all(some.map((ledger) => snapshotLedger(parts, ledger)));
    items.push(...found.flat());
  }
  return items;
}

async function snapshotLedger(parts: LogParts, ledger: LedgerRef): Promise<KeyedItem[]> {
  try {
    const head = await markedHead(parts, ledger);
    const items: KeyedItem[] = [{ key: headKey(ledger), item: headItem(head) }];
    for (let index = Math.max(head.mergedPages, head.firstPage); index < head.pages; index++) {
      const page = await parts.pages.find(ledger, index);
      if (page) items.push({ key: pageKey(ledger, index), item: pageItem(page) }); // else retention has removed it since
    }
    return items;
  } catch (error) {
    // A topic that is being deleted has nothing to keep.
    if (error instanceof LogError && error.code === 'ledger_missing') return [];
    throw error;
  }
}

/** The head as it was at one moment, its mark not far behind its commits: what is older than the mark is all in there. */
async function markedHead(parts: LogParts, ledger: LedgerRef): Promise<Head> {
  const { clock, settings, heads, pages, items } = parts;
  const head = await heads.fresh(ledger);
  const last = head.pages > head.firstPage ? await pages.find(ledger, head.pages - 1) : undefined;
  const newestMs = head.tail.at(-1)?.appendTimeMs ?? last?.newestAppendMs ?? 0;
  const staleMs = clock.nowMs() - settings.staleObjectMs;
  if (head.mark >= newestMs || head.mark >= staleMs - settings.staleObjectMs) return head;
  const marked = await raiseMark(items, ledger, staleMs);
  if (!marked) throw ledgerMissing(ledger);
  heads.set(ledger, marked);
  return marked;
}
