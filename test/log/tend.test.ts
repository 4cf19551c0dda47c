import { describe, expect, it } from 'vitest';
import { openLog, type TendedTopic } from '../../lib/log/index.ts';
import { memoryStores, meteredStores, StoreError } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { batchOf, readAll, type World, world } from './world.ts';

const HOUR = 3600_000;

function tended(w: World, rules: Partial<TendedTopic>): TendedTopic[] {
  const layout = { topicId: w.topicId, partitions: w.partitions, width: w.width };
  return [{ layout, retention: undefined, cleaning: undefined, ...rules }];
}

async function expectSound(w: World): Promise<void> {
  const report = await w.log.verify([{ topicId: w.topicId, partitions: w.partitions, width: w.width }]);
  expect(report.problems).toEqual([]);
}

describe('retention', () => {
  it('by time lets go of pages that were appended long enough ago, whatever their events say', async () => {
    const w = await world({ partitions: 2 });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(i % 2), [`${i}`], 5)]);
    await w.clock.advance(2 * HOUR);
    for (let i = 100; i < 200; i++) await w.log.append([batchOf(w.at(i % 2), [`${i}`], 5)]);
    const keep = { retention: { retentionMs: HOUR, retentionBytes: -1 } };
    expect((await w.log.tend(tended(w, keep))).pagesRemoved).toBeGreaterThan(1);
    const [offsets] = await w.log.offsets([w.at(0)]);
    expect(offsets!.logStartOffset).toBeGreaterThan(20);
    expect(offsets!.logStartOffset).toBeLessThanOrEqual(50);
    expect((await readAll(w.log, w.at(0), offsets!.logStartOffset)).at(-1)).toBe('99=198');
    await expectSound(w);
    await w.clock.advance(2 * HOUR);
    await w.log.tend(tended(w, keep));
    expect(await w.log.offsets([w.at(0)])).toMatchObject([{ logStartOffset: 100, highWatermark: 100 }]);
    await w.log.append([batchOf(w.at(0), ['new'])]);
    expect(await readAll(w.log, w.at(0), 100)).toEqual(['100=new']);
    await expectSound(w);
  });

  it('that is cut short before it deletes the pages keeps others from replacing them', async () => {
    const stores = memoryStores();
    const { items } = stores;
    let retain: (() => Promise<unknown>) | undefined;
    const merging = intercepted(items, {
      transact: async (writes) => {
        const meanwhile = retain;
        retain = undefined;
        await meanwhile?.();
        return items.transact(writes);
      },
    });
    const deletingNothing = intercepted(items, {
      write: async (write) => {
        if (write.write === 'delete') throw new StoreError('store_unavailable', 'The process was killed.');
        return items.write(write);
      },
    });
    const w = await world({ stores: { ...stores, items: merging }, settings: { mergeAgeMs: HOUR } });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    await w.clock.advance(2 * HOUR);
    const { clock, random } = w;
    const other = openLog({ stores: { ...stores, items: deletingNothing }, clock, random });
    const keep = { retention: { retentionMs: HOUR, retentionBytes: -1 } };
    retain = () => other.tend(tended(w, keep));
    await w.log.tend(tended(w, {}));
    expect(retain).toBeUndefined();
    expect(await w.log.offsets([w.at(0)])).toMatchObject([{ logStartOffset: 100 }]);
    await w.log.tend(tended(w, keep));
    await expectSound(w);
  });

  it('by size keeps what each partition may have, in whole pages', async () => {
    const w = await world({ partitions: 2 });
    for (let i = 0; i < 300; i++) await w.log.append([batchOf(w.at(i % 10 === 0 ? 1 : 0), ['x'.repeat(1_000)])]);
    await w.log.tend(tended(w, { retention: { retentionMs: -1, retentionBytes: 100_000 } }));
    const [large, small] = await w.log.offsets([w.at(0), w.at(1)]);
    expect(large!.logStartOffset).toBeGreaterThan(80);
    expect(270 - large!.logStartOffset).toBeGreaterThanOrEqual(92);
    expect(small!.logStartOffset).toBe(0);
    await expectSound(w);
  });

  it('by size goes on in a partition though another, with few bytes, keeps the oldest page', async () => {
    const w = await world({ partitions: 2 });
    const rules = tended(w, { retention: { retentionMs: -1, retentionBytes: 50_000 } });
    await w.log.append([batchOf(w.at(1), ['small'])]);
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 200; i++) await w.log.append([batchOf(w.at(0), ['x'.repeat(1_000)])]);
      await w.log.tend(rules);
      const [large, small] = await w.log.offsets([w.at(0), w.at(1)]);
      expect(large!.logStartOffset).toBeGreaterThan(200 * round - 130);
      expect(small!.logStartOffset).toBe(0);
    }
    await expectSound(w);
  });

  it('by size does not count what keyed compaction has removed', async () => {
    const w = await world();
    const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: 0.1 };
    const rules = tended(w, { retention: { retentionMs: -1, retentionBytes: 100_000 }, cleaning });
    await w.log.append([batchOf(w.at(0), [['rare', 'kept']])]);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 60; j++) await w.log.append([batchOf(w.at(0), [['often', 'x'.repeat(1_000)]])]);
      await w.log.tend(rules);
    }
    expect((await readAll(w.log, w.at(0)))[0]).toBe('0=kept');
    await expectSound(w);
  });

  it('makes what was deleted unreadable at once', async () => {
    const w = await world();
    await w.log.append([batchOf(w.at(0), ['a']), batchOf(w.at(0), ['b'])]);
    expect(await readAll(w.log, w.at(0))).toEqual(['0=a', '1=b']);
    expect(await w.log.deleteRecords(w.at(0), 1)).toBe(1);
    const [fetched] = await w.log.fetch([{ from: w.at(0), offset: 0, maxBytes: 1_000 }], { maxBytes: 1_000 });
    expect(fetched!.error?.code).toBe('offset_out_of_range');
    expect(await readAll(w.log, w.at(0), 1)).toEqual(['1=b']);
  });

  it('finds by time what is left, though a deleted event came from the future', async () => {
    const w = await world();
    await w.log.append([batchOf(w.at(0), [[null, 'future', 9_999_999]])]);
    for (let i = 0; i < 400; i++) await w.log.append([batchOf(w.at(0), [[null, `${i}`, 1_000 + i]])]);
    await w.log.deleteRecords(w.at(0), 1);
    const before = w.log.stats().pageReads;
    expect(await w.log.offsetForTime(w.at(0), 1_300)).toEqual({ offset: 301, timestampMs: 1_300 });
    expect(w.log.stats().pageReads - before).toBeLessThan(15);
  });
});

