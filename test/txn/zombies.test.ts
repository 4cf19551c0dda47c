import { describe, expect, test } from 'vitest';
import type { Platform } from '../../lib/platform.ts';
import type { Actor } from '../../lib/txn/index.ts';
import { stopping } from './stopping.ts';
import { actor, openWorld, type Sequences, send, valuesIn, type World } from './world.ts';

interface Zombie {
  readonly platform: Platform;
  readonly mover: Actor;
  readonly sequences: Sequences;
}

const OFFSETS = [{ topic: 'taken', partition: 0, offset: 9 }];

/** What it is at when it stops. Each does it in a transaction that has `orders/0` with an event, and group `g`. */
const DOING: Readonly<Record<string, (zombie: Zombie) => Promise<unknown>>> = {
  Produce: ({ platform, mover, sequences }) => send(platform, mover, ['orders', 0], ['late'], sequences),
  AddPartitionsToTxn: ({ platform, mover }) =>
    platform.transactions.addPartitions(mover, [{ topic: 'orders', partition: 1 }]),
  TxnOffsetCommit: ({ platform, mover }) => platform.transactions.commitOffsets(mover, 'g', OFFSETS, 'unnamed'),
  EndTxn: ({ platform, mover }) => platform.transactions.end(mover, 'commit'),
};

/** How its transaction is ended meanwhile, by another process; returns who has the id then. */
const TAKEN_OVER: Readonly<Record<string, (w: World, other: Platform, mover: Actor) => Promise<Actor>>> = {
  'another producer took its id': (_, other) => actor(other),
  'its time was over': async (w, other, mover) => {
    await w.clock.advance(60_000);
    await other.transactions.sweep();
    return { ...mover, ...(await other.transactions.init('mover', { timeoutMs: 60_000, expected: mover })) };
  },
};

/**
 * One run with a stop at the given call; false where the work was done before it came to that. `early`: the next producer has
 * sent something before the zombie comes back.
 */
async function run(doing: string, takenOver: string, early: boolean, call: number): Promise<boolean> {
  const w = await openWorld();
  const way = stopping(w.stores);
  const platform = w.process(way.stores);
  const mover = await actor(platform);
  const sequences: Sequences = new Map();
  await platform.transactions.addPartitions(mover, [{ topic: 'orders', partition: 0 }]);
  await send(platform, mover, ['orders', 0], ['old'], sequences);
  await platform.transactions.addOffsets(mover, 'g');
  if (doing === 'EndTxn') await platform.transactions.commitOffsets(mover, 'g', OFFSETS, 'unnamed');
  way.stopAt(call);
  const work = DOING[doing]!({ platform, mover, sequences }).then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
  const first = await Promise.race([work, way.stopped.then(() => 'stopped')]);
  if (first !== 'stopped') return false;

  const other = w.process();
  const next = await TAKEN_OVER[takenOver]!(w, other, mover);
  const meanwhile: Sequences = new Map();
  await other.transactions.addPartitions(
    next,
    [0, 1].map((partition) => ({ topic: 'orders', partition })),
  );
  if (early) await send(other, next, ['orders', 0], ['new'], meanwhile);
  way.goOn();
  const came = await work;
  if (!early) await send(other, next, ['orders', 0], ['new'], meanwhile);
  await send(other, next, ['orders', 1], ['new'], meanwhile);
  await other.transactions.addOffsets(next, 'g');
  await other.transactions.commitOffsets(next, 'g', [{ topic: 'taken', partition: 0, offset: 20 }], 'unnamed');
  const [before] = await other.groups.committed('g');
  await other.transactions.end(next, 'commit');

  // An end that had its effect before it was stopped is the one thing that may have come through.
  const committed = doing === 'EndTxn' && before?.offset === 9;
  if (committed) expect(came).toBe('done');
  expect(await valuesIn(w, 'orders', 0)).toEqual(committed ? ['old', 'new'] : ['new']);
  expect(await valuesIn(w, 'orders', 1)).toEqual(['new']);
  expect(await other.groups.committedStably('g')).toMatchObject({ positions: [{ offset: 20 }], unstable: [] });
  const told =
    committed || came === 'done' ? /done/ : /transaction_fenced|transaction_not_open|producer_(epoch_stale|moved)/;
  expect(came).toMatch(told);
  // Whatever was written before it was stopped, nothing was after: a batch came before the marker, or not at all.
  const all = await valuesIn(w, 'orders', 0, 'read_uncommitted');
  const late = all.indexOf('late');
  if (late >= 0) expect(late).toBeLessThan(all.findIndex((value) => value.startsWith('\0')));
  expect((await other.transactions.sweep()).failures).toEqual([]);
  return true;
}

describe.each(Object.keys(DOING))('a producer that stops in %s, at any call to the stores', (doing) => {
  test.each(Object.keys(TAKEN_OVER))('and comes back once %s changes nothing any more', async (takenOver) => {
    for (const early of [true, false]) {
      let calls = 1;
      while (await run(doing, takenOver, early, calls)) calls++;
      expect(calls).toBeGreaterThan(1);
    }
  });
});
