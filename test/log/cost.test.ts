import { describe, expect, test } from 'vitest';
import { parseObjectKey } from '../../lib/log/index.ts';
import {
  type MetaStore,
  memoryStores,
  meteredStores,
  SMALL_OBJECT_BYTES_MAX,
  tieredStores,
} from '../../lib/store/index.ts';
import { batchOf, world } from './world.ts';

const FLUSHES = 200;

const isSmall = (key: string) => (parseObjectKey(key)?.sizeBytes ?? Infinity) <= SMALL_OBJECT_BYTES_MAX;

/** What flushes of one event of 100 bytes to each of `partitions` cost, the rolling of tails into pages included. */
async function costOfFlushes(partitions: number, options: { small?: boolean } = {}) {
  const memory = memoryStores();
  /** Units of each update that appends to a head: the commits. */
  const commits: number[] = [];
  const items: MetaStore = Object.create(memory.items, {
    write: {
      value: async (write: Parameters<MetaStore['write']>[0]) => {
        const own = meteredStores(memory);
        const answer = await own.items.write(write);
        const isCommit = write.write === 'update' && write.actions.some((action) => action.do === 'append');
        if (isCommit) commits.push(own.meters()['item.write'].units);
        return answer;
      },
    },
  });
  const metered = meteredStores({ ...memory, items });
  const stores = options.small ? tieredStores(metered, isSmall) : metered;
  const w = await world({ partitions, stores });
  metered.reset();
  for (let i = 0; i < FLUSHES; i++) {
    await w.log.append(Array.from({ length: partitions }, (_, p) => batchOf(w.at(p), ['x'.repeat(100)])));
  }
  await w.log.close();
  return { meters: metered.meters(), commits };
}

describe('a flush', () => {
  test.each([
    { partitions: 1, ledgers: 1, unitsMost: 1.4 },
    { partitions: 8, ledgers: 1, unitsMost: 1.8 },
    { partitions: 32, ledgers: 1, unitsMost: 3.1 },
    { partitions: 64, ledgers: 2, unitsMost: 6.2 },
  ])(
    'over $partitions partitions costs one put, and per ledger one head update of 1 or 2 units',
    async ({ partitions, ledgers, unitsMost }) => {
      const { meters, commits } = await costOfFlushes(partitions);
      expect(meters['object.put'].requests).toBe(FLUSHES);
      expect(commits).toHaveLength(FLUSHES * ledgers);
      expect(Math.min(...commits)).toBe(1);
      expect(Math.max(...commits)).toBeLessThanOrEqual(2);
      // With the pages into which tails are rolled; docs/architecture.md has these figures.
      expect(meters['item.write'].units / FLUSHES).toBeLessThanOrEqual(unitsMost);
      expect(meters['item.transact'].requests + meters['item.get'].requests + meters['item.query'].requests).toBe(0);
    },
  );

  test('of little bytes needs no object at all', async () => {
    const { meters } = await costOfFlushes(1, { small: true });
    expect(meters['object.put'].requests).toBe(0);
    expect(meters['item.write'].units / FLUSHES).toBeLessThanOrEqual(2.4);
  });
});
