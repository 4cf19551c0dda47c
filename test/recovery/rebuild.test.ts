import { describe, expect, it } from 'vitest';
import { parseObjectKey } from '../../lib/log/index.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { type MetaStore, memoryStores, StoreError, type Stores, tieredStores } from '../../lib/store/index.ts';
import { type SimulatedClock, seededRandom, simulatedClock } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';

const HOUR = 3600_000;
const SMALL_BYTES_MAX = 8 * 1024;

interface World {
  readonly platform: Platform;
  readonly stores: Stores;
  readonly clock: SimulatedClock;
}

/** Stores as on AWS: small objects are items, and lost with them. */
function tiered(stores: Stores): Stores {
  return tieredStores(stores, (key) => (parseObjectKey(key)?.sizeBytes ?? Infinity) <= SMALL_BYTES_MAX);
}

function open(stores: Stores, clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z')), seed = 1): World {
  const platform = openPlatform({ stores: tiered(stores), clock, random: seededRandom(seed), background: false });
  return { platform, stores, clock };
}

/** The same objects, and an empty store of items. */
function afterDisaster({ stores, clock }: World, items: MetaStore = memoryStores().items): World {
  return open({ objects: stores.objects, items, close: async () => {} }, clock, 99);
}

async function produce({ platform }: World, topic: string, values: readonly string[], padBytes = 0): Promise<void> {
  for (const value of values) {
    const padded = Buffer.from(value.padEnd(padBytes));
    await platform.events.produce(topic, [{ key: Buffer.from('k'), value: padded, partition: 0 }]);
  }
}

async function valuesOf({ platform }: World, topic: string): Promise<string[]> {
  const values: string[] = [];
  for (let offset = 0; ; ) {
    const [fetched] = await platform.events.fetch([{ topic, partition: 0, offset, maxBytes: 1 << 20 }], {
      maxBytes: 1 << 20,
    });
    if (fetched!.error) throw fetched!.error;
    const { readRecords, checkBatches } = await import('../../lib/record/index.ts');
    for (const bytes of fetched!.batches) {
      for (const { position } of checkBatches(bytes, { sparse: true })) {
        for (const { value } of readRecords(bytes, { at: position }))
          values.push(Buffer.from(value!).toString().trim());
      }
    }
    if (fetched!.nextOffset === offset) return values;
    offset = fetched!.nextOffset;
  }
}

/** Hours go by, and the log is tended. */
async function tended(w: World, hours = 4): Promise<void> {
  for (let i = 0; i < hours; i++) {
    await w.clock.advance(HOUR);
    const { failures } = await w.platform.tend();
    expect(failures).toEqual([]);
  }
}

const numbers = (count: number, name = 'v') => Array.from({ length: count }, (_, i) => `${name}${i}`);

