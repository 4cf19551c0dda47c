import { describe, expect, it } from 'vitest';
import { AbortedError } from '../../lib/bytes/index.ts';
import type { Platform } from '../../lib/platform.ts';
import { StoreError } from '../../lib/store/index.ts';
import { type Actor, TransactionError } from '../../lib/txn/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { stopping } from './stopping.ts';
import { actor, openWorld, type Sequences, send, valuesIn, type World } from './world.ts';

/** Longer than clients wait for an answer. */
const GIVEN_UP_MS = 5_000;
const CALLS_MAX = 20;

interface Late {
  readonly w: World;
  readonly slow: Platform;
  readonly stopAt: (call: number) => void;
  readonly goOn: () => void;
  readonly stopped: Promise<void>;
  readonly mover: Actor;
  readonly sequences: Sequences;
}

/** A producer with `one` in its first transaction, and offset 9 of group `g`, by a gateway whose way to the stores may stop. */
async function begun(): Promise<Late> {
  const w = await openWorld();
  const { stores, ...way } = stopping(w.stores);
  const slow = w.process(stores);
  const mover = await actor(slow);
  const sequences: Sequences = new Map();
  await slow.transactions.addPartitions(mover, [{ topic: 'orders', partition: 0 }]);
  await send(slow, mover, ['orders', 0], ['one'], sequences);
  await slow.transactions.addOffsets(mover, 'g');
  await slow.transactions.commitOffsets(mover, 'g', OFFSETS(9), 'unnamed');
  return { w, slow, mover, sequences, ...way };
}

const OFFSETS = (offset: number) => [{ topic: 'taken', partition: 0, offset }];

/** What the producer does by another gateway, which it has asked again: it ends the first transaction, and is in the next. */
async function goesOn({ w, mover, sequences }: Late): Promise<Platform> {
  const other = w.process();
  await other.transactions.end(mover, 'commit');
  await w.clock.advance(10);
  await other.transactions.addPartitions(mover, [{ topic: 'orders', partition: 1 }]);
  await send(other, mover, ['orders', 1], ['two'], sequences);
  await other.transactions.addOffsets(mover, 'g');
  await other.transactions.commitOffsets(mover, 'g', OFFSETS(20), 'unnamed');
  return other;
}

/** What became of the request, once time has passed for its retries. */
async function outcome({ clock }: World, work: Promise<unknown>): Promise<unknown> {
  let came: unknown;
  const settled = work.then(
    () => {
      came = 'done';
    },
    (error: unknown) => {
      came = error;
    },
  );
  for (let i = 0; came === undefined && i < 100; i++) await clock.advance(100);
  await settled;
  return came;
}

/** Runs `doing` with a stop at each of its calls; `meanwhile` is what happens beside what the producer does. */
async function atEachCall(
  doing: (late: Late, gone: AbortSignal) => Promise<unknown>,
  meanwhile: (late: Late, goes: () => void) => unknown,
  isRefused: (came: unknown) => boolean,
): Promise<void> {
  let refused = 0;
  for (let call = 1; call <= CALLS_MAX; call++) {
    const late = await begun();
    const { w, mover, stopAt, stopped, goOn } = late;
    const leaving = new AbortController();
    stopAt(call);
    const work = doing(late, leaving.signal);
    if ((await Promise.race([work.then(() => 'done'), stopped.then(() => 'stopped')])) === 'done') break;
    await meanwhile(late, () => leaving.abort());
    const other = await goesOn(late);
    goOn();
    const came = await outcome(w, work);
    // Stopped behind its effect, it may well say so.
    if (isRefused(came)) refused++;
    else expect(came).toBe('done');
    expect(await valuesIn(w, 'orders', 0)).toEqual(['one']);
    expect(await valuesIn(w, 'orders', 1)).toEqual([]);
    await other.transactions.end(mover, 'commit');
    expect(await valuesIn(w, 'orders', 1)).toEqual(['two']);
    expect(await other.groups.committed('g')).toMatchObject([{ offset: 20 }]);
  }
  expect(refused).toBeGreaterThan(0);
}

describe('a request that comes to its work when its producer is at the next transaction', () => {
  it('ends nothing, where it began before: it was not meant', async () => {
    await atEachCall(
      ({ slow, mover }) => slow.transactions.end(mover, 'commit'),
      ({ w }) => w.clock.advance(GIVEN_UP_MS),
      (came) => came instanceof TransactionError && came.code === 'transaction_busy',
    );
  });

  it('ends nothing once its connection is gone', async () => {
    await atEachCall(
      ({ slow, mover }, gone) => slow.transactions.end({ ...mover, gone }, 'commit'),
      (_, goes) => goes(),
      (came) => came instanceof AbortedError,
    );
  });

  it('sets no offsets back once its connection is gone', async () => {
    await atEachCall(
      ({ slow, mover }, gone) => slow.transactions.commitOffsets({ ...mover, gone }, 'g', OFFSETS(9), 'unnamed'),
      (_, goes) => goes(),
      (came) => came instanceof AbortedError,
    );
  });

  it('is told so where it is refused, and may be repeated', async () => {
    const late = await begun();
    const gone = AbortSignal.abort();
    await expect(late.slow.transactions.end({ ...late.mover, gone }, 'commit')).rejects.toThrow(AbortedError);
    await late.slow.transactions.end(late.mover, 'commit');
    expect(await valuesIn(late.w, 'orders', 0)).toEqual(['one']);
    await expect(late.slow.transactions.end({ ...late.mover, epoch: 7 }, 'commit')).rejects.toThrow(TransactionError);
  });
});

describe('an end of which the store gave no answer', () => {
  it('is not told to be refused, where its producer was replaced after it landed', async () => {
    const w = await openWorld();
    const { stores } = w;
    const other = w.process();
    let isLost = false;
    const items = intercepted(stores.items, {
      transact: async (writes) => {
        const answer = await stores.items.transact(writes);
        if (!isLost) return answer;
        isLost = false;
        await actor(other);
        throw new StoreError('store_unknown', 'The answer was lost.');
      },
    });
    const slow = w.process({ ...stores, items });
    const mover = await actor(slow);
    await slow.transactions.addPartitions(mover, [{ topic: 'orders', partition: 0 }]);
    await send(slow, mover, ['orders', 0], ['one'], new Map());
    isLost = true;
    const came = await outcome(w, slow.transactions.end(mover, 'commit'));
    expect(came).toBeInstanceOf(StoreError);
    expect(await valuesIn(w, 'orders', 0)).toEqual(['one']);
    // Who asks anew is told what is certain.
    const again = await outcome(w, slow.transactions.end(mover, 'commit'));
    expect((again as TransactionError).code).toBe('transaction_fenced');
  });
});
