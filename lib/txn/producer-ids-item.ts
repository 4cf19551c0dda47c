import type { ItemKey, MetaStore } from '../store/index.ts';

/*
 * The one item that producer ids are taken from: pk `producers`, sk `ids`. Attribute `n`: the next id that nobody has.
 */
const KEY: ItemKey = { pk: 'producers', sk: 'ids' };

/**
 * Takes `count` ids that nobody else gets, and returns the first. One write. A take whose answer is lost may be made
 * again: ids are not scarce.
 *
 * Where the item is not there ids begin at `startMs`, the time: after a loss of all items, partitions still remember the
 * producers from before, and new ones must not be taken for them.
 *
 * @throws StoreError
 */
export async function takeProducerIds(items: MetaStore, count: number, startMs: number): Promise<number> {
  const actions = [{ do: 'add', path: ['n'], by: count, from: startMs }] as const;
  const { old } = await items.write({ write: 'update', key: KEY, actions });
  return (old?.n as number | undefined) ?? startMs;
}
