import { describe, expect, test } from 'vitest';
import { parseObjectKey } from '../../lib/log/index.ts';
import { memoryStores, meteredStores, SMALL_OBJECT_BYTES_MAX, tieredStores } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { batchOf, numbered, world } from './world.ts';

const FLUSHES = 200;

const isSmall = (key: string) => (parseObjectKey(key)?.sizeBytes ?? Infinity) <= SMALL_OBJECT_BYTES_MAX;

/** What flushes of one event of 100 bytes to each of `partitions` cost, the rolling of tails into pages included. */
async function costOfFlushes(partitions: number, options: { small?: boolean; producers?: number } = {}) {
  const memory = memoryStores();
  /** Units of each update that appends to a head: the commits. */
  const commits: number[] = [];
  const items = intercepted(memory.items, {
    write: async (write) => {
      const own = meteredStores(memory);
      const answer = await own.items.write(write);
      const isCommit = write.write === 'update' && write.actions.some((action) => action.do === 'append');
      if (isCommit) commits.push(own.meters()['item.write'].units);
      return answer;
    },
  });
  const metered = meteredStores({ ...memory, items });
  const stores = options.small ? tieredStores(metered, isSmall) : metered;
  const w = await world({ partitions, stores });
  const { producers = 0 } = options;
  const flush = (i: number) => {
    const id = producers === 0 ? undefined : i % producers;
    const sequence = producers === 0 ? 0 : Math.floor(i / producers);
    const texts = ['x'.repeat(100)];
    return w.log.append(
      Array.from({ length: partitions }, (_, p) =>
        id === undefined ? batchOf(w.at(p), texts) : numbered(w.at(p), { id, sequence }, texts),
      ),
    );
  };
  // Producers are taken over with their first batch.
  for (let i = 0; i < producers; i++) await flush(i);
  metered.reset();
  commits.length = 0;
  for (let i = producers; i < producers + FLUSHES; i++) await flush(i);
  await w.log.close();
  return { meters: metered.meters(), commits };
}

describe('a flush', () => {
  test.each([
    { partitions: 1, ledgers: 1, unitsMost: 1.3 },
    { partitions: 8, ledgers: 1, unitsMost: 1.8 },
    { partitions: 32, ledgers: 1, unitsMost: 3.4 },
    { partitions: 64, ledgers: 2, unitsMost: 6.7 },
  ])(
    'over $partitions partitions costs one put, and per ledger one head update of 1 or 2 units',
    async ({ partitions, ledgers, unitsMost }) => {
      const { meters, commits } = await costOfFlushes(partitions);
      expect(meters['object.put'].requests).toBe(FLUSHES);
      expect(commits).toHaveLength(FLUSHES * ledgers);
      expect(Math.max(...commits)).toBeLessThanOrEqual(2);
      // With the pages into which tails are rolled; docs/architecture.md has these figures.
      expect(meters['item.write'].units / FLUSHES).toBeLessThanOrEqual(unitsMost);
      expect(meters['item.transact'].requests + meters['item.get'].requests + meters['item.query'].requests).toBe(0);
    },
  );

  test.each([
    { partitions: 1, producers: 1, unitsMost: 1.5 },
    { partitions: 8, producers: 1, unitsMost: 1.9 },
    { partitions: 1, producers: 20, unitsMost: 1.5 },
  ])(
    'of $producers idempotent producers over $partitions partitions costs the same, and reads nothing',
    async ({ partitions, producers, unitsMost }) => {
      const { meters, commits } = await costOfFlushes(partitions, { producers });
      expect(meters['object.put'].requests).toBe(FLUSHES);
      expect(commits).toHaveLength(FLUSHES);
      expect(Math.max(...commits)).toBeLessThanOrEqual(2);
      expect(meters['item.write'].units / FLUSHES).toBeLessThanOrEqual(unitsMost);
      const reads = ['item.get', 'item.query', 'item.transact', 'object.get'] as const;
      expect(reads.map((what) => meters[what].requests)).toEqual([0, 0, 0, 0]);
    },
  );

  test('of a producer that is new here costs one more head update, a note of it, and no read', async () => {
    const metered = meteredStores(memoryStores());
    const w = await world({ stores: metered });
    await w.log.append([batchOf(w.at(0), ['x'])]);
    metered.reset();
    await w.log.append([numbered(w.at(0), { sequence: 0 }, ['x'])]);
    const meters = metered.meters();
    expect(meters['item.write']).toMatchObject({ requests: 3, units: 3 });
    expect(meters['item.get'].requests + meters['item.query'].requests + meters['object.get'].requests).toBe(0);
  });

  test('of little bytes needs no object at all', async () => {
    const { meters } = await costOfFlushes(1, { small: true });
    expect(meters['object.put'].requests).toBe(0);
    expect(meters['item.write'].units / FLUSHES).toBeLessThanOrEqual(2.41);
  });
});
