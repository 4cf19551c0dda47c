import { expect, test } from 'vitest';
import { openPlatform } from '../../lib/platform.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';

const MINUTE = 60_000;
/** What a read of an object takes: so a round of merging takes minutes. */
const READ_MS = 2_000;

/** A platform by itself that is merging; when it reads objects, and when it writes catalogs. */
async function merging() {
  const clock = simulatedClock();
  const stores = memoryStores();
  const reads: number[] = [];
  const catalogs: number[] = [];
  const objects = intercepted(stores.objects, {
    get: async (...args) => {
      reads.push(clock.monotonicMs());
      await clock.sleep(READ_MS);
      return stores.objects.get(...args);
    },
    put: (...args) => {
      if (args[0].startsWith('catalog/')) catalogs.push(clock.monotonicMs());
      return stores.objects.put(...args);
    },
  });
  const log = { mergeAgeMs: 5 * MINUTE };
  const platform = openPlatform({ stores: { ...stores, objects }, clock, random: seededRandom(1), log });
  await platform.topics.create('orders', { partitions: 1 });
  const value = Buffer.from('paid');
  for (let i = 0; i < 1_000; i++) await platform.events.produce('orders', [{ key: null, value, partition: 0 }]);
  while (reads.length === 0) await clock.advance(MINUTE);
  return { clock, platform, reads, catalogs };
}

test('a platform merges by itself for a quarter of the time, and writes catalogs meanwhile', async () => {
  const { clock, platform, reads, catalogs } = await merging();
  const begunMs = reads[0]!;
  for (let minutes = 0; minutes < 9; minutes++) {
    await platform.topics.create(`new-${minutes}`);
    await clock.advance(MINUTE);
  }
  const stretches = [...new Set(reads)];
  expect(stretches.length).toBeGreaterThan(10);
  expect(new Set(stretches.slice(1).map((atMs, i) => atMs - stretches[i]!))).toEqual(new Set([4 * READ_MS]));
  expect(catalogs.some((atMs) => atMs > begunMs)).toBe(true);
  const closed = platform.close();
  await clock.advance(MINUTE);
  await closed;
});

test('a close waits for what is being read, and no more is', async () => {
  const { clock, platform, reads } = await merging();
  const before = reads.length;
  const closed = platform.close();
  await clock.advance(READ_MS);
  await closed;
  expect(reads.length).toBe(before);
});
