import { expect, test } from 'vitest';
import { type DeliveryParts, deliver } from '../../lib/route/delivery.ts';
import { Notices } from '../../lib/route/notices.ts';
import { Progress } from '../../lib/route/progress.ts';
import { DELIVERED, type Outcome, type Sink, WAITS } from '../../lib/route/sink.ts';
import { Slots } from '../../lib/route/slots.ts';
import { simulatedClock } from '../support/clock.ts';
import { batchOf, contextOf, keyed } from './sinks/events.ts';
import { RouteWorld } from './world.ts';

/** Delivers six events to a sink that stops at the first event that it does not take; says what it was offered, and when. */
async function delivered(outcomeOf: (offset: number) => Outcome, retryTimeoutMs = 1_000) {
  const clock = simulatedClock();
  const tries: { atMs: number; offsets: number[] }[] = [];
  const sink: Sink = {
    className: 'test.Sink',
    order: 'partition',
    sameBatches: false,
    batchEventsMax: 10,
    batchBytesMax: 1_000,
    deliver: async ({ events }) => {
      tries.push({ atMs: clock.monotonicMs(), offsets: events.map(({ offset }) => offset) });
      const outcomes = events.map(({ offset }) => outcomeOf(offset));
      const first = outcomes.findIndex(({ is }) => is !== 'delivered');
      return outcomes.map((outcome, at) => (first >= 0 && at > first ? WAITS : outcome));
    },
  };
  const { events, random } = new RouteWorld().process();
  const parts: DeliveryParts = {
    sink,
    events,
    clock,
    random,
    policy: { tolerance: 'all', retryTimeoutMs, retryDelayMaxMs: 100, deadLetters: undefined },
    context: contextOf(),
    place: { route: 'to-aws', topic: 'orders', topicId: 't', ledger: 0 },
    requireLease: () => {},
    progress: new Progress(),
    notices: new Notices({ clock }),
  };
  const done: number[] = [];
  let ended = false;
  const batch = batchOf(keyed(...Array<string>(6).fill('k')));
  const end = deliver(parts, new Slots(1), batch, ({ offset }) => done.push(offset)).then(() => {
    ended = true;
  });
  for (let turn = 0; turn < 1_000 && !ended; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(10);
  }
  await end;
  return { tries, done, dropped: parts.progress.counts.dropped };
}

const AGAIN: Outcome = { is: 'retry', reason: 'not now' };

test('those that wait for one that is given up are delivered, not given up with it', async () => {
  const { done, dropped } = await delivered((offset) => (offset === 2 ? AGAIN : DELIVERED));
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  expect(dropped).toBe(1);
});

test('those that wait for one that is poison are tried at once', async () => {
  const { tries, dropped } = await delivered((offset) =>
    offset === 2 ? { is: 'poison', reason: 'never' } : DELIVERED,
  );
  expect(tries.map(({ offsets }) => offsets)).toEqual([
    [0, 1, 2, 3, 4, 5],
    [3, 4, 5],
  ]);
  expect(tries[1]!.atMs).toBe(tries[0]!.atMs);
  expect(dropped).toBe(1);
});

test('each has its own time: one that waited is tried as long as the one before', async () => {
  const { tries, done, dropped } = await delivered((offset) => (offset === 2 || offset === 3 ? AGAIN : DELIVERED));
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  expect(dropped).toBe(2);
  const lasted = (offset: number) => {
    const own = tries.filter(({ offsets }) => offsets[0] === offset).map(({ atMs }) => atMs);
    return own.at(-1)! - own[0]!;
  };
  for (const offset of [2, 3]) expect(lasted(offset)).toBeGreaterThan(offset === 2 ? 600 : 700);
});

test('a sink that lets all wait for nothing is held to have failed', async () => {
  const { tries, dropped } = await delivered(() => WAITS, 0);
  expect(tries).toHaveLength(1);
  expect(dropped).toBe(6);
});