describe('merging', () => {
  it('writes small objects into large ones, record for record and offset for offset', async () => {
    const w = await world({ partitions: 3, settings: { mergeAgeMs: HOUR } });
    for (let i = 0; i < 200; i++) await w.log.append([batchOf(w.at(i % 3), [`a${i}`, `b${i}`])]);
    const before = await Promise.all([0, 1, 2].map((p) => readAll(w.log, w.at(p))));
    await w.clock.advance(2 * HOUR);
    expect((await w.log.tend(tended(w, {}))).pagesMerged).toBeGreaterThan(3);
    const again = await world({ partitions: 3, stores: w.stores });
    for (const p of [0, 1, 2]) expect(await readAll(again.log, w.at(p))).toEqual(before[p]);
    expect(again.log.stats().objectReads).toBeLessThan(60);
    await expectSound(w);
  });

  it('leaves readers that had looked before on the right way', async () => {
    const w = await world({ settings: { hotCacheBytes: 0, coldCacheBytes: 0, staleObjectMs: 1, collectGraceMs: 1 } });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    const reader = await world({ stores: w.stores, settings: { hotCacheBytes: 0, coldCacheBytes: 0 } });
    const before = await readAll(reader.log, w.at(0));
    for (let i = 0; i < 3; i++) {
      await w.clock.advance(2 * HOUR);
      await w.log.tend(tended(w, {}));
    }
    expect(await readAll(reader.log, w.at(0))).toEqual(before);
  });
});

