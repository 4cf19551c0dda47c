import { expect, test } from 'vitest';
import { memoryStores, meteredStores } from '../../lib/store/index.ts';

const key = (sk: string) => ({ pk: 'p', sk });
const kilobytes = (n: number) => ({ b: new Uint8Array(n * 1024) });

test('writes count a unit per KB of the larger of before and after, twice that in a transaction', async () => {
  const stores = meteredStores(memoryStores());
  const { items } = stores;
  const units = async (work: Promise<unknown>) => {
    stores.reset();
    await work;
    const meters = stores.meters();
    return meters['item.write'].units + meters['item.transact'].units;
  };
  expect(await units(items.write({ write: 'put', key: key('a'), item: { n: 1 } }))).toBe(1);
  expect(await units(items.write({ write: 'put', key: key('a'), item: kilobytes(2) }))).toBe(3);
  expect(await units(items.write({ write: 'put', key: key('a'), item: {} }))).toBe(3);
  expect(await units(items.write({ write: 'put', key: key('b'), item: kilobytes(4) }))).toBe(5);
  expect(await units(items.write({ write: 'delete', key: key('b'), when: { if: 'itemAbsent' } }))).toBe(5);
  expect(await units(items.write({ write: 'delete', key: key('none') }))).toBe(1);
  const update = { write: 'update', key: key('a'), actions: [{ do: 'set', path: ['n'], to: 1 }] } as const;
  expect(await units(items.transact([update, { write: 'delete', key: key('b') }]))).toBe(2 + 10);
});

test('reads count a unit per 4 KB, half of it where stale, and a query its whole page', async () => {
  const stores = meteredStores(memoryStores());
  const { items } = stores;
  for (const sk of ['a', 'b', 'c']) await items.write({ write: 'put', key: key(sk), item: kilobytes(5) });
  stores.reset();
  await items.get(key('a'));
  await items.get(key('a'), { stale: true });
  await items.getMany([key('a'), key('none')]);
  expect(stores.meters()['item.get']).toMatchObject({ requests: 3, units: 2 + 1 + 2 + 1 });
  await items.query('p');
  expect(stores.meters()['item.query']).toMatchObject({ requests: 1, units: 4 });
});

test('objects count requests and the bytes that moved; what failed counts nothing', async () => {
  const stores = meteredStores(memoryStores());
  const { objects } = stores;
  await objects.put('a', [new Uint8Array(10), new Uint8Array(5)]);
  await expect(objects.put('a', [])).rejects.toMatchObject({ code: 'object_exists' });
  await objects.get('a', 3, 7);
  await objects.size('a');
  await objects.list('');
  await objects.delete(Array.from({ length: 1_001 }, (_, i) => `a${i}`));
  expect(stores.meters()).toMatchObject({
    'object.put': { requests: 1, bytes: 15 },
    'object.get': { requests: 1, bytes: 4 },
    'object.size': { requests: 1 },
    'object.list': { requests: 1 },
    'object.delete': { requests: 2 },
  });
});
