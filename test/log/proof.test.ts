import { describe, expect, it, test } from 'vitest';
import type { ProblemCode } from '../../lib/log/index.ts';
import type { Item, ItemKey } from '../../lib/store/index.ts';
import { batchOf, readAll, type World, world } from './world.ts';

const HOUR = 3600_000;

/** A log of two partitions with three pages and a tail of more than two commits. */
async function written(options: Parameters<typeof world>[0] = {}): Promise<World> {
  const w = await world({ partitions: 2, ...options });
  for (let i = 0; i < 90; i++) {
    const appends = [batchOf(w.at(0), [`${i}`])];
    if (i % 3 === 0) appends.push(batchOf(w.at(1), [`${i}`, 'and one more']));
    await w.log.append(appends);
  }
  return w;
}

async function problems(w: World, deep = true) {
  const report = await w.log.verify([{ topicId: w.topicId, partitions: w.partitions, width: w.width }], { deep });
  return report.problems;
}

async function codes(w: World, deep = true): Promise<ProblemCode[]> {
  return [...new Set((await problems(w, deep)).map(({ code }) => code))].sort();
}

const head = (w: World): ItemKey => ({ pk: `ledger/${w.topicId}/0`, sk: 'head' });
const page = (w: World, index: number): ItemKey => ({
  pk: `ledger/${w.topicId}/0`,
  sk: `page/${String(index).padStart(12, '0')}`,
});

/** Changes an item behind the log's back. */
async function change(w: World, key: ItemKey, to: (item: Item) => Item): Promise<void> {
  await w.stores.items.write({ write: 'put', key, item: to((await w.stores.items.get(key))!) });
}

async function replaceObject(w: World, key: string, bytes: Uint8Array): Promise<void> {
  await w.stores.objects.delete([key]);
  await w.stores.objects.put(key, [bytes]);
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

const tailOf = (item: Item) => item.t as readonly Uint8Array[];

describe('a log that was left alone', () => {
  it('adds up: as it was written, merged, cleaned, and with its beginning let go of', async () => {
    const w = await written();
    expect(await codes(w)).toEqual([]);
    const layout = { topicId: w.topicId, partitions: 2, width: 32 };
    await w.clock.advance(2 * HOUR);
    const tended = await w.log.tend([{ layout, retention: undefined, cleaning: undefined }]);
    expect(tended.pagesMerged).toBeGreaterThan(2);
    expect(await codes(w)).toEqual([]);
    await written({ stores: w.stores, clock: w.clock });
    await w.log.append([batchOf(w.at(0), [['k', 'old']]), batchOf(w.at(0), [['k', 'new']])]);
    await w.log.roll({ topicId: w.topicId, index: 0 });
    const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: 0 };
    expect((await w.log.tend([{ layout, retention: undefined, cleaning }])).pagesCleaned).toBeGreaterThan(0);
    expect(await codes(w)).toEqual([]);
    await w.clock.advance(2 * HOUR);
    await w.log.append([batchOf(w.at(0), ['last'])]);
    const retention = { retentionMs: HOUR, retentionBytes: -1 };
    expect((await w.log.tend([{ layout, retention, cleaning: undefined }])).pagesRemoved).toBeGreaterThan(2);
    expect(await w.stores.items.get(head(w))).toMatchObject({ v: expect.any(Number) });
    expect(await codes(w)).toEqual([]);
  });

  it('of before there were sums goes on, and is counted from then on', async () => {
    const w = await world({ partitions: 2 });
    for (let i = 0; i < 10; i++) await w.log.append([batchOf(w.at(i % 2), [`${i}`])]);
    const item = (await w.stores.items.get(head(w)))!;
    const counts = Object.entries(item).filter(([name]) => !/^(h\d+|a|b|v)$/.test(name));
    const uncounted = { ...Object.fromEntries(counts), t: tailOf(item).map((bytes) => flipped(bytes, 3)) };
    await w.stores.items.write({ write: 'put', key: head(w), item: uncounted });
    const later = await world({ partitions: 2, stores: w.stores, clock: w.clock, seed: 2 });
    for (let i = 0; i < 90; i++) await later.log.append([batchOf(w.at(i % 2), [`new ${i}`])]);
    expect(await codes(w)).toEqual([]);
    await w.clock.advance(2 * HOUR);
    const layout = { topicId: w.topicId, partitions: 2, width: 32 };
    expect((await later.log.tend([{ layout, retention: undefined, cleaning: undefined }])).failures).toEqual([]);
    expect(await codes(w)).toEqual([]);
    expect((await readAll(later.log, w.at(0))).length).toBe(5 + 45);
    await change(w, head(w), (item) => ({ ...item, h0: (item.h0 as number) + 1 }));
    expect(await codes(w)).toEqual(['batches_replaced']);
  });
});

