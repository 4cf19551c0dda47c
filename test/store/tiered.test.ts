import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formerlyTieredStores, memoryStores, meteredStores, tieredStores } from '../../lib/store/index.ts';
import { objectRules } from './contract-objects.ts';

const even = (key: string) => key.length % 2 === 0;

describe('objects in two tiers', () => {
  objectRules(async () => tieredStores(memoryStores(), even));
});

describe('objects of one tier', () => {
  objectRules(async () => tieredStores(memoryStores(), () => true));
});

describe('objects that were in two tiers once', () => {
  objectRules(async () => {
    const stores = memoryStores();
    await tieredStores(stores, even).objects.put('zz', [new Uint8Array(1)]);
    const former = await formerlyTieredStores(stores, even);
    return { ...former, close: () => stores.close() };
  });

  test('stay where they are: found, listed, refused to a second put, deleted', async () => {
    const stores = memoryStores();
    const before = tieredStores(stores, even).objects;
    for (const key of ['a', 'bb', 'ccc', 'dd']) await before.put(key, [Buffer.from(key)]);
    const { objects } = await formerlyTieredStores(stores, even);
    await objects.put('ee', [Buffer.from('ee')]);
    expect((await stores.objects.list('')).map(({ key }) => key)).toEqual(['a', 'ccc', 'ee']);
    expect((await objects.list('')).map(({ key }) => key)).toEqual(['a', 'bb', 'ccc', 'dd', 'ee']);
    for (const key of ['a', 'bb', 'ccc', 'dd', 'ee']) {
      expect(Buffer.from(await objects.get(key, 0)).toString()).toBe(key);
      expect(await objects.size(key)).toBe(key.length);
      await expect(objects.put(key, [])).rejects.toMatchObject({ code: 'object_exists' });
    }
    await objects.delete(['bb', 'ee', 'a']);
    expect((await objects.list('')).map(({ key }) => key)).toEqual(['ccc', 'dd']);
  });

  test('cost nothing once none is left as an item', async () => {
    const stores = memoryStores();
    await stores.objects.put('aa', [new Uint8Array(1)]);
    expect(await formerlyTieredStores(stores, even)).toBe(stores);
  });
});

test('each object is kept, read and deleted in the one tier that its key names', async () => {
  const metered = meteredStores(memoryStores());
  const { objects } = tieredStores(metered, (key) => key.startsWith('small'));
  for (const key of ['small/a', 'large/a']) {
    await objects.put(key, [Uint8Array.of(1, 2, 3)]);
    expect(await objects.get(key, 1)).toEqual(Uint8Array.of(2, 3));
  }
  expect(await metered.objects.list('')).toEqual([{ key: 'large/a', sizeBytes: 3 }]);
  expect(metered.meters()).toMatchObject({
    'object.put': { requests: 1 },
    'object.get': { requests: 1 },
    'item.write': { requests: 1, units: 1 },
    'item.get': { requests: 1 },
  });
  await objects.delete(['small/a', 'large/a']);
  expect(await objects.list('')).toEqual([]);
});

test('lists of both tiers merge in key order, from any key on, at any limit', async () => {
  const key = fc.stringMatching(/^(seg\/)?[0-3A]\/[a-d]{1,3}(\/[a-c])?$/);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 60 }),
      fc.constantFrom('', 's', 'seg/', 'seg/1', 'seg/1/', 'seg/1/a', '0/', '1/b'),
      fc.option(key, { nil: undefined }),
      fc.integer({ min: 1, max: 20 }),
      async (keys, prefix, after, limit) => {
        const { objects } = tieredStores(memoryStores(), even);
        for (const one of keys) await objects.put(one, [Buffer.from(one)]);
        const expected = keys
          .filter((one) => one.startsWith(prefix) && (after === undefined || one > after))
          .sort()
          .slice(0, limit);
        const listed = await objects.list(prefix, { limit, ...(after !== undefined && { after }) });
        expect(listed).toEqual(expected.map((one) => ({ key: one, sizeBytes: one.length })));
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});

test('a list of one folder asks one place, and no further than it must', async () => {
  const metered = meteredStores(memoryStores());
  const { objects } = tieredStores(metered, () => true);
  for (let i = 0; i < 300; i++) {
    await objects.put(`seg/${i % 2}/${String(i).padStart(3, '0')}`, [new Uint8Array(10)]);
  }
  metered.reset();
  expect(await objects.list('seg/1/', { limit: 20 })).toHaveLength(20);
  expect(metered.meters()['item.query'].requests).toBe(1);
  metered.reset();
  expect(await objects.list('seg/', { limit: 20 })).toHaveLength(20);
  expect(metered.meters()['item.query'].requests).toBe(32);
});