describe('a platform whose items are lost', () => {
  it('has its topics, events, groups, routes and rights again', async () => {
    const w = open(memoryStores());
    const { topics, groups, routes, acls } = w.platform;
    await topics.create('orders', { partitions: 2, config: { 'retention.ms': '-1', 'cleanup.policy': 'delete' } });
    await topics.create('copies', { partitions: 1 });
    await produce(w, 'orders', numbers(50));
    await topics.addPartitions('orders', 40);
    await groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 17, metadata: 'here' }]);
    await routes.create('copy', { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copies' });
    await routes.pause('copy');
    const rule = {
      resource: { type: 'TOPIC', name: 'orders', pattern: 'LITERAL' },
      principal: 'User:ann',
      host: '*',
      operation: 'READ',
      permission: 'ALLOW',
    } as const;
    await acls.create([rule]);
    await tended(w);
    const rules = await acls.list();
    expect(rules).toHaveLength(1);
    const lost = afterDisaster(w);
    const report = await lost.platform.rebuild();
    expect(report).toMatchObject({ exact: 50, reassigned: 0, lost: 0, unreadable: [], deletedTopics: [] });
    expect(report.topics.map(({ name, partitions }) => [name, partitions])).toEqual([
      ['copies', 1],
      ['orders', 40],
    ]);
    expect(await lost.platform.topics.list()).toEqual(await topics.list());
    expect(await valuesOf(lost, 'orders')).toEqual(numbers(50));
    expect(await lost.platform.groups.committed('billing')).toMatchObject([{ offset: 17, metadata: 'here' }]);
    expect(await lost.platform.groups.describe('billing')).toEqual(await groups.describe('billing'));
    expect(await lost.platform.groups.lag('billing')).toEqual(await groups.lag('billing'));
    expect(await lost.platform.routes.get('copy')).toEqual(await routes.get('copy'));
    expect(await lost.platform.acls.list()).toEqual(rules);
    expect((await lost.platform.verify()).problems).toEqual([]);
    await produce(lost, 'orders', ['next']);
    expect((await valuesOf(lost, 'orders')).at(-1)).toBe('next');
  });

  it('loses of small objects what was not merged, and keeps the offsets of the rest', async () => {
    const w = open(memoryStores());
    await w.platform.topics.create('orders', { partitions: 1 });
    await produce(w, 'orders', numbers(40, 'merged'));
    await tended(w);
    await produce(w, 'orders', numbers(3, 'small'));
    await w.clock.advance(10 * 60_000);
    await w.platform.tend();
    await produce(w, 'orders', numbers(2, 'large'), SMALL_BYTES_MAX + 1);
    const lost = afterDisaster(w);
    expect(await lost.platform.rebuild()).toMatchObject({ exact: 40, lost: 3, reassigned: 2 });
    expect(await valuesOf(lost, 'orders')).toEqual([...numbers(40, 'merged'), ...numbers(2, 'large')]);
    expect(await lost.platform.events.offsets('orders', [0])).toMatchObject([{ logStartOffset: 0, highWatermark: 45 }]);
    expect((await lost.platform.verify()).problems).toEqual([]);
  });

  it('has its events without a catalog, under names that say so, and keeps them for ever', async () => {
    const w = open(memoryStores());
    const { topicId } = await w.platform.topics.create('orders', { partitions: 1, config: { 'retention.ms': '1000' } });
    await produce(w, 'orders', numbers(3), SMALL_BYTES_MAX + 1);
    const lost = afterDisaster(w);
    expect(await lost.platform.rebuild()).toMatchObject({
      catalogMs: undefined,
      reassigned: 3,
      topics: [{ nameless: true }],
    });
    expect(await valuesOf(lost, `recovered.${topicId}`)).toEqual(numbers(3));
    await tended(lost);
    expect(await valuesOf(lost, `recovered.${topicId}`)).toEqual(numbers(3));
  });

  it('leaves deleted topics deleted, and finds one that is younger than the catalog', async () => {
    const w = open(memoryStores());
    const { topicId: gone } = await w.platform.topics.create('gone', { partitions: 1 });
    await w.platform.topics.create('orders', { partitions: 1 });
    await produce(w, 'gone', ['x'], SMALL_BYTES_MAX + 1);
    await w.platform.topics.delete('gone');
    await w.platform.tend();
    await w.clock.advance(1_000);
    const { topicId: young } = await w.platform.topics.create('young', { partitions: 1 });
    await produce(w, 'young', ['y'], SMALL_BYTES_MAX + 1);
    const lost = afterDisaster(w);
    expect(await lost.platform.rebuild()).toMatchObject({ deletedTopics: [gone] });
    expect(await lost.platform.topics.names()).toEqual(['orders', `recovered.${young}`]);
  });

  it('goes by the catalog before where the last one is damaged', async () => {
    const w = open(memoryStores());
    await w.platform.topics.create('orders', { partitions: 1 });
    await w.platform.tend();
    await produce(w, 'orders', numbers(2), SMALL_BYTES_MAX + 1);
    await tended(w, 1);
    const [last] = (await w.stores.objects.list('catalog/')).map(({ key }) => key).reverse();
    await w.stores.objects.delete([last!]);
    await w.stores.objects.put(last!, [Buffer.from('damaged')]);
    const lost = afterDisaster(w);
    expect(await lost.platform.rebuild()).toMatchObject({ unreadable: [last], reassigned: 2 });
    expect(await valuesOf(lost, 'orders')).toEqual(numbers(2));
  });

  it('may be rebuilt in several goes, and ends as if in one', async () => {
    const w = open(memoryStores());
    for (const name of ['a', 'b', 'c']) {
      await w.platform.topics.create(name, { partitions: 1 });
      await produce(w, name, numbers(40, name));
    }
    await tended(w);
    const { items } = memoryStores();
    let left = 0;
    const failing = intercepted(items, {
      write: async (write) => {
        if (left-- <= 0) throw new StoreError('store_unavailable', 'Not now.');
        return items.write(write);
      },
    });
    const lost = afterDisaster(w, failing);
    let tries = 0;
    for (; ; tries++) {
      left = 2 + tries;
      try {
        await lost.platform.rebuild();
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'store_unavailable' });
        expect(tries).toBeLessThan(50);
      }
    }
    expect(tries).toBeGreaterThan(2);
    left = 1_000;
    for (const name of ['a', 'b', 'c']) expect(await valuesOf(lost, name)).toEqual(numbers(40, name));
    expect((await lost.platform.verify()).problems).toEqual([]);
    await expect(lost.platform.rebuild()).rejects.toMatchObject({ code: 'rebuild_not_empty' });
  });

  it('refuses where items are left, or nothing is', async () => {
    const w = open(memoryStores());
    await expect(w.platform.rebuild()).rejects.toMatchObject({ code: 'rebuild_nothing' });
    await w.platform.topics.create('orders', { partitions: 1 });
    await expect(w.platform.rebuild()).rejects.toMatchObject({ code: 'rebuild_not_empty' });
  });
});

describe('the catalog', () => {
  it('is written when a platform that tends its log closes, however short it ran', async () => {
    const stores = memoryStores();
    const clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
    const run = async () => {
      const kept = { ...stores, close: async () => {} };
      const platform = openPlatform({ stores: tiered(kept), clock, random: seededRandom(7) });
      if (!(await platform.topics.layout('orders'))) await platform.topics.create('orders');
      await platform.close();
      return (await stores.objects.list('catalog/')).length;
    };
    expect(await run()).toBe(1);
    expect(await run()).toBe(1); // nothing has changed
  });

  it('is written when something changed, not more often than every few minutes, and the last three are kept', async () => {
    const w = open(memoryStores());
    const catalogs = async () => (await w.stores.objects.list('catalog/')).length;
    await w.platform.tend();
    expect(await catalogs()).toBe(0);
    await w.platform.topics.create('orders', { partitions: 1 });
    await w.platform.tend({ collect: false });
    await w.platform.topics.create('more', { partitions: 1 });
    await w.platform.tend({ collect: false });
    expect(await catalogs()).toBe(1);
    await w.clock.advance(6 * 60_000);
    await w.platform.tend({ collect: false });
    expect(await catalogs()).toBe(2);
    await tended(w, 3);
    expect(await catalogs()).toBe(2);
    for (let i = 0; i < 5; i++) {
      await produce(w, 'orders', ['x']);
      await w.clock.advance(6 * 60_000);
      await w.platform.tend({ collect: false });
    }
    expect(await catalogs()).toBe(3);
  });
});
