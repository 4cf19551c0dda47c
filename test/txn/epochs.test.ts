import { describe, expect, it } from 'vitest';
import type { Platform } from '../../lib/platform.ts';
import { memoryStores, meteredStores } from '../../lib/store/index.ts';
import type { Actor } from '../../lib/txn/index.ts';
import { transactionKey } from '../../lib/txn/transaction-item.ts';
import { stopping } from './stopping.ts';
import { actor, openWorld, type Sequences, send, valuesIn, type World } from './world.ts';

const ORDERS = (partition: number) => [{ topic: 'orders', partition }];
const OFFSETS = (offset: number) => [{ topic: 'taken', partition: 0, offset }];
const ADDS = { adds: true };
/** The last epoch that a producer gets. */
const LAST = 32_766;
const WIDE = 110;
const CALLS_MAX = 30;

/** One transaction of version 2 with an event in `orders/0`, and offset `offset` of group `g`, still open. */
async function work({ transactions, ...rest }: Platform, as: Actor, value: string, offset: number): Promise<void> {
  await transactions.include(as, ORDERS(0));
  await send(rest, as, ['orders', 0], [value], new Map());
  await transactions.commitOffsets(as, 'g', OFFSETS(offset), 'unnamed', ADDS);
}

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );

async function withEpoch({ stores }: World, mover: Actor, epoch: number): Promise<Actor> {
  const key = transactionKey(mover.id);
  await stores.items.write({ write: 'put', key, item: { ...(await stores.items.get(key)), v: 7, e: epoch } });
  return { ...mover, epoch };
}

describe('a transaction with an epoch of its own', () => {
  it('gives its producer the next, by which sequences begin anew', async () => {
    const w = await openWorld();
    let mover = await actor(w.one);
    for (const [i, outcome] of (['commit', 'abort', 'commit'] as const).entries()) {
      await work(w.one, mover, `${i}`, i);
      const next = await w.one.transactions.endAndRaise(mover, outcome);
      expect(next).toEqual({ producerId: mover.producerId, epoch: mover.epoch + 1 });
      mover = { ...mover, ...next };
    }
    expect(await valuesIn(w, 'orders', 0)).toEqual(['0', '2']);
    expect(await w.one.groups.committed('g')).toMatchObject([{ offset: 2 }]);
  });

  it('ends once: a retry has the same answer by any process, and cannot change how', async () => {
    const w = await openWorld();
    const mover = await actor(w.one);
    await work(w.one, mover, 'a', 1);
    const next = await w.one.transactions.endAndRaise(mover, 'commit');
    for (const { transactions } of [w.one, w.process()]) {
      expect(await transactions.endAndRaise(mover, 'commit')).toEqual(next);
      expect(await code(transactions.endAndRaise(mover, 'abort'))).toBe('transaction_state');
    }
    const later = { ...mover, ...next };
    await work(w.one, later, 'b', 2);
    for (const outcome of ['commit', 'abort'] as const)
      expect(await code(w.one.transactions.endAndRaise(mover, outcome))).toBe('transaction_fenced');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['a']);
    await w.one.transactions.endAndRaise(later, 'commit');
    expect(await code(w.one.transactions.endAndRaise(mover, 'commit'))).toBe('transaction_fenced');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['a', 'b']);
  });

  it('that never began can be aborted, which is the end of its epoch, and not be committed', async () => {
    const w = await openWorld();
    const mover = await actor(w.one);
    const { transactions } = w.one;
    expect(await code(transactions.endAndRaise(mover, 'commit'))).toBe('transaction_state');
    const next = await transactions.endAndRaise(mover, 'abort');
    expect(next.epoch).toBe(1);
    expect(await transactions.endAndRaise(mover, 'abort')).toEqual(next);
    expect(await code(transactions.endAndRaise(mover, 'commit'))).toBe('transaction_state');
    expect(await code(transactions.include(mover, ORDERS(0)))).toBe('transaction_fenced');
    expect(await code(transactions.endAndRaise({ ...mover, ...next }, 'commit'))).toBe('transaction_state');
  });

  it('is begun by nothing that comes late from one before', async () => {
    const w = await openWorld();
    const mover = await actor(w.one);
    await work(w.one, mover, 'a', 1);
    await w.one.transactions.endAndRaise(mover, 'commit');
    for (const platform of [w.one, w.process()]) {
      const { transactions } = platform;
      expect(await code(transactions.include(mover, ORDERS(0)))).toBe('transaction_fenced');
      expect(await code(transactions.include(mover, ORDERS(1)))).toBe('transaction_fenced');
      expect(await code(transactions.commitOffsets(mover, 'g', OFFSETS(0), 'unnamed', ADDS))).toBe(
        'transaction_fenced',
      );
      const sequences = new Map([[`${mover.producerId}.0.orders.0`, 1]]);
      expect(await code(send(platform, mover, ['orders', 0], ['late'], sequences))).toMatch(/not_open|stale|moved/);
    }
    expect((await w.one.transactions.describe('mover')).status).toBe('committed');
    expect(await valuesIn(w, 'orders', 0, 'read_uncommitted')).toHaveLength(2);
  });

  it('is not taken for one whose id another producer has taken since', async () => {
    const w = await openWorld();
    const mover = await actor(w.one);
    await work(w.one, mover, 'a', 1);
    const other = await actor(w.process());
    expect(other.epoch).toBe(1);
    for (const outcome of ['commit', 'abort'] as const)
      expect(await code(w.one.transactions.endAndRaise(mover, outcome))).toBe('transaction_fenced');
    await work(w.one, other, 'b', 2);
    await w.one.transactions.endAndRaise(other, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['b']);
  });

  it('whose time is over cannot be committed; aborted, its producer goes on', async () => {
    const w = await openWorld();
    const mover = await actor(w.one);
    await work(w.one, mover, 'a', 1);
    await w.clock.advance(60_000);
    await w.process().transactions.sweep();
    const { transactions } = w.one;
    expect(await code(transactions.endAndRaise(mover, 'commit'))).toBe('transaction_state');
    const next = await transactions.endAndRaise(mover, 'abort');
    expect(next.epoch).toBe(1);
    // Version 1 is told as ever.
    expect(await code(transactions.end(mover, 'abort'))).toBe('transaction_fenced');
    await work(w.one, { ...mover, ...next }, 'b', 2);
    await transactions.endAndRaise({ ...mover, ...next }, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['b']);
  });

  it('leaves one behind to whoever goes on by InitProducerId, once, as if it had had the answer', async () => {
    const w = await openWorld();
    const mover = await actor(w.one);
    await work(w.one, mover, 'a', 1);
    const next = await w.one.transactions.endAndRaise(mover, 'commit');
    expect(await w.one.transactions.init('mover', { timeoutMs: 1_000, expected: mover })).toEqual(next);
    const raised = await w.one.transactions.init('mover', { timeoutMs: 1_000, expected: next });
    expect(raised.epoch).toBe(2);
    expect(await code(w.one.transactions.endAndRaise(mover, 'commit'))).toBe('transaction_fenced');
    expect(await code(w.one.transactions.endAndRaise({ ...mover, ...next }, 'commit'))).toBe('transaction_fenced');
  });
});

