import { describe, expect, test } from 'vitest';
import type { Platform } from '../../lib/platform.ts';
import { memoryStores, StoreError, type Stores } from '../../lib/store/index.ts';
import { transactionKey } from '../../lib/txn/transaction-item.ts';
import { intercepted } from '../support/intercepted.ts';
import { stopping } from './stopping.ts';
import { actor, openWorld, type World } from './world.ts';

/** More than the looks for what is lost take, and less than any transaction here may. */
const A_WHILE_MS = 20_000;
const TIMEOUT_MS = 600_000;
const CALLS_MAX = 80;

const offsetsOf = (offset: number) => [{ topic: 'orders', partition: 0, offset }];
const ADDS = { adds: true };

/** A group with a committed offset, and a transaction that is to commit another. */
async function pendingWorld(stores?: Stores) {
  const w = await openWorld(stores);
  await w.one.groups.commit('g', offsetsOf(1));
  const mover = await actor(w.one, 'mover', TIMEOUT_MS);
  await w.one.transactions.commitOffsets(mover, 'g', offsetsOf(5), 'unnamed', ADDS);
  return { w, mover };
}

async function positions({ one }: World, group = 'g') {
  const found = await one.groups.committedStably(group);
  return { committed: found.positions.map(({ offset }) => offset), unstable: found.unstable.length };
}

/** Looks once for what is lost; answers what was told of it. */
async function look(w: World, through: Platform = w.process()): Promise<unknown[]> {
  const notices: unknown[] = [];
  const looking = through.transactions.lostOffsets.drop({ onNotice: (notice) => notices.push(notice) });
  await w.clock.advance(A_WHILE_MS);
  await looking;
  return notices;
}

/** Stores whose reads go through `meddle`, which may fail them, or hide what is there. */
function reading(inner: Stores, meddle: (pk: string) => 'fail' | 'hide' | undefined): Stores {
  const { items, objects } = inner;
  return {
    objects,
    items: intercepted(items, {
      query: async (pk, options) => {
        const how = meddle(pk);
        if (how === 'fail') throw new StoreError('store_unavailable', 'Away.');
        return how === 'hide' ? { items: [] } : items.query(pk, options);
      },
    }),
    close: async () => {},
  };
}

