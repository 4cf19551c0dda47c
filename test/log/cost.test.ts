import { describe, expect, test } from 'vitest';
import { parseObjectKey } from '../../lib/log/index.ts';
import { memoryStores, meteredStores, SMALL_OBJECT_BYTES_MAX, tieredStores } from '../../lib/store/index.ts';
import { batchOf, world } from './world.ts';

const FLUSHES = 200;

/** What a flush of one event to each of `partitions` costs in the long run, the rolling of pages included. */
async function costOfFlush(partitions: number, options: { small: boolean }) {
  const metered = meteredStores(memoryStores());
  const isSmall = (key: string) => (parseObjectKey(key)?.sizeBytes ?? Infinity) <= SMALL_OBJECT_BYTES_MAX;
  const stores = options.small ? tieredStores(metered, isSmall) : metered;
  const w = await world({ partitions, stores });
  const all = Array.from({ length: partitions }, (_, p) => batchOf(w.at(p), ['x'.repeat(100)]));
  metered.reset();
  const units: number[] = [];
  for (let i = 0; i < FLUSHES; i++) {
    const before = metered.meters()['item.write'];
    await w.log.append(all);
    const after = metered.meters()['item.write'];
    units.push((after.units - before.units) / (after.requests - before.requests));
  }
  await w.log.close();
  return { meters: metered.meters(), units };
}

describe('a flush', () => {
  test.each([1, 8, 32])(
    'over %i partitions of a ledger puts one object and writes the head once',
    async (partitions) => {
      const { meters } = await costOfFlush(partitions, { small: false });
      console.log(partitions, JSON.stringify(meters));
      expect(meters['object.put'].requests).toBe(FLUSHES);
    },
  );
  test.each([1, 8, 32])('small %i', async (partitions) => {
    const { meters } = await costOfFlush(partitions, { small: true });
    console.log('small', partitions, JSON.stringify(meters));
  });
});