describe('keyed compaction', () => {
  const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: 0.5 };

  it('keeps the latest record of each key at its offset, and drops tombstones in time', async () => {
    const w = await world({ partitions: 2 });
    const latest = new Map<string, string>();
    for (let i = 0; i < 300; i++) {
      const key = `k${i % 7}`;
      const value = i >= 290 && i % 7 === 3 ? null : `v${i}`;
      await w.log.append([batchOf(w.at(i % 2), [[key, value]])]);
      latest.set(`${i % 2}/${key}`, `${Math.floor(i / 2)}=${value}`);
    }
    await w.log.roll({ topicId: w.topicId, index: 0 });
    expect((await w.log.tend(tended(w, { cleaning }))).pagesCleaned).toBeGreaterThan(0);
    await expectSound(w);
    const fresh = await world({ partitions: 2, stores: w.stores });
    const kept = await Promise.all([0, 1].map((p) => readAll(fresh.log, w.at(p))));
    expect(kept.flat().sort()).toEqual([...latest.values()].sort());
    await w.clock.advance(2 * HOUR);
    await w.log.tend(tended(w, { cleaning }));
    await expectSound(w);
    const later = await world({ partitions: 2, stores: w.stores });
    const left = (await Promise.all([0, 1].map((p) => readAll(later.log, w.at(p))))).flat();
    expect(left.sort()).toEqual([...latest.values()].filter((text) => !text.endsWith('=null')).sort());
  });

  it('compacts what is new in its turn, though tombstones fell due before there was enough of it', async () => {
    const w = await world();
    const fill = async (from: number, count: number) => {
      for (let i = from; i < from + count; i++) await w.log.append([batchOf(w.at(0), [[`k${i}`, 'v']])]);
      await w.log.roll({ topicId: w.topicId, index: 0 });
    };
    await w.log.append([batchOf(w.at(0), [['deleted', 'old']])]);
    await w.log.append([batchOf(w.at(0), [['tombstone', null]])]);
    await fill(0, 300);
    await w.log.tend(tended(w, { cleaning }));
    await w.clock.advance(2 * HOUR);
    // A little is new, not enough for a pass of its own, when the first tombstone falls due.
    await w.log.append([batchOf(w.at(0), [['deleted', null]])]);
    await w.log.roll({ topicId: w.topicId, index: 0 });
    await w.log.tend(tended(w, { cleaning }));
    await fill(300, 400);
    for (let i = 0; i < 3; i++) {
      await w.clock.advance(2 * HOUR);
      await w.log.tend(tended(w, { cleaning }));
    }
    const kept = await readAll(w.log, w.at(0));
    expect(kept.filter((text) => !text.endsWith('=v'))).toEqual([]);
    expect(kept).toHaveLength(700);
    await expectSound(w);
  });

  it('lets readers pass over stretches where nothing is left', async () => {
    const w = await world();
    for (let i = 0; i < 200; i++) await w.log.append([batchOf(w.at(0), [['same', `${i}`]])]);
    await w.log.roll({ topicId: w.topicId, index: 0 });
    await w.log.tend(tended(w, { cleaning }));
    const fresh = await world({ stores: w.stores });
    expect(await readAll(fresh.log, w.at(0))).toEqual(['199=199']);
    await fresh.log.append([batchOf(w.at(0), [['same', 'next']])]);
    expect(await readAll(fresh.log, w.at(0), 200)).toEqual(['200=next']);
  });
});

