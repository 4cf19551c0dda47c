import { describe, expect, test } from 'vitest';
import type { Platform } from '../../lib/platform.ts';
import type { Item, ItemKey } from '../../lib/store/index.ts';
import type { Actor } from '../../lib/txn/index.ts';
import { transactionKey } from '../../lib/txn/transaction-item.ts';
import { actor, openWorld, type Sequences, send, valuesIn, type World } from './world.ts';

const MINUTE = 60_000;
const at = (...partitions: number[]) => partitions.map((partition) => ({ topic: 'orders', partition }));

async function headOf(w: World, topic = 'orders', ledger = 0): Promise<ItemKey> {
  const { topicId } = await w.one.topics.describe(topic);
  return { pk: `ledger/${topicId}/${ledger}`, sk: 'head' };
}

/** Takes the heads away, and has a process that sees the stores for the first time put them back. */
async function repaired(w: World, topics: readonly string[] = ['orders']) {
  for (const topic of topics) await w.stores.items.write({ write: 'delete', key: await headOf(w, topic) });
  const other = { ...w, one: w.process() };
  const report = (await other.one.repair()).map(({ message }) => message);
  expect((await other.one.verify()).problems).toEqual([]);
  return { ...other, report };
}

describe('a head that is put together again', () => {
  test.each(['commit', 'abort'] as const)('has its open transactions, which %s whole', async (outcome) => {
    const w = await openWorld();
    const sequences: Sequences = new Map();
    const ended = await actor(w.one, 'ended', 15 * MINUTE);
    const open = await actor(w.one, 'open', 15 * MINUTE);
    await w.one.transactions.addPartitions(ended, at(0));
    await send(w.one, ended, ['orders', 0], ['ended.0'], sequences);
    await w.one.transactions.end(ended, 'commit');
    await w.clock.advance(10);
    // One before, whose markers are of the same producer and epoch.
    await w.one.transactions.addPartitions(open, at(0, 1));
    await send(w.one, open, ['orders', 0], ['void.0'], sequences);
    await w.one.transactions.end(open, 'abort');
    await w.clock.advance(10);
    await w.one.transactions.addPartitions(open, at(0, 1));
    await w.one.transactions.addPartitions(open, [{ topic: 'taken', partition: 0 }]);
    await w.clock.advance(10);
    await send(w.one, open, ['orders', 0], ['open.0'], sequences);
    await send(w.one, open, ['taken', 0], ['open.0'], sequences);
    await w.clock.advance(10);

    const again = await repaired(w);
    expect(again.report).toContainEqual('The transaction of "open" is open in it again, as its own item says.');
    expect(await valuesIn(again, 'orders', 0)).toEqual(['ended.0']);
    const { transactions } = again.one;
    // It goes on, where it had events and where it had none yet.
    await send(again.one, open, ['orders', 0], ['open.1'], sequences);
    await send(again.one, open, ['orders', 1], ['open.0'], sequences);
    await transactions.end(open, outcome);
    const seen = outcome === 'commit';
    expect(await valuesIn(again, 'orders', 0)).toEqual(seen ? ['ended.0', 'open.0', 'open.1'] : ['ended.0']);
    expect(await valuesIn(again, 'orders', 1)).toEqual(seen ? ['open.0'] : []);
    expect(await valuesIn(again, 'taken', 0)).toEqual(seen ? ['open.0'] : []);
    expect((await again.one.verify()).problems).toEqual([]);
  });

  test('has no marker of an end that never was', async () => {
    const w = await openWorld();
    const sequences: Sequences = new Map();
    const open = await actor(w.one, 'open', 15 * MINUTE);
    await w.one.transactions.addPartitions(open, at(0));
    await w.clock.advance(10);
    await send(w.one, open, ['orders', 0], ['open.0'], sequences);
    // Its markers are put, and the process is gone before they are committed.
    const { producerId, epoch } = open;
    const { topicId, width } = await w.one.topics.describe('orders');
    const partitions = [{ topicId, width, partition: 0 }];
    const transaction = { producerId, epoch };
    await w.one.log.transactions.end({ transaction, partitions, outcome: 'abort', markerEpoch: epoch });
    await w.clock.advance(10);

    const again = await repaired(w);
    await again.one.transactions.end(open, 'commit');
    expect(await valuesIn(again, 'orders', 0)).toEqual(['open.0']);
  });

  test('aborts what no item knows any more, and says so', async () => {
    const w = await openWorld();
    const open = await actor(w.one, 'open', 15 * MINUTE);
    await w.one.transactions.addPartitions(open, at(0));
    await send(w.one, open, ['orders', 0], ['open.0'], new Map());
    for (let shard = 0; shard < 16; shard++) {
      const pk = `txn/${shard.toString(16).toUpperCase()}`;
      for (const { sk } of (await w.stores.items.query(pk)).items)
        await w.stores.items.write({ write: 'delete', key: { pk, sk } });
    }
    const again = await repaired(w);
    expect(again.report.at(-1)).toBe(
      'Transactions of which nothing is known any more were aborted in it, in 1 partition.',
    );
    expect(await valuesIn(again, 'orders', 0)).toEqual([]);
  });

  test('leaves open what may be of an item that cannot be read, and names it', async () => {
    const w = await openWorld();
    const sequences: Sequences = new Map();
    const open = await actor(w.one, 'open', 15 * MINUTE);
    await w.one.transactions.addPartitions(open, at(0));
    await send(w.one, open, ['orders', 0], ['open.0'], sequences);
    const key = transactionKey('open');
    const item = (await w.stores.items.get(key))!;
    await w.stores.items.write({ write: 'put', key, item: { ...item, l: 'damaged' } });
    const again = await repaired(w);
    expect(again.report).toContainEqual(
      `Transactions of producers ${open.producerId} (epoch 0) stay open in it: they may be of an item that cannot be read.`,
    );
    expect(await valuesIn(again, 'orders', 0)).toEqual([]);
    await w.stores.items.write({ write: 'put', key, item });
    await send(again.one, open, ['orders', 0], ['open.1'], sequences);
    await again.one.transactions.end(open, 'commit');
    expect(await valuesIn(again, 'orders', 0)).toEqual(['open.0', 'open.1']);
  });
});

