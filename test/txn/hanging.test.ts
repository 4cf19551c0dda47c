import { beforeEach, describe, expect, test } from 'vitest';
import { transactionKey } from '../../lib/txn/transaction-item.ts';
import { stopping } from './stopping.ts';
import { actor, openWorld, type Sequences, send, valuesIn, type World } from './world.ts';

let w: World;
let sequences: Sequences;
beforeEach(async () => {
  w = await openWorld();
  sequences = new Map();
});

const PLACE = { topic: 'orders', partition: 0 };
const producers = async (partition = 0) => {
  const { topicId, width } = await w.one.topics.describe('orders');
  return w.one.log.activeProducers({ topicId, width, partition });
};
/** A transaction in two partitions, one of which it shares with other events. */
async function open(id = 'mover') {
  const mover = await actor(w.one, id);
  await w.one.transactions.addPartitions(mover, [PLACE, { topic: 'orders', partition: 1 }]);
  await send(w.one, mover, ['orders', 0], ['a', 'b'], sequences);
  await send(w.one, mover, ['orders', 1], ['c'], sequences);
  return mover;
}

describe('the producers of a partition', () => {
  test('are told with their epoch, their last number, and where their transaction is open', async () => {
    const first = await open('first');
    const second = await open('second');
    await w.one.transactions.end(first, 'commit');
    const told = { lastAppendMs: w.clock.nowMs() };
    const { producerId, epoch } = first;
    expect(await producers()).toEqual([
      { producerId: second.producerId, epoch: 0, lastSequence: 1, transactionStart: 2, ...told },
      { producerId, epoch, lastSequence: 1, transactionStart: undefined, ...told },
    ]);
    expect(await producers(2)).toEqual([]);
  });

  test('are known to a process that never served them, from pages and from what came since', async () => {
    const mover = await open();
    const { topicId } = await w.one.topics.describe('orders');
    await w.one.log.roll({ topicId, index: 0 });
    await send(w.one, mover, ['orders', 0], ['d'], sequences);
    const other = w.process();
    const found = await other.log.activeProducers({ topicId, width: 32, partition: 0 });
    expect(found).toMatchObject([{ producerId: mover.producerId, lastSequence: 2, transactionStart: 0 }]);
  });

  test('are told though they have written nothing in their epoch: their transaction holds back', async () => {
    const mover = await actor(w.one);
    await w.one.transactions.addPartitions(mover, [PLACE]);
    const { producerId } = mover;
    const unwritten = { producerId, lastSequence: undefined, transactionStart: 0 };
    expect(await producers()).toEqual([{ ...unwritten, epoch: 0, lastAppendMs: undefined }]);
    await send(w.one, mover, ['orders', 0], ['a'], sequences);
    const next = await actor(w.one);
    await w.one.transactions.addPartitions(next, [PLACE]);
    expect(await producers()).toMatchObject([{ producerId, epoch: 1, lastSequence: undefined, transactionStart: 2 }]);
  });

  test('are forgotten a week after their last batch', async () => {
    const mover = await open();
    await w.one.transactions.end(mover, 'commit');
    await w.clock.advance(7 * 24 * 60 * 60_000 + 1);
    expect(await producers()).toEqual([]);
  });
});

