import { writeSync } from 'node:fs';
import { openDiskStores } from '../../lib/store/index.ts';

/**
 * A process that writes until it is killed, for disk-crash.test.ts: `node disk-writer.ts <folder> <first serial>`. A line on
 * stdout tells what was acknowledged, and is written (synchronously) only after it was.
 *
 * - `ready`: the folder is open
 * - `item <serial> <count>`: the transaction that put item <serial> and added 1 to the counter, giving <count>
 * - `object <serial>`: the object of that serial
 */
const WRITERS = 8;
const PARTS = 3;

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

/** An object of serial n is n in decimal, over and over: thrice n * 7 modulo 100,000 characters. */
async function writeObjects(): Promise<never> {
  for (;;) {
    const mine = serial++;
    const part = Buffer.from(
      String(mine)
        .padStart(10, '0')
        .repeat(((mine * 7) % 10_000) + 1),
    );
    await stores.objects.put(
      `made/${mine % 16}/${mine}`,
      Array.from({ length: PARTS }, () => part),
    );
    say(`object ${mine}`);
  }
}

say('ready');
await Promise.all(Array.from({ length: WRITERS }, (_, i) => (i % 2 === 0 ? writeItems() : writeObjects())));
