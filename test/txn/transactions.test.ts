import { beforeEach, describe, expect, test } from 'vitest';
import { itemSizeBytes } from '../../lib/store/index.ts';
import { transactionKey } from '../../lib/txn/transaction-item.ts';
import { actor, openWorld, type Sequences, send, valuesIn, type World } from './world.ts';

let w: World;
let sequences: Sequences;
beforeEach(async () => {
  w = await openWorld();
  sequences = new Map();
});

const at = (topic: string, ...partitions: number[]) => partitions.map((partition) => ({ topic, partition }));
const committed = async (group = 'g') =>
  (await w.one.groups.committed(group)).map(({ partition, offset }) => [partition, offset]);

describe('a transaction', () => {
  test('shows its events and its offsets once it commits, and not before', async () => {
    const mover = await actor(w.one);
    const { transactions } = w.one;
    await transactions.addPartitions(mover, at('orders', 0, 1));
    await send(w.one, mover, ['orders', 0], ['a', 'b'], sequences);
    await send(w.one, mover, ['orders', 1], ['c'], sequences);
    await transactions.addOffsets(mover, 'g');
    const offsets = [{ topic: 'taken', partition: 2, offset: 7, metadata: 'note', leaderEpoch: 0 }];
    await transactions.commitOffsets(mover, 'g', offsets, 'unnamed');
    expect([await valuesIn(w, 'orders', 0), await valuesIn(w, 'orders', 1), await committed()]).toEqual([[], [], []]);
    expect((await w.one.groups.committedStably('g')).unstable).toEqual([{ topic: 'taken', partition: 2 }]);
    await transactions.end(mover, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['a', 'b']);
    expect(await valuesIn(w, 'orders', 1)).toEqual(['c']);
    expect(await w.one.groups.committedStably('g')).toMatchObject({
      positions: [{ topic: 'taken', partition: 2, offset: 7, metadata: 'note', leaderEpoch: 0 }],
      unstable: [],
    });
  });

  test('that aborts leaves nothing, and what was committed before stays', async () => {
    const mover = await actor(w.one);
    const { transactions, groups } = w.one;
    await groups.commit('g', [{ topic: 'taken', partition: 0, offset: 3 }]);
    await transactions.addPartitions(mover, at('orders', 0));
    await send(w.one, mover, ['orders', 0], ['a'], sequences);
    await transactions.addOffsets(mover, 'g');
    await transactions.commitOffsets(mover, 'g', [{ topic: 'taken', partition: 0, offset: 9 }], 'unnamed');
    await transactions.end(mover, 'abort');
    await transactions.addPartitions(mover, at('orders', 0));
    await send(w.one, mover, ['orders', 0], ['b'], sequences);
    await transactions.end(mover, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['b']);
    expect(await valuesIn(w, 'orders', 0, 'read_uncommitted')).toHaveLength(4);
    expect(await groups.committedStably('g')).toMatchObject({ positions: [{ offset: 3 }], unstable: [] });
  });

  test('ends once, however often that is asked for, in whichever process', async () => {
    const mover = await actor(w.one);
    await w.one.transactions.addPartitions(mover, at('orders', 0));
    await send(w.one, mover, ['orders', 0], ['a'], sequences);
    const other = w.process();
    await Promise.all([w.one, other, w.process()].map(({ transactions }) => transactions.end(mover, 'commit')));
    await other.transactions.end(mover, 'commit');
    expect(await valuesIn(w, 'orders', 0, 'read_uncommitted')).toHaveLength(2);
    await expect(other.transactions.end(mover, 'abort')).rejects.toMatchObject({ code: 'transaction_state' });
  });

  test('is taken over by the next producer of its id, and what it left open is aborted', async () => {
    const mover = await actor(w.one);
    await w.one.transactions.addPartitions(mover, at('orders', 0));
    await send(w.one, mover, ['orders', 0], ['old'], sequences);
    const other = w.process();
    const next = await actor(other);
    expect(next).toEqual({ ...mover, epoch: 1 });
    await other.transactions.addPartitions(next, at('orders', 0));
    await send(other, next, ['orders', 0], ['new'], sequences);
    await other.transactions.end(next, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['new']);
    const fenced = { code: 'transaction_fenced' };
    const { transactions } = w.one;
    await expect(transactions.addPartitions(mover, at('orders', 1))).rejects.toMatchObject(fenced);
    await expect(transactions.addOffsets(mover, 'g')).rejects.toMatchObject(fenced);
    await expect(transactions.end(mover, 'commit')).rejects.toMatchObject(fenced);
    await expect(send(w.one, mover, ['orders', 0], ['late'], sequences)).rejects.toMatchObject({
      code: expect.stringMatching(/transaction_not_open|producer_epoch_stale/),
    });
  });

  test('that takes too long is aborted by any process, and its producer fenced', async () => {
    const mover = await actor(w.one, 'mover', 1_000);
    await w.one.transactions.addPartitions(mover, at('orders', 0));
    await send(w.one, mover, ['orders', 0], ['a'], sequences);
    const other = w.process();
    expect(await other.transactions.sweep()).toMatchObject({ timedOut: 0 });
    await w.clock.advance(1_000);
    expect(await other.transactions.sweep()).toEqual({ timedOut: 1, carriedOn: 0, failures: [] });
    expect(await valuesIn(w, 'orders', 0)).toEqual([]);
    await expect(w.one.transactions.end(mover, 'commit')).rejects.toMatchObject({ code: 'transaction_fenced' });
    // Who says that it was the one goes on.
    expect(await w.one.transactions.init('mover', { timeoutMs: 1_000, expected: mover })).toEqual({
      producerId: mover.producerId,
      epoch: 1,
    });
  });

  test('takes groups of whatever names until its item is full, and can be ended then', async () => {
    const mover = await actor(w.one);
    const { transactions } = w.one;
    await expect(transactions.addOffsets(mover, '')).rejects.toMatchObject({ code: 'group_name_invalid' });
    await transactions.addOffsets(mover, 'g');
    const name = (i: number) => `g${i}`.padEnd(249, '.');
    const { items } = w.stores;
    const key = transactionKey('mover');
    const item = (await items.get(key))!;
    const g = Object.fromEntries(Array.from({ length: 1_550 }, (_, i) => [name(i), []]));
    await items.write({ write: 'put', key, item: { ...item, v: (item.v as number) + 1, g } });
    const addMore = async () => {
      for (let i = 1_550; i < 1_700; i++) await transactions.addOffsets(mover, name(i));
    };
    await expect(addMore()).rejects.toMatchObject({ code: 'transaction_too_large' });
    expect(itemSizeBytes(key, (await items.get(key))!)).toBeGreaterThan(380 * 1024);
    await transactions.end(mover, 'commit');
    expect((await transactions.describe('mover')).status).toBe('committed');
  });
});