describe('epochs that are used up', () => {
  it('give a new producer id with the end, the same for each retry', async () => {
    const w = await openWorld();
    const mover = await withEpoch(w, await actor(w.one), LAST);
    await work(w.one, mover, 'a', 1);
    const next = await w.one.transactions.endAndRaise(mover, 'commit');
    expect(next.epoch).toBe(0);
    expect(next.producerId).not.toBe(mover.producerId);
    expect(await w.process().transactions.endAndRaise(mover, 'commit')).toEqual(next);
    expect(await code(w.one.transactions.endAndRaise(mover, 'abort'))).toBe('transaction_state');
    await work(w.one, { ...mover, ...next }, 'b', 2);
    expect(await code(w.one.transactions.endAndRaise(mover, 'commit'))).toBe('transaction_unknown');
    await w.one.transactions.endAndRaise({ ...mover, ...next }, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['a', 'b']);
  });

  it('give one, too, where the time of the last was over', async () => {
    const w = await openWorld();
    const mover = await withEpoch(w, await actor(w.one), LAST);
    await work(w.one, mover, 'a', 1);
    await w.clock.advance(60_000);
    await w.one.transactions.sweep();
    const next = await w.one.transactions.endAndRaise(mover, 'abort');
    expect(next.epoch).toBe(0);
    expect(await w.process().transactions.endAndRaise(mover, 'abort')).toEqual(next);
    await work(w.one, { ...mover, ...next }, 'b', 2);
    await w.one.transactions.endAndRaise({ ...mover, ...next }, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['b']);
  });
});

