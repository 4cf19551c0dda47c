import { eachItem, type ItemKey, type MetaStore } from '../../store/index.ts';

/*
 * Objects that wait for their deletion, a thousand to an item: pk `condemned`, sk the first one's id. Attributes: `since`
 * when they were condemned (ms), `ids` all of their ids. One item for each would cost two writes an object, as much as all
 * else that it ever costs where objects are small.
 */

const CONDEMNED_PK = 'condemned';
/** Some 27 KB: far from DynamoDB's 400 KB. */
const IDS_PER_ITEM = 1_000;

/** Objects that were condemned together. */
export interface Condemned {
  readonly sinceMs: number;
  readonly ids: readonly string[];
}

function condemnedKey(sk: string): ItemKey {
  return { pk: CONDEMNED_PK, sk };
}

/** All that wait, by the id that their item begins with. */
export async function readCondemned(items: MetaStore): Promise<Map<string, Condemned>> {
  const found = new Map<string, Condemned>();
  for await (const { sk, item } of eachItem(items, CONDEMNED_PK)) {
    // Items of one object each, of the versions before, have no list.
    const ids = (item.ids as readonly string[] | undefined) ?? [sk];
    found.set(sk, { sinceMs: item.since as number, ids });
  }
  return found;
}

/** Condemns objects. One that is condemned already waits anew. */
export async function writeCondemned(items: MetaStore, { ids, sinceMs }: Condemned): Promise<void> {
  for (let from = 0; from < ids.length; from += IDS_PER_ITEM) {
    const some = ids.slice(from, from + IDS_PER_ITEM);
    await items.write({ write: 'put', key: condemnedKey(some[0]!), item: { since: sinceMs, ids: some } });
  }
}

/** Forgets those of an item: they are deleted. */
export async function forgetCondemned(items: MetaStore, sk: string): Promise<void> {
  await items.write({ write: 'delete', key: condemnedKey(sk) });
}
