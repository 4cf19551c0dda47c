import { writeSync } from 'node:fs';
import { openDiskStores } from '../../lib/store/index.ts';
import { objectParts } from './disk-content.ts';

/**
 * A process that writes until it is killed, for disk-crash.test.ts: `node disk-writer.ts <folder> <first serial>`. A line on
 * stdout tells what was acknowledged, and is written (synchronously) only after it was.
 *
 * - `ready`: the folder is open
 * - `item <serial>`: the transaction that put item <serial> and added 1 to the counter
 * - `object <serial>`: the object of that serial
 */
const WRITERS = 8;

const [folder, first] = [process.argv[2]!, Number(process.argv[3])];
const stores = await openDiskStores(folder);
const say = (line: string) => writeSync(1, `${line}\n`);
let serial = first;

async function writeItems(): Promise<never> {
  for (;;) {
    const mine = serial++;
    await stores.items.transact([
      { write: 'put', key: { pk: 'items', sk: String(mine) }, item: { serial: mine } },
      { write: 'update', key: { pk: 'count', sk: 'count' }, actions: [{ do: 'add', path: ['n'], by: 1, from: 0 }] },
    ]);
    say(`item ${mine}`);
  }
}

async function writeObjects(): Promise<never> {
  for (;;) {
    const mine = serial++;
    await stores.objects.put(`made/${mine % 16}/${mine}`, objectParts(mine));
    say(`object ${mine}`);
  }
}

say('ready');
await Promise.all(Array.from({ length: WRITERS }, (_, i) => (i % 2 === 0 ? writeItems() : writeObjects())));