describe('by version 2, a head that is put together again', () => {
  /** A transaction of the next epoch, that has `first` in `orders/0` already, behind one that ended with `ended`. */
  const behindOne = async (outcome: 'commit' | 'abort') => {
    const w = await openWorld();
    const one = await actor(w.one, 'open', 15 * MINUTE);
    await w.one.transactions.include(one, at(0, 1));
    const sequences: Sequences = new Map();
    const slow = w.process();
    await send(slow, one, ['orders', 0], ['ended'], sequences);
    await w.clock.advance(10);
    const next = { ...one, ...(await w.one.transactions.endAndRaise(one, outcome)) };
    await w.clock.advance(10);
    return { w, slow, one, next, sequences };
  };
  /** A batch of a transaction that is over: its object is put, its commit refused. */
  const late = async (w: World, slow: Platform, of: Actor, sequences: Sequences) => {
    const count = async () => (await w.stores.objects.list('seg/')).length;
    const before = await count();
    await expect(send(slow, of, ['orders', 0], ['late'], sequences)).rejects.toThrow(/transaction|epoch/i);
    expect(await count()).toBe(before + 1);
    await w.clock.advance(10);
  };

  test.each([
    ['commit', 'before its events', 'ended'],
    ['abort', 'before its events', 'ended'],
    ['commit', 'between its events', 'ended'],
    ['abort', 'between its events', 'ended'],
    // Its marker is in a page already.
    ['commit', 'before its events', 'rolled'],
    ['commit', 'between its events', 'rolled'],
  ] as const)(
    '%s: what came late of the transaction before, %s, voids nothing (%s)',
    async (outcome, where, before) => {
      const { w, slow, one, next, sequences } = await behindOne('abort');
      if (before === 'rolled')
        await w.one.log.roll({ topicId: (await w.one.topics.describe('orders')).topicId, index: 0 });
      await w.one.transactions.include(next, at(0));
      await w.clock.advance(10);
      if (where === 'before its events') await late(w, slow, one, sequences);
      await send(w.one, next, ['orders', 0], ['a'], sequences);
      await w.clock.advance(10);
      if (where === 'between its events') await late(w, slow, one, sequences);
      await send(w.one, next, ['orders', 0], ['b'], sequences);

      const again = await repaired(w);
      await again.one.transactions.endAndRaise(next, outcome);
      expect(await valuesIn(again, 'orders', 0)).toEqual(outcome === 'commit' ? ['a', 'b'] : []);
      // Nobody had it, and clients would take what follows for a part of it.
      expect(await valuesIn(again, 'orders', 0, 'read_uncommitted')).not.toContain('late');
    },
  );

  test('keeps the marker of the transaction before, by whichever clock the next began', async () => {
    const { w, next, sequences } = await behindOne('commit');
    await w.one.transactions.include(next, at(0, 1));
    // Its gateway's clock is behind that of the gateway which served the end of the one before.
    const key = transactionKey('open');
    const item = (await w.stores.items.get(key))!;
    await w.stores.items.write({ write: 'put', key, item: { ...item, b: (item.b as number) - 15 } });
    await send(w.one, next, ['orders', 0], ['a'], sequences);

    const again = await repaired(w);
    expect(await valuesIn(again, 'orders', 0)).toEqual(['ended']);
    await again.one.transactions.endAndRaise(next, 'abort');
    expect(await valuesIn(again, 'orders', 0)).toEqual(['ended']);
  });

  test('has no marker of an end that never was, however old it looks', async () => {
    const { w, next, sequences } = await behindOne('commit');
    await w.one.transactions.include(next, at(0));
    await send(w.one, next, ['orders', 0], ['a'], sequences);
    await w.clock.advance(10);
    const { topicId, width } = await w.one.topics.describe('orders');
    const { producerId, epoch } = next;
    const partitions = [{ topicId, width, partition: 0 }];
    const markerEpoch = epoch + 1;
    await w.one.log.transactions.end({ transaction: { producerId, epoch }, partitions, outcome: 'abort', markerEpoch });
    const key = transactionKey('open');
    const item = (await w.stores.items.get(key))!;
    await w.stores.items.write({ write: 'put', key, item: { ...item, b: (item.b as number) + MINUTE } });

    const again = await repaired(w);
    await again.one.transactions.endAndRaise(next, 'commit');
    expect(await valuesIn(again, 'orders', 0)).toEqual(['ended', 'a']);
  });
});

