import type { Item, MetaStore, ObjectInfo, ObjectStore } from './port.ts';

/**
 * All items of one `pk` whose `sk` starts with `prefix`, in order, page by page: each is as it was when its page was read.
 *
 * @throws StoreError
 * @example
 * for await (const { sk, item } of eachItem(items, 'topics')) visit(sk, item);
 */
export async function* eachItem(
  items: MetaStore,
  pk: string,
  prefix = '',
): AsyncGenerator<{ sk: string; item: Item }, void> {
  for (let after: string | undefined; ; ) {
    const found = await items.query(pk, { prefix, ...(after !== undefined && { after }) });
    yield* found.items;
    if (found.next === undefined) return;
    after = found.next;
  }
}

/**
 * All objects whose key starts with `prefix` and comes after `from`, in order, page by page.
 *
 * @throws StoreError
 */
export async function* eachObject(
  objects: ObjectStore,
  prefix: string,
  from?: string,
): AsyncGenerator<ObjectInfo, void> {
  for (let after = from; ; ) {
    const page = await objects.list(prefix, after === undefined ? {} : { after });
    yield* page;
    after = page.at(-1)?.key;
    if (after === undefined) return;
  }
}
