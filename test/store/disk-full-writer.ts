import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { type MetaStore, openDiskStores, StoreError } from '../../lib/store/index.ts';
import { objectParts } from './disk-content.ts';

/**
 * A process whose files may not grow beyond a limit, for disk-crash.test.ts: it fills the item database, tries a large and a
 * small object, waits for a line on stdin (by then the limit is gone), and writes both again. Lines on stdout as disk-writer's;
 * `full items` and `full object` tell what was refused with store_full.
 */
const LARGE = 1_400; // 294 KB
const SMALL = 1; // 240 bytes

const stores = await openDiskStores(process.argv[2]!);
const say = (line: string) => writeSync(1, `${line}\n`);

async function isFull(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'store_full') return true;
    throw error;
  }
}

function putItem(items: MetaStore, serial: number): Promise<unknown> {
  return items.transact([
    { write: 'put', key: { pk: 'items', sk: String(serial) }, item: { serial } },
    { write: 'update', key: { pk: 'count', sk: 'count' }, actions: [{ do: 'add', path: ['n'], by: 1, from: 0 }] },
  ]);
}

let serial = 0;
while (!(await isFull(putItem(stores.items, serial)))) say(`item ${serial++}`);
say('full items');
if (await isFull(stores.objects.put(`made/0/${LARGE}`, objectParts(LARGE)))) say('full object');
await stores.objects.put(`made/0/${SMALL}`, objectParts(SMALL));
say(`object ${SMALL}`);
say('waiting');
await once(process.stdin, 'data');
process.stdin.destroy();
await putItem(stores.items, ++serial);
say(`item ${serial}`);
await stores.objects.put(`made/0/${LARGE}`, objectParts(LARGE));
say(`object ${LARGE}`);
await stores.close();
say('closed');