describe('a transaction of which something is gone', () => {
  /** Two topics and a group, and what takes some of it away. */
  const broken = async (damage: (w: World) => Promise<void>) => {
    const w = await openWorld();
    const mover = await actor(w.one);
    await w.one.transactions.addPartitions(mover, [...at(0), { topic: 'taken', partition: 0 }]);
    const sequences: Sequences = new Map();
    for (const topic of ['orders', 'taken']) await send(w.one, mover, [topic, 0], ['v'], sequences);
    await w.one.transactions.addOffsets(mover, 'g');
    const offsets = [{ topic: 'orders', partition: 0, offset: 1 }];
    await w.one.transactions.commitOffsets(mover, 'g', offsets, 'unnamed');
    await damage(w);
    return { w, mover };
  };
  const without = async ({ stores: { items } }: World, key: ItemKey) => {
    const item = (await items.get(key))!;
    const left: Item = Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith('x')));
    await items.write({ write: 'put', key, item: left });
  };

  test.each<[string, (w: World) => Promise<void>]>([
    ['a partition', async (w) => without(w, await headOf(w, 'taken'))],
    [
      'offsets',
      async (w) => {
        const { topicId } = await w.one.topics.describe('orders');
        await without(w, { pk: 'group/g', sk: `offsets/${topicId}/00000` });
      },
    ],
  ])('is not committed without it, and can be aborted: %s', async (_, damage) => {
    const { w, mover } = await broken(damage);
    await expect(w.one.transactions.end(mover, 'commit')).rejects.toMatchObject({ code: 'transaction_state' });
    expect(await valuesIn(w, 'orders', 0)).toEqual([]);
    await w.one.transactions.end(mover, 'abort');
    expect(await valuesIn(w, 'orders', 0)).toEqual([]);
    expect((await w.one.groups.committedStably('g')).positions).toEqual([]);
  });

  test('waits where a head is lost, until that is put back', async () => {
    const { w, mover } = await broken(async (world) => {
      await world.stores.items.write({ write: 'delete', key: await headOf(world, 'taken') });
    });
    const ending = w.one.transactions.end(mover, 'commit').catch((error: unknown) => error);
    await w.clock.advance(60_000);
    expect(await ending).toMatchObject({ code: 'transaction_busy' });
    expect(await valuesIn(w, 'orders', 0)).toEqual([]);
    const again = await repaired(w, []);
    await again.one.transactions.end(mover, 'commit');
    expect(await valuesIn(again, 'taken', 0)).toEqual(['v']);
  });

  test('is committed without a topic that was deleted', async () => {
    const { w, mover } = await broken((world) => world.one.topics.delete('taken'));
    await w.one.transactions.end(mover, 'commit');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['v']);
  });
});
