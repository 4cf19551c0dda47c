import { expect, test } from 'vitest';
import type { Stores } from '../../lib/store/index.ts';
import { gated, intercepted } from '../support/intercepted.ts';
import { actor, openWorld, type Sequences, send, valuesIn } from './world.ts';

/** One more than one transaction of the store can end. */
const LEDGERS = 100;

/** Stores whose user stops when it reads the head for the nth time, and goes on once it is let. */
function stoppingAtHead(inner: Stores, nth: number) {
  const stopped = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  let left = nth;
  const held = gated(inner.items, async (call) => {
    if (left <= 0) await going.promise;
    return call();
  });
  const items = intercepted(held, {
    get: (key, options) => {
      if (key.sk === 'head' && --left === 0) stopped.resolve();
      return held.get(key, options);
    },
  });
  const stores: Stores = { objects: inner.objects, items, close: async () => {} };
  return { stores, stopped: stopped.promise, goOn: going.resolve };
}

// Before it is decided it reads all heads once; once it is, it wakes readers by them, and looks at what is left of it.
test.each([1, 2, 3, 4, 5])(
  'whoever stops in the end of a wide transaction, before its look number %i at the heads, and comes back when others have ended it leaves the next one alone',
  async (look) => {
    const w = await openWorld();
    await w.one.topics.create('wide', { partitions: LEDGERS, config: { 'millrace.partitions.per.ledger': '1' } });
    const mover = await actor(w.one);
    const sequences: Sequences = new Map();
    const all = Array.from({ length: LEDGERS }, (_, partition) => ({ topic: 'wide', partition }));
    await w.one.transactions.addPartitions(mover, all);
    await send(w.one, mover, ['wide', 0], ['old'], sequences);
    await w.one.transactions.addOffsets(mover, 'g');
    await w.one.transactions.commitOffsets(mover, 'g', [{ topic: 'taken', partition: 0, offset: 9 }], 'unnamed');

    const way = stoppingAtHead(w.stores, (look - 1) * LEDGERS + 1);
    const zombie = w.process(way.stores);
    const ending = zombie.transactions.end(mover, 'commit').then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
    await way.stopped;
    await w.clock.advance(10_000);
    const other = w.process();
    await other.transactions.sweep();
    await other.transactions.end(mover, 'commit');

    await other.transactions.addPartitions(mover, [{ topic: 'wide', partition: 0 }]);
    await send(other, mover, ['wide', 0], ['new'], sequences);
    await other.transactions.addOffsets(mover, 'g');
    await other.transactions.commitOffsets(mover, 'g', [{ topic: 'taken', partition: 0, offset: 20 }], 'unnamed');
    way.goOn();
    expect(await ending).toBe('done');

    await send(other, mover, ['wide', 0], ['newer'], sequences);
    expect(await other.groups.committedStably('g')).toMatchObject({
      positions: [{ offset: 9 }],
      unstable: [{ topic: 'taken', partition: 0 }],
    });
    expect(await valuesIn(w, 'wide', 0)).toEqual(['old']);
    await other.transactions.end(mover, 'abort');
    expect(await other.groups.committedStably('g')).toMatchObject({ positions: [{ offset: 9 }], unstable: [] });
    expect(await valuesIn(w, 'wide', 0)).toEqual(['old']);
  },
  20_000,
);