it('what is wider than one write ends under its own epoch, and its retry is told so once it has', async () => {
  const w = await openWorld();
  await w.one.topics.create('wide', { partitions: WIDE, config: { 'millrace.partitions.per.ledger': '1' } });
  const mover = await actor(w.one);
  const all = Array.from({ length: WIDE }, (_, partition) => ({ topic: 'wide', partition }));
  const sequences: Sequences = new Map();
  await w.one.transactions.include(mover, all);
  for (const partition of [0, 50, WIDE - 1]) await send(w.one, mover, ['wide', partition], ['v'], sequences);
  const next = await w.one.transactions.endAndRaise(mover, 'commit');
  expect(next.epoch).toBe(1);
  expect(await w.process().transactions.endAndRaise(mover, 'commit')).toEqual(next);
  expect(await valuesIn(w, 'wide', 50)).toEqual(['v']);
  const later = { ...mover, ...next };
  await w.one.transactions.include(later, all);
  expect(await code(w.one.transactions.endAndRaise(mover, 'commit'))).toBe('transaction_fenced');
  await send(w.one, later, ['wide', 50], ['w'], sequences);
  expect((await w.one.transactions.endAndRaise(later, 'abort')).epoch).toBe(2);
  expect(await valuesIn(w, 'wide', 50)).toEqual(['v']);
});

it('partitions that a process has added are not looked at again, those that another has once', async () => {
  const metered = meteredStores(memoryStores());
  const w = await openWorld(metered);
  const other = w.process();
  const mover = await actor(w.one);
  const calls = async (work: () => Promise<unknown>) => {
    metered.reset();
    await work();
    return Object.values(metered.meters()).reduce((sum, { requests }) => sum + requests, 0);
  };
  await w.one.transactions.include(mover, ORDERS(0));
  await other.topics.layout('orders');
  expect(await calls(() => w.one.transactions.include(mover, ORDERS(0)))).toBe(0);
  expect(await calls(() => other.transactions.include(mover, ORDERS(0)))).toBe(1);
  expect(await calls(() => other.transactions.include(mover, ORDERS(0)))).toBe(0);
});

it.each(['commit', 'abort'] as const)('partitions are added anew after a %s that raises no epoch', async (outcome) => {
  const w = await openWorld();
  const mover = await actor(w.one);
  const sequences: Sequences = new Map();
  for (const value of ['a', 'b']) {
    await w.one.transactions.include(mover, ORDERS(0));
    await send(w.one, mover, ['orders', 0], [value], sequences);
    await w.one.transactions.end(mover, outcome);
  }
  expect(await valuesIn(w, 'orders', 0)).toEqual(outcome === 'commit' ? ['a', 'b'] : []);
});

/** What it is at when its process stops, for longer than anyone waits, and its connection seems to be there. */
const DOING: Readonly<Record<string, (platform: Platform, mover: Actor) => Promise<unknown>>> = {
  EndTxn: ({ transactions }, mover) => transactions.endAndRaise(mover, 'commit'),
  TxnOffsetCommit: ({ transactions }, mover) => transactions.commitOffsets(mover, 'g', OFFSETS(9), 'unnamed', ADDS),
  Produce: async (platform, mover) => {
    await platform.transactions.include(mover, ORDERS(1));
    await send(platform, mover, ['orders', 1], ['late'], new Map());
  },
};

describe.each(Object.keys(DOING))('a late %s', (doing) => {
  it('counts for no later transaction, whenever it was stopped, though nobody can know that it is late', async () => {
    let stops = 0;
    for (let call = 1; call <= CALLS_MAX; call++) {
      const w = await openWorld();
      const way = stopping(w.stores);
      const slow = w.process(way.stores);
      const mover = await actor(slow);
      await work(slow, mover, 'one', 5);
      way.stopAt(call);
      const late = code(DOING[doing]!(slow, mover));
      if ((await Promise.race([late, way.stopped.then(() => 'stopped')])) !== 'stopped') break;
      stops++;
      const other = w.process();
      const next = { ...mover, ...(await other.transactions.endAndRaise(mover, 'commit')) };
      await work(other, next, 'two', 20);
      way.goOn();
      for (let i = 0; i < 50; i++) await w.clock.advance(100);
      const came = await late;
      expect(await valuesIn(w, 'orders', 0)).toEqual(['one']);
      expect(await other.groups.committed('g')).not.toMatchObject([{ offset: 20 }]);
      await other.transactions.endAndRaise(next, 'commit');
      expect(await valuesIn(w, 'orders', 0)).toEqual(['one', 'two']);
      expect(await valuesIn(w, 'orders', 1)).toEqual(came === 'done' && doing === 'Produce' ? ['late'] : []);
      expect(await other.groups.committed('g')).toMatchObject([{ offset: 20 }]);
    }
    expect(stops).toBeGreaterThan(1);
    expect(stops).toBeLessThan(CALLS_MAX);
  });
});
