/**
 * The stores in memory: for tests, the simulator and trying things out. They answer as the others do (the same contract
 * suite runs on them) and forget everything with the process.
 */
import { StoreError, type Stores } from '../port.ts';
import { memoryItems } from './items.ts';
import { memoryObjects } from './objects.ts';

/**
 * Empty stores in memory.
 *
 * @example
 * const stores = memoryStores();
 * await stores.objects.put('a/b', [Buffer.from('hello')]);
 */
export function memoryStores(): Stores {
  let closed = false;
  const checkOpen = () => {
    if (closed) throw new StoreError('store_closed', 'The store was closed.');
  };
  return {
    objects: memoryObjects(checkOpen),
    items: memoryItems(checkOpen),
    async close() {
      closed = true;
    },
  };
}