describe('verify finds and names', () => {
  it('a bit that flipped anywhere in an object', async () => {
    const w = await world();
    await w.log.append([batchOf(w.at(0), ['one', 'two'])]);
    const [object] = await w.stores.objects.list('seg/');
    const bytes = await w.stores.objects.get(object!.key);
    // The batch's leader epoch, bytes 12 to 15, is nobody's promise; its base offset, bytes 0 to 7, is given when it is read.
    const promised = Array.from({ length: bytes.length * 8 }, (_, bit) => bit).filter(
      (bit) => (bit >= 64 && bit < 96) || bit >= 128,
    );
    for (let i = 0; i < promised.length; i++) {
      await replaceObject(w, object!.key, flipped(bytes, promised[i]!));
      const found = await problems(w);
      expect([i, found.length]).toEqual([i, 1]);
      expect(found[0]).toMatchObject({ code: 'object_damaged', message: expect.stringContaining(object!.key) });
    }
  });

  it('an object that is gone, with what it held', async () => {
    const w = await written();
    const [object] = await w.stores.objects.list('seg/');
    await w.stores.objects.delete([object!.key]);
    const [found, ...others] = await problems(w);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'object_missing', advice: expect.stringContaining('Bring the object back') });
    expect(found!.message).toMatch(
      /seg\/.*, named in (page \d+|the tail) \(partition 0 from offset \d+ to \d+.*not there/,
    );
  });

  it('an object with other events of the same size, sound as it is', async () => {
    const w = await world();
    const other = await world();
    await w.log.append([batchOf(w.at(0), ['one'])]);
    await other.log.append([batchOf(other.at(0), ['two'])]);
    const [[mine], [theirs]] = [await w.stores.objects.list('seg/'), await other.stores.objects.list('seg/')];
    await replaceObject(w, mine!.key, await other.stores.objects.get(theirs!.key));
    expect(await readAll(w.log, w.at(0))).toEqual(['0=one']); // from the cache
    expect(await codes(w)).toEqual(['batches_replaced']);
  });

  it('a bit that flipped anywhere in a page', async () => {
    const w = await written();
    const { v, d, p, c } = (await w.stores.items.get(page(w, 1)))! as {
      v: number;
      d: Uint8Array;
      p?: Uint8Array;
      c: number;
    };
    for (let bit = 0; bit < d.length * 8; bit += 7) {
      const item = { v, d: flipped(d, bit), c, ...(p && { p }) };
      await w.stores.items.write({ write: 'put', key: page(w, 1), item });
      expect([bit, await codes(w, false)]).toEqual([bit, ['page_damaged']]);
    }
    await w.stores.items.write({ write: 'put', key: page(w, 1), item: { v: v + 1, d, c } });
    expect(await codes(w)).toEqual(['page_damaged']);
  });

  test.each<[string, ProblemCode[], (item: Item) => Item]>([
    ['a next offset', ['offsets_broken'], (item) => ({ ...item, n: { ...(item.n as object), p0: 4186 } })],
    ['a sum', ['batches_replaced'], (item) => ({ ...item, h1: (item.h1 as number) + 2 ** 20 })],
    ['the sum of commits', ['commits_changed'], (item) => ({ ...item, a: (item.a as number) + 2 ** 7 })],
    ['the sum of their order', ['commits_changed'], (item) => ({ ...item, b: (item.b as number) + 1 })],
    [
      'the number of pages',
      ['commits_changed', 'head_damaged', 'offsets_broken'],
      (item) => ({ ...item, k: (item.k as number) - 1 }),
    ],
    ['the number of pages, upwards', ['page_missing'], (item) => ({ ...item, k: (item.k as number) + 4 })],
    ['the first page', ['head_damaged'], (item) => ({ ...item, k0: 1 })],
    ['a log start', ['head_damaged'], (item) => ({ ...item, s: { p0: 2 ** 30, p1: 0 } })],
    ['the mark', ['head_damaged'], (item) => ({ ...item, g: 2 ** 52 })],
    ['the pages merged', ['head_damaged'], (item) => ({ ...item, m: 1024 })],
    ['the count of rewrites', ['page_replaced'], (item) => ({ ...item, v: 1 })],
    ['two commits, swapped', ['commits_changed'], (item) => ({ ...item, t: swapped(tailOf(item), 0) })],
    [
      'the newest commit, dropped',
      ['batches_replaced', 'commits_changed', 'offsets_broken'],
      (item) => ({ ...item, t: tailOf(item).slice(0, -1) }),
    ],
    ['the tail, no list any more', ['head_damaged'], ({ t: _, ...item }) => item],
  ])('%s of the head that changed', async (_, expected, to) => {
    const w = await written();
    await change(w, head(w), to);
    expect(await codes(w)).toEqual(expected);
  });

  it('a bit that flipped anywhere in a commit of the tail', async () => {
    const w = await written();
    const item = (await w.stores.items.get(head(w)))!;
    const [first, ...rest] = tailOf(item);
    for (let bit = 0; bit < first!.length * 8; bit++) {
      await w.stores.items.write({ write: 'put', key: head(w), item: { ...item, t: [flipped(first!, bit), ...rest] } });
      expect([bit, await codes(w, false)]).not.toEqual([bit, []]);
    }
  });

  it('a head that is gone, and one that is older than it was', async () => {
    const w = await world();
    for (let i = 0; i < 20; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    const old = (await w.stores.items.get(head(w)))!;
    for (let i = 0; i < 60; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    await w.stores.items.write({ write: 'put', key: head(w), item: { ...old, k: 1, t: tailOf(old).slice(1) } });
    expect(await codes(w)).toContain('head_damaged');
    await w.stores.items.write({ write: 'delete', key: head(w) });
    expect(await codes(w)).toEqual(['head_missing']);
  });

  it('a page that is gone, and one that an older version of itself has replaced', async () => {
    const w = await written();
    const before = (await w.stores.items.get(page(w, 1)))!;
    await w.clock.advance(2 * HOUR);
    const layout = { topicId: w.topicId, partitions: 2, width: 32 };
    await w.log.tend([{ layout, retention: undefined, cleaning: undefined }], { collect: false });
    expect(await codes(w)).toEqual([]);
    await w.stores.items.write({ write: 'put', key: page(w, 1), item: before });
    const [replaced] = await problems(w, false);
    expect(replaced).toMatchObject({ code: 'page_replaced', advice: expect.stringContaining('--repair') });
    await w.stores.items.write({ write: 'delete', key: page(w, 1) });
    expect(await codes(w, false)).toEqual(['page_missing']);
  });

  it('commits of a page that were written in another order', async () => {
    const w = await world();
    for (let i = 0; i < 20; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    // Between rolling's two writes.
    await change(w, head(w), (item) => ({ ...item, t: swapped(tailOf(item), 3) }));
    const other = await world({ stores: w.stores, clock: w.clock, seed: 5 });
    await other.log.roll({ topicId: w.topicId, index: 0 });
    expect(await codes(w)).toEqual(['commits_changed']);
  });
});

describe('what is damaged', () => {
  it('is not merged: its page stays as it is', async () => {
    const w = await written();
    const [object] = await w.stores.objects.list('seg/');
    const bytes = await w.stores.objects.get(object!.key);
    await replaceObject(w, object!.key, flipped(bytes, 65 * 8));
    await w.clock.advance(2 * HOUR);
    const layout = { topicId: w.topicId, partitions: 2, width: 32 };
    const { failures, pagesMerged } = await w.log.tend([{ layout, retention: undefined, cleaning: undefined }]);
    expect(failures).toHaveLength(0);
    expect(pagesMerged).toBeGreaterThan(1);
    expect(await codes(w)).toEqual(['object_damaged']);
    await replaceObject(w, object!.key, bytes);
    expect(await codes(w)).toEqual([]);
  });
});

function swapped(tail: readonly Uint8Array[], at: number): Uint8Array[] {
  const [one, two] = [tail[at]!, tail[at + 1]!];
  return tail.with(at, two).with(at + 1, one);
}