describe('offsets that wait for a transaction', () => {
  test('go in tending where no transactional id has it any more: their group is stable, and can be deleted', async () => {
    const { w } = await pendingWorld();
    await w.stores.items.write({ write: 'delete', key: transactionKey('mover') });
    expect(await positions(w)).toEqual({ committed: [1], unstable: 1 });
    await expect(w.one.groups.delete('g')).rejects.toMatchObject({ code: 'group_not_empty' });
    const tending = w.process().tend();
    await w.clock.advance(A_WHILE_MS);
    await tending;
    expect(await positions(w)).toEqual({ committed: [1], unstable: 0 });
    await w.one.groups.delete('g');
    expect((await w.stores.items.query('group/g')).items).toEqual([]);
  });

  test('go where its id has gone on without them, and what was dropped is told without its contents', async () => {
    const { w } = await pendingWorld();
    const other = await actor(w.one, 'other', TIMEOUT_MS);
    await w.one.transactions.commitOffsets(other, 'g', [{ topic: 'orders', partition: 1, offset: 7 }], 'unnamed', ADDS);
    await w.stores.items.write({ write: 'delete', key: transactionKey('mover') });
    await actor(w.one, 'mover', TIMEOUT_MS);
    expect(await look(w)).toMatchObject([{ code: 'transaction_unknown', message: expect.stringContaining('"g"') }]);
    expect(await positions(w)).toEqual({ committed: [1], unstable: 1 });
    await w.one.transactions.end(other, 'commit');
    expect(await positions(w)).toEqual({ committed: [1, 7], unstable: 0 });
    expect(await look(w)).toEqual([]);
  });

  test.each([
    ['it is open', undefined, []],
    ['an item of any id cannot be read', 'corrupt', []],
    ['the ids cannot be read', 'fail', [{ code: 'store_unavailable' }]],
  ] as const)('stay while %s', async (_, damage, told) => {
    const { w, mover } = await pendingWorld();
    const key = transactionKey('mover');
    const whole = (await w.stores.items.get(key))!;
    // Whatever cannot be read may be what they wait for.
    if (damage === 'corrupt') await w.stores.items.write({ write: 'put', key, item: { v: whole.v! } });
    const stores = reading(w.stores, (pk) => (damage === 'fail' && pk === key.pk ? 'fail' : undefined));
    expect(await look(w, w.process(stores))).toMatchObject(told);
    await w.stores.items.write({ write: 'put', key, item: whole });
    await w.process().transactions.end(mover, 'commit');
    expect(await positions(w)).toEqual({ committed: [5], unstable: 0 });
  });

  test('stay where they are seen a moment before the item that was written with them', async () => {
    const { w, mover } = await pendingWorld();
    const { pk } = transactionKey('mover');
    const seenMs = w.clock.monotonicMs() + 2_000;
    const stores = reading(w.stores, (asked) => (asked === pk && w.clock.monotonicMs() < seenMs ? 'hide' : undefined));
    expect(await look(w, w.process(stores))).toEqual([]);
    await w.one.transactions.end(mover, 'commit');
    expect(await positions(w)).toEqual({ committed: [5], unstable: 0 });
  });

  test('go though the offsets of another group cannot be read, which is told', async () => {
    const { w } = await pendingWorld();
    await w.one.groups.commit('broken', offsetsOf(1));
    await w.stores.items.write({ write: 'delete', key: transactionKey('mover') });
    const [stored] = (await w.stores.items.query('group/broken', { prefix: 'offsets/' })).items;
    await w.stores.items.write({ write: 'put', key: { pk: 'group/broken', sk: stored!.sk }, item: { n: 1 } });
    expect(await look(w)).toMatchObject([{ code: 'group_corrupt' }, { code: 'transaction_unknown' }]);
    expect(await positions(w)).toEqual({ committed: [1], unstable: 0 });
  });

  test('stay, however they come to be written: wherever a process pauses that commits them', async () => {
    for (let call = 1; ; call++) {
      expect(call).toBeLessThan(CALLS_MAX);
      const w = await openWorld();
      const mover = await actor(w.one, 'mover', TIMEOUT_MS);
      const paused = stopping(w.stores);
      const committing = w.process(paused.stores);
      await committing.topics.layout('orders');
      paused.stopAt(call);
      const commit = committing.transactions.commitOffsets(mover, 'g', offsetsOf(5), 'unnamed', ADDS);
      const isDone = await Promise.race([commit.then(() => true), paused.stopped.then(() => false)]);
      await look(w);
      paused.goOn();
      await commit;
      await w.one.transactions.end(mover, 'commit');
      expect([call, await positions(w)]).toEqual([call, { committed: [5], unstable: 0 }]);
      if (isDone) break;
    }
  });

  test('stay where they are written while it is looked, whatever was lost before: wherever the one pauses that looks', async () => {
    for (const isLost of [true, false]) {
      for (let call = 1; ; call++) {
        expect(call).toBeLessThan(CALLS_MAX);
        const { w, mover } = await pendingWorld();
        const key = transactionKey('mover');
        const whole = (await w.stores.items.get(key))!;
        if (isLost) await w.stores.items.write({ write: 'delete', key });
        const paused = stopping(w.stores);
        const looking = w.process(paused.stores);
        paused.stopAt(call);
        let isOver = false;
        const looked = looking.transactions.lostOffsets.drop({ onNotice: () => {} }).then(() => {
          isOver = true;
        });
        await w.clock.advance(A_WHILE_MS);
        const wasOver = isOver;
        // Its item is put back, as it was, by whoever finds it; what waits is written anew under it, or ended before.
        if (isLost) await w.stores.items.write({ write: 'put', key, item: whole });
        else await w.one.transactions.end(mover, 'commit');
        await w.one.transactions.commitOffsets(mover, 'g', offsetsOf(6), 'unnamed', ADDS);
        paused.goOn();
        await w.clock.advance(A_WHILE_MS);
        await looked;
        await w.one.transactions.end(mover, 'commit');
        expect([isLost, call, await positions(w)]).toEqual([isLost, call, { committed: [6], unstable: 0 }]);
        if (wasOver) break;
      }
    }
  });

  test('stay until a transaction that ends in several steps has ended, wherever that stops', async () => {
    const GROUPS = Array.from({ length: 100 }, (_, i) => `g${i}`);
    let decided = 0;
    for (let call = 1; ; call += 13) {
      const w = await openWorld(memoryStores());
      const mover = await actor(w.one, 'mover', TIMEOUT_MS);
      for (const group of GROUPS) {
        await w.one.transactions.commitOffsets(mover, group, offsetsOf(5), 'unnamed', ADDS);
      }
      const paused = stopping(w.stores);
      const ending = w.process(paused.stores);
      paused.stopAt(call);
      const ended = ending.transactions.end(mover, 'commit');
      const isDone = await Promise.race([ended.then(() => true), paused.stopped.then(() => false)]);
      if ((await w.stores.items.get(transactionKey('mover')))?.d !== undefined) decided++;
      expect(await look(w)).toEqual([]);
      paused.goOn();
      // It may have taken too long to go on with it.
      await ended.catch(() => {});
      await w.one.transactions.end(mover, 'commit');
      for (const group of GROUPS) expect(await positions(w, group)).toEqual({ committed: [5], unstable: 0 });
      if (isDone) break;
    }
    expect(decided).toBeGreaterThan(0);
  });
});
