/**
 * The stores on one machine's disk: objects in volumes and files, items in SQLite. Everything is synced before it is
 * acknowledged; one process at a time has the folder.
 */
import { existsSync } from 'node:fs';
import { type Clock, type Random, systemClock, systemRandom } from '../../bytes/index.ts';
import { StoreError, type Stores } from '../port.ts';
import { takeFolder } from './data-folder.ts';
import { itemsDamaged } from './failures.ts';
import { checkItemsLog, DiskItems } from './items.ts';
import { DiskObjects } from './objects.ts';

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
  let closing: Promise<void> | undefined;
  const checkOpen = () => {
    if (closing) throw new StoreError('store_closed', 'The store was closed.');
  };
  try {
    checkItemsLog(taken.items);
    const found = existsSync(taken.items);
    const objects = await DiskObjects.open(taken, options.random ?? systemRandom, checkOpen);
    if (!found && !options.lost && (await objects.list('', { limit: 1 })).length > 0) {
      await objects.close();
      throw itemsDamaged(
        `${taken.items} is gone, and there are objects beside it: begun anew, it would name none of them.`,
      );
    }
    const items = await DiskItems.open(taken.items, options.clock ?? systemClock, checkOpen).catch(async (error) => {
      await objects.close();
      throw error;
    });
    const close = async () => {
      await Promise.all([objects.close(), items.close()]);
      taken.release();
    };
    if (options.prove) {
      try {
        items.prove();
      } catch (error) {
        await Promise.all([objects.close(), items.close()]);
        throw error;
      }
    }
    return {
      objects,
      items,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    taken.release();
    throw error;
  }
}
