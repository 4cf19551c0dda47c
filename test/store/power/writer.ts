import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openDiskStores } from '../../../lib/store/disk/index.ts';
import { seededRandom } from '../../support/clock.ts';
import { bodyOf, CHANCES, keyOf } from './content.ts';
import { disk, power } from './journal.ts';

/**
 * A process that writes until its power fails, for power.test.ts: `node --import journal.ts writer.ts <seed>`. It leaves what
 * the disk holds then, in several ways, beside the root, prints what it was told is stored, and is gone.
 */
const root = process.env.MILLRACE_POWER_ROOT!;
const seed = Number(process.argv[2]);
const random = seededRandom(seed);
const ACKS = 40 + Math.floor(random.next() * 40);
/** Large objects before the power fails, which cost the test most of its time. */
const LARGE = 2;
/** What has come to a stop has so long to be answered wrongly. */
const FAILING_MS = 300;
const STOP_MS_MAX = 10_000;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const acked = { items: [] as number[], objects: [] as number[] };
const ackedCount = () => acked.items.length + acked.objects.length;
/** Under a mutant that skips a sync one kind can be far ahead of the other. */
const ackedBothKinds = () => acked.items.length > 0 && acked.objects.some((one) => one >= 0);
let over = false;
let serial = 0;

const stores = await openDiskStores(join(root, 'new', 'data'), { random });

async function writeItems(): Promise<void> {
  while (!over) {
    const mine = serial++;
    await stores.items.write({ write: 'put', key: { pk: 'items', sk: String(mine) }, item: { mine } });
    acked.items.push(mine);
  }
}

async function writeSmall(): Promise<void> {
  while (!over) {
    const mine = serial++;
    await stores.objects.put(keyOf(mine, false), [bodyOf(mine, false)]);
    acked.objects.push(mine);
  }
}

async function writeLarge(): Promise<void> {
  const mine = serial++;
  await stores.objects.put(keyOf(mine, true), [bodyOf(mine, true)]);
  acked.objects.push(-mine);
}

const running = [writeItems(), writeItems(), writeSmall(), writeSmall(), writeSmall()];
for (const one of running) one.catch(failed);
for (let i = 0; i < LARGE; i++) await writeLarge();
while (ackedCount() < ACKS || !ackedBothKinds()) await wait(1);
power.fails();
let answeredLarge = false;
writeLarge().then(() => (answeredLarge = true), failed);
const begunMs = performance.now();
while (!(power.stoppedCommit && (power.stoppedSync || answeredLarge))) {
  if (performance.now() - begunMs > STOP_MS_MAX) throw new Error('What is under way has not come to a stop.');
  await wait(1);
}
await wait(FAILING_MS);
over = true;
for (const [i, chance] of CHANCES.entries()) disk.leave(`${root}.left${i}`, seededRandom(seed * 100 + i), chance);
writeSync(1, JSON.stringify(acked));
process.kill(process.pid, 'SIGKILL');

function failed(error: unknown): void {
  console.error(error);
  process.exit(1);
}
