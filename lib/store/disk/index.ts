/**
 * The stores on one machine's disk: objects in volumes and files, items in SQLite. Everything is synced before it is
 * acknowledged; one process at a time has the folder.
 */
import { statSync } from 'node:fs';
import { type Clock, type Random, systemClock, systemRandom } from '../../bytes/index.ts';
import { StoreError, type Stores } from '../port.ts';
import { takeFolder } from './data-folder.ts';
import { itemsDamaged } from './failures.ts';
import { checkItemsLog, DiskItems } from './items.ts';
import { DiskObjects } from './objects.ts';

export { makeFolders } from './folders.ts';

/**
 * Opens the stores in `folder`, which is made where it is absent, for this process alone.
 *
 * @throws store_locked where another process has it; store_invalid where it holds something else, or a newer format;
 * store_corrupt where the items are damaged, which `prove` looks for in all of them, or gone, unless `lost` says that they are to
 * be put together again
 * @example
 * const stores = await openDiskStores('.millrace');
 * await stores.items.write({ write: 'put', key: { pk: 'a', sk: 'b' }, item: { n: 1 } }); // durable
 * await stores.close();
 */
export async function openDiskStores(
  folder: string,
  options: { clock?: Clock; random?: Random; prove?: boolean; lost?: boolean } = {},
): Promise<Stores> {
  const taken = takeFolder(folder);
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    try {
      await Promise.all(opened.map((part) => part.close()));
    } finally {
      taken.release();
    }
  };
  let closing: Promise<void> | undefined;
  const checkOpen = () => {
    if (closing) throw new StoreError('store_closed', 'The store was closed.');
  };
  try {
    checkItemsLog(taken.items);
    // SQLite takes an empty file for a new database, as it does one that is not there.
    const begun = (statSync(taken.items, { throwIfNoEntry: false })?.size ?? 0) > 0;
    const objects = await DiskObjects.open(taken, options.random ?? systemRandom, checkOpen);
    opened.push(objects);
    if (!begun && !options.lost && (await objects.list('', { limit: 1 })).length > 0) {
      throw itemsDamaged(
        `${taken.items} is gone, or empty, and there are objects beside it: begun anew, it would name none of them.`,
      );
    }
    const items = await DiskItems.open(taken.items, options.clock ?? systemClock, checkOpen);
    opened.push(items);
    if (options.prove) items.prove();
    return {
      objects,
      items,
      placeOf: (key) => objects.placeOf(key),
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