describe('what holds a partition back, when it is aborted by hand,', () => {
  test('goes whole where its producer still has it open, and that one is fenced', async () => {
    const mover = await open();
    await w.process().transactions.abortIn(PLACE, mover);
    expect(await valuesIn(w, 'orders', 0)).toEqual([]);
    expect(await valuesIn(w, 'orders', 1)).toEqual([]);
    expect(await w.one.transactions.describe('mover')).toMatchObject({ status: 'aborted', epoch: 1 });
    await expect(w.one.transactions.end(mover, 'commit')).rejects.toMatchObject({ code: 'transaction_fenced' });
    await expect(send(w.one, mover, ['orders', 0], ['late'], sequences)).rejects.toMatchObject({
      code: expect.stringMatching(/transaction_not_open|producer_epoch_stale/),
    });
    // Its producer may go on with a new epoch, and asking again changes nothing.
    const next = await actor(w.one);
    await w.one.transactions.addPartitions(next, [PLACE]);
    await send(w.one, next, ['orders', 0], ['d'], sequences);
    await w.one.transactions.abortIn(PLACE, mover);
    await w.one.transactions.end(next, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['d']);
  });

  test('goes from the partition where nobody knows of it any more', async () => {
    const mover = await open();
    await w.stores.items.write({ write: 'delete', key: transactionKey('mover') });
    const other = w.process();
    await other.transactions.sweep();
    expect(await producers()).toMatchObject([{ transactionStart: 0 }]);
    await other.transactions.abortIn(PLACE, mover);
    expect(await producers()).toMatchObject([{ transactionStart: undefined }]);
    expect(await valuesIn(w, 'orders', 0)).toEqual([]);
    const later = await actor(w.one, 'later');
    await w.one.transactions.addPartitions(later, [PLACE]);
    await send(w.one, later, ['orders', 0], ['after'], sequences);
    await w.one.transactions.end(later, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['after']);
    // The other partition still waits for its own.
    expect(await producers(1)).toMatchObject([{ transactionStart: 0 }]);
  });

  test('goes whole where its producer has begun another of the same epoch, at any moment', async () => {
    const CALLS_MAX = 60;
    const ends = new Set<string>();
    for (let call = 1; call < CALLS_MAX; call++) {
      w = await openWorld();
      sequences = new Map();
      const mover = await open();
      await w.one.transactions.end(mover, 'commit');
      const paused = stopping(w.stores);
      const operator = w.process(paused.stores);
      await operator.topics.layout('orders');
      paused.stopAt(call);
      const aborting = operator.transactions.abortIn(PLACE, mover);
      const isDone = await Promise.race([aborting.then(() => true), paused.stopped.then(() => false)]);
      if (isDone) break;
      for (const partition of [0, 1]) {
        await w.one.transactions.addPartitions(mover, [{ topic: 'orders', partition }]);
        await send(w.one, mover, ['orders', partition], ['later'], sequences);
      }
      paused.goOn();
      await aborting;
      const end = await w.one.transactions.end(mover, 'commit').then(
        () => 'committed',
        (error: { code: string }) => error.code,
      );
      ends.add(end);
      const later = end === 'committed' ? ['later'] : [];
      expect(await valuesIn(w, 'orders', 0)).toEqual(['a', 'b', ...later]);
      expect(await valuesIn(w, 'orders', 1)).toEqual(['c', ...later]);
    }
    expect([...ends]).toEqual(['transaction_fenced']);
  });

  test('stays while the item of an id cannot be read: it may be what it waits for', async () => {
    const mover = await open();
    const key = transactionKey('mover');
    const item = (await w.stores.items.get(key))!;
    await w.stores.items.write({ write: 'put', key, item: { ...item, l: 'damaged' } });
    await expect(w.process().transactions.abortIn(PLACE, mover)).rejects.toMatchObject({ code: 'transaction_corrupt' });
    expect(await producers()).toMatchObject([{ transactionStart: 0 }]);
    expect((await w.process().repair()).map(({ ledger }) => ledger)).toEqual(['txn mover']);
    await w.stores.items.write({ write: 'put', key, item });
    await w.process().transactions.end(mover, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['a', 'b']);
  });

  test('goes where the decision that it waits for was lost', async () => {
    const mover = await open();
    const { topicId, width } = await w.one.topics.describe('orders');
    const ref = { topicId, width, partition: 0 };
    const decision = { key: transactionKey('mover'), token: 5 };
    const { writes } = await w.one.log.transactions.announce(mover, [ref], decision);
    const [announced] = writes;
    if (announced?.write.write !== 'update') throw new Error('no write');
    await w.stores.items.write(announced.write);
    await w.stores.items.write({ write: 'delete', key: transactionKey('mover') });
    const other = w.process();
    for (const partition of [0, 1]) await other.transactions.abortIn({ topic: 'orders', partition }, mover);
    const head = await w.stores.items.get({ pk: `ledger/${topicId}/0`, sk: 'head' });
    expect(Object.keys(head!).filter((name) => /^[xw]\d/.test(name))).toEqual([]);
    expect(await valuesIn(w, 'orders', 1)).toEqual([]);
  });

  test('goes where its id goes on without the partition, whatever epoch it has by then', async () => {
    const mover = await actor(w.one);
    const { topicId, width } = await w.one.topics.describe('orders');
    const ref = { topicId, width, partition: 0 };
    const leave = async (epoch: number) => {
      const [left] = w.one.log.transactions.register({ ...mover, epoch }, [ref]);
      if (left?.write.write !== 'update') throw new Error('no write');
      await w.stores.items.write(left.write);
    };
    await leave(0);
    await w.one.transactions.abortIn(PLACE, mover);
    expect(await w.one.transactions.describe('mover')).toMatchObject({ epoch: 1 });
    await leave(0);
    await w.one.transactions.abortIn(PLACE, mover);
    expect(await w.one.transactions.describe('mover')).toMatchObject({ epoch: 1 });
    expect(await producers()).toEqual([]);
  });

  test('is left alone where another epoch is asked for, or the partition is unknown', async () => {
    const mover = await open();
    await w.one.transactions.abortIn(PLACE, { ...mover, epoch: 7 });
    await w.one.transactions.abortIn({ topic: 'orders', partition: 2 }, mover);
    const nowhere = w.one.transactions.abortIn({ topic: 'orders', partition: 99 }, mover);
    await expect(nowhere).rejects.toMatchObject({ code: 'partition_unknown' });
    await w.one.transactions.end(mover, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['a', 'b']);
  });
});