describe('collection', () => {
  const settings = { staleObjectMs: HOUR, collectGraceMs: HOUR };

  it('takes an object that was put and never committed, after its grace, and fails its late commit', async () => {
    const w = await world({ settings });
    const slow = await world({ stores: w.stores, seed: 2, settings });
    const { objects, items } = w.stores;
    // A writer that stops between put and commit: its head update is held back.
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const parts = (slow.log as unknown as { parts: { items: typeof items } }).parts;
    parts.items = intercepted(items, { write: (one) => held.then(() => items.write(one)) });
    const late = slow.log.append([batchOf(w.at(0), ['late'])]);
    await w.clock.advance(0);
    expect(await objects.list('seg/')).toHaveLength(1);

    await w.clock.advance(2 * HOUR);
    expect((await w.log.tend(tended(w, {}))).collected).toMatchObject({ condemned: 1, deleted: 0 });
    await w.clock.advance(2 * HOUR);
    expect((await w.log.tend(tended(w, {}))).collected).toMatchObject({ deleted: 1 });
    expect(await objects.list('seg/')).toHaveLength(0);

    release();
    expect((await late).appended[0]).toMatchObject({ baseOffset: 0 });
    expect(await objects.list('seg/')).toHaveLength(1);
    expect(await readAll(w.log, w.at(0))).toEqual(['0=late']);
    await expectSound(w);
  });

  it('takes what merging, retention and the end of a topic have released, and nothing that is named', async () => {
    const w = await world({ partitions: 2, settings: { ...settings, mergeAgeMs: HOUR } });
    for (let i = 0; i < 120; i++) await w.log.append([batchOf(w.at(i % 2), [`${i}`])]);
    const before = await readAll(w.log, w.at(0));
    for (let i = 0; i < 4; i++) {
      await w.clock.advance(2 * HOUR);
      await w.log.tend(tended(w, {}));
    }
    expect((await w.stores.objects.list('seg/')).length).toBeLessThan(60);
    const fresh = await world({ partitions: 2, stores: w.stores });
    expect(await readAll(fresh.log, w.at(0))).toEqual(before);
    await expectSound(w);
    await w.log.deleteLedgers({ topicId: w.topicId, partitions: 2, width: 32 });
    for (let i = 0; i < 2; i++) {
      await w.clock.advance(2 * HOUR);
      await w.log.tend([]);
    }
    expect(await w.stores.objects.list('seg/')).toHaveLength(0);
  });

  it('condemns a thousand objects with one write, and walks the pages no more often for many objects than for few', async () => {
    const stores = meteredStores(memoryStores());
    const w = await world({ stores, settings: { ...settings, mergeAgeMs: HOUR } });
    const cost = async (objects: number) => {
      for (let i = 0; i < objects; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
      await w.clock.advance(2 * HOUR);
      await w.log.tend(tended(w, {}), { collect: false });
      await w.clock.advance(2 * HOUR);
      stores.reset();
      const report = (await w.log.tend(tended(w, {}))).collected;
      const { 'item.write': writes, 'item.query': queries } = stores.meters();
      return { condemned: report!.condemned, writes: writes.requests, queries: queries.requests };
    };
    const few = await cost(100);
    const many = await cost(500);
    expect(few.condemned).toBeGreaterThan(40);
    expect(many.condemned).toBeGreaterThan(400);
    expect(many.queries).toBe(few.queries);
    // Items of what was condemned before are forgotten, of what is condemned now written; marks are raised.
    expect(many.writes - few.writes).toBeLessThanOrEqual(2);
  });

  it('takes what an earlier version has condemned, an item for each', async () => {
    const w = await world({ settings });
    await w.log.append([batchOf(w.at(0), ['named'])]);
    const [named] = await w.stores.objects.list('seg/');
    const [, id = ''] = /([0-9A-Z]{26})/.exec(named!.key) ?? [];
    const other = `${id.slice(0, 15)}${id[15] === 'A' ? 'B' : 'A'}${id.slice(16)}`;
    const left = named!.key.replace(id, other);
    await w.stores.objects.put(left, [await w.stores.objects.get(named!.key)]);
    const since = w.clock.nowMs();
    await w.stores.items.write({ write: 'put', key: { pk: 'condemned', sk: other }, item: { since } });
    await w.clock.advance(2 * HOUR);
    expect((await w.log.tend(tended(w, {}))).collected).toMatchObject({ condemned: 0, deleted: 1 });
    expect((await w.stores.objects.list('seg/')).map(({ key }) => key)).toEqual([named!.key]);
    expect((await w.stores.items.query('condemned')).items).toEqual([]);
  });
});

describe('verify', () => {
  it('names an object that is gone, one that was changed, and a page that is missing', async () => {
    const w = await world();
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    const whole = await w.log.verify([layout]);
    expect(whole).toMatchObject({ problems: [], records: 100, unnamedObjects: 0 });

    const [first, second] = await w.stores.objects.list('seg/');
    await w.stores.objects.delete([first!.key]);
    const bytes = Buffer.from(await w.stores.objects.get(second!.key));
    bytes[70]! ^= 1;
    await w.stores.objects.delete([second!.key]);
    await w.stores.objects.put(second!.key, [bytes]);
    const damaged = (await w.log.verify([layout])).problems.map(({ message }) => message);
    expect(damaged.find((message) => message.includes(first!.key))).toContain('not there');
    expect(damaged.find((message) => message.includes(second!.key))).toContain('CRC');

    await w.stores.items.write({ write: 'delete', key: { pk: `ledger/${w.topicId}/0`, sk: 'page/000000000001' } });
    const broken = (await w.log.verify([layout])).problems.map(({ message }) => message);
    expect(broken).toContain('Pages 1 to 1 are missing.');
  });
});
