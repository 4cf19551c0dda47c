import { newUlid, parseUlid, ulidText } from '../../bytes/index.ts';
import { decodeItems, eachObject, encodeItems, type KeyedItem, type ObjectStore } from '../../store/index.ts';
import { headKey, parseHead } from '../head.ts';
import type { NumberedPage } from '../lineage.ts';
import { type LedgerRef, ledgerName } from '../model.ts';
import { ledgerPk, pageIndex, pageItem, pageKey, parsePage } from '../page.ts';
import type { LogParts } from '../parts.ts';

/*
 * Copies of pages in the object store. Merging leaves a page as it is where its objects are large already: no merged object
 * then tells its offsets, so the page itself is copied, once. Keys: catalog/pages/<topic id>/<ledger>/<first page>-<last>-<ULID>.
 */
const COPIES_PREFIX = 'catalog/pages/';
const COPY = /^catalog\/pages\/([0-9A-Z]{26})\/(\d+)\/(\d+)-(\d+)-[0-9A-Z]{26}$/;

interface CopyKey {
  readonly ledger: LedgerRef;
  readonly last: number;
}

function parseCopyKey(key: string): CopyKey | undefined {
  const [, topicId, ledger, , last] = COPY.exec(key) ?? [];
  if (topicId === undefined || !parseUlid(topicId)) return undefined;
  return { ledger: { topicId, index: Number(ledger) }, last: Number(last) };
}

/** Keeps copies of pages that merging leaves as they are. Costs one put for all of them. */
export async function copyPages(parts: LogParts, ledger: LedgerRef, pages: readonly NumberedPage[]): Promise<void> {
  if (pages.length === 0) return;
  const id = ulidText(newUlid(parts.clock.nowMs(), parts.random));
  const key = `${COPIES_PREFIX}${ledgerName(ledger)}/${pages[0]!.index}-${pages.at(-1)!.index}-${id}`;
  const items = pages.map(({ index, page }) => ({ key: pageKey(ledger, index), item: pageItem(page) }));
  await parts.objects.put(key, [await encodeItems(items)]);
}

/** Deletes copies of pages that retention has let go of, or whose ledger is gone. Returns how many. */
export async function removeOldCopies({ objects, items }: LogParts): Promise<number> {
  const old: string[] = [];
  const firstPages = new Map<string, number>();
  for await (const { key } of eachObject(objects, COPIES_PREFIX)) {
    const copy = parseCopyKey(key);
    if (!copy) continue;
    const name = ledgerName(copy.ledger);
    if (!firstPages.has(name)) {
      const head = await items.get(headKey(copy.ledger));
      firstPages.set(name, head ? parseHead(head).firstPage : Number.POSITIVE_INFINITY);
    }
    if (copy.last < firstPages.get(name)!) old.push(key);
  }
  await objects.delete(old);
  return old.length;
}

/** All copies, by ledger. Such as cannot be read are told to `unreadable`. */
export async function readCopies(
  objects: ObjectStore,
  unreadable: (key: string, error: unknown) => void,
): Promise<Map<string, NumberedPage[]>> {
  const found = new Map<string, NumberedPage[]>();
  for await (const { key } of eachObject(objects, COPIES_PREFIX)) {
    const copy = parseCopyKey(key);
    if (!copy) continue;
    try {
      const items = await decodeItems(await objects.get(key), key);
      const name = ledgerName(copy.ledger);
      found.set(name, [...(found.get(name) ?? []), ...pagesAmong(items, copy.ledger)]);
    } catch (error) {
      unreadable(key, error);
    }
  }
  return found;
}

/** The pages of a ledger among items. @throws LogError `log_corrupt` */
export function pagesAmong(items: readonly KeyedItem[], ledger: LedgerRef): NumberedPage[] {
  const pk = ledgerPk(ledger);
  return items
    .filter(({ key }) => key.pk === pk && key.sk !== headKey(ledger).sk)
    .map(({ key, item }) => ({ index: pageIndex(key.sk), page: parsePage(item, `${key.pk}/${key.sk}`) }));
}
