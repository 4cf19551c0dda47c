import { describe, expect, test } from 'vitest';
import {
  type ItemKey,
  type MeteredStores,
  memoryStores,
  meteredStores,
  StoreError,
  type Stores,
} from '../../lib/store/index.ts';
import type { Actor } from '../../lib/txn/index.ts';
import { Remembered } from '../../lib/txn/remembered.ts';
import { newState } from '../../lib/txn/state.ts';
import { transactionKey } from '../../lib/txn/transaction-item.ts';
import { intercepted } from '../support/intercepted.ts';
import { actor, openWorld, type World } from './world.ts';

const MINUTE = 60_000;
const IDS = 300;
const PARTITIONS = [{ topic: 'orders', partition: 0 }];

async function once(w: World, mover: Actor): Promise<void> {
  await w.one.transactions.addPartitions(mover, PARTITIONS);
  await w.one.transactions.end(mover, 'commit');
}

const listed = async ({ stores }: World) => (await stores.items.query('txn/open')).items.map(({ sk }) => sk);

function unitsOf(metered: MeteredStores): number {
  const meters = metered.meters();
  return meters['item.get'].units + meters['item.query'].units + meters['item.write'].units;
}

describe('a sweep', () => {
  test('costs a query where all transactional ids rest, however many there are', async () => {
    const metered = meteredStores(memoryStores());
    const w = await openWorld(metered);
    for (let i = 0; i < IDS; i++) await once(w, await actor(w.one, `id-${i}`));
    expect(await listed(w)).toHaveLength(IDS);
    const sweeping = w.process();
    await sweeping.transactions.sweep();
    await w.clock.advance(11 * MINUTE);
    await sweeping.transactions.sweep();
    expect(await listed(w)).toEqual([]);
    metered.reset();
    await sweeping.transactions.sweep();
    expect(unitsOf(metered)).toBe(1);
    expect(await w.one.transactions.list()).toHaveLength(IDS);
  });

  test('finds what an id opens that had rested, in a process that remembers it and in others', async () => {
    const w = await openWorld();
    const sweeping = w.process();
    await sweeping.transactions.sweep();
    const mover = await actor(w.one);
    await once(w, mover);
    await w.clock.advance(11 * MINUTE);
    await sweeping.transactions.sweep();
    expect(await listed(w)).toEqual([]);
    await w.one.transactions.addPartitions(mover, PARTITIONS);
    expect(await listed(w)).toEqual(['mover']);
    await w.clock.advance(2 * MINUTE);
    expect(await sweeping.transactions.sweep()).toMatchObject({ timedOut: 1, failures: [] });
  });

  test('leaves an id among those that it looks at that opens just as it was found to rest', async () => {
    const inner = memoryStores();
    const w = await openWorld(inner);
    const mover = await actor(w.one);
    await once(w, mover);
    let isOpened = false;
    const stores: Stores = {
      ...inner,
      items: intercepted(inner.items, {
        transact: async (writes) => {
          const isUnlisting = writes.some(({ write, key }) => write === 'delete' && key.pk === 'txn/open');
          if (isUnlisting && !isOpened) {
            isOpened = true;
            await w.one.transactions.addPartitions(mover, PARTITIONS);
          }
          return inner.items.transact(writes);
        },
      }),
    };
    const sweeping = w.process(stores);
    await w.clock.advance(11 * MINUTE);
    await sweeping.transactions.sweep();
    expect([isOpened, await listed(w)]).toEqual([true, ['mover']]);
    await w.clock.advance(2 * MINUTE);
    expect(await sweeping.transactions.sweep()).toMatchObject({ timedOut: 1 });
  });

  const unlist = async ({ stores: { items } }: World, knows: boolean) => {
    const { i, ...item } = (await items.get(transactionKey('mover')))!;
    expect(i).toBe(true);
    if (!knows) await items.write({ write: 'put', key: transactionKey('mover'), item });
    await items.write({ write: 'delete', key: { pk: 'txn/open', sk: 'mover' } });
  };

  test.each([
    ['as its item says', false],
    ['though its item says that it is', true],
  ])('of a new process finds what is open and not listed, %s', async (_, knows) => {
    const w = await openWorld();
    await w.one.transactions.addPartitions(await actor(w.one), PARTITIONS);
    await unlist(w, knows);
    const other = w.process();
    expect(await other.transactions.sweep()).toMatchObject({ timedOut: 0, failures: [] });
    expect(await listed(w)).toEqual(['mover']);
    await w.clock.advance(2 * MINUTE);
    expect(await other.transactions.sweep()).toMatchObject({ timedOut: 1 });
  });

  test('finds within the hour what a process has opened meanwhile that knows no list', async () => {
    const w = await openWorld();
    const sweeping = w.process();
    await sweeping.transactions.sweep();
    await w.one.transactions.addPartitions(await actor(w.one), PARTITIONS);
    await unlist(w, false);
    await w.clock.advance(2 * MINUTE);
    expect(await sweeping.transactions.sweep()).toMatchObject({ timedOut: 0 });
    await w.clock.advance(60 * MINUTE);
    expect(await sweeping.transactions.sweep()).toMatchObject({ timedOut: 1 });
  });

  test('forgets ids that are gone', async () => {
    const w = await openWorld();
    await w.stores.items.write({ write: 'put', key: { pk: 'txn/open', sk: 'gone' }, item: {} });
    for (let i = 0; i < 2; i++) await w.one.transactions.sweep();
    expect(await listed(w)).toEqual([]);
  });

  test('of a new process looks at all, though one of them cannot be listed', async () => {
    const inner = memoryStores();
    const w = await openWorld(inner);
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await w.one.transactions.addPartitions(await actor(w.one, id), PARTITIONS);
    for (const id of ids) {
      const { i: _, ...item } = (await inner.items.get(transactionKey(id)))!;
      await inner.items.write({ write: 'put', key: transactionKey(id), item });
    }
    const refuse = (key: ItemKey) => {
      if (key.pk === 'txn/open' && key.sk === 'b') throw new StoreError('store_invalid', 'Refused.');
    };
    const items = intercepted(inner.items, {
      write: async (write) => {
        refuse(write.key);
        return inner.items.write(write);
      },
      transact: async (writes) => {
        for (const { key } of writes) refuse(key);
        return inner.items.transact(writes);
      },
    });
    await w.clock.advance(2 * MINUTE);
    const { timedOut, failures } = await w.process({ ...inner, items }).transactions.sweep();
    expect([timedOut, failures.map(({ id }) => id)]).toEqual([2, ['b']]);
  });

  test('takes out what rests but once, where several processes sweep at the same time', async () => {
    const inner = memoryStores();
    const w = await openWorld(inner);
    for (let i = 0; i < 20; i++) await once(w, await actor(w.one, `id-${i}`));
    let transacts = 0;
    const counted: Stores = {
      ...inner,
      items: intercepted(inner.items, {
        transact: (writes) => {
          transacts++;
          return inner.items.transact(writes);
        },
      }),
    };
    const all = Array.from({ length: 4 }, () => w.process(counted));
    for (const { transactions } of all) await transactions.sweep();
    await w.clock.advance(11 * MINUTE);
    await Promise.all(all.map(({ transactions }) => transactions.sweep()));
    expect(await listed(w)).toEqual([]);
    expect(transacts).toBeLessThanOrEqual(20 + all.length);
  });
});

test('what a process remembers of transactional ids is bounded by the bytes of their items', () => {
  const remembered = new Remembered(1_000);
  const stored = { version: 1, state: newState({ producerId: 1, epoch: 0 }, 1_000, 0), listed: false };
  for (let i = 0; i < 10; i++) remembered.set(`id-${i}`, stored, 300);
  expect(remembered.bytes).toBe(900);
  expect(remembered.take('id-6')).toBeUndefined();
  expect(remembered.take('id-7')).toBe(stored);
  expect(remembered.take('id-7')).toBeUndefined();
  remembered.set('id-8', stored, 900);
  expect([remembered.bytes, remembered.take('id-9')]).toEqual([900, undefined]);
  remembered.set('large', stored, 2_000);
  expect([remembered.bytes, remembered.take('large')]).toEqual([0, undefined]);
});
