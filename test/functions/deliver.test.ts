import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliver } from '../../functions/deliver.ts';
import type { Platform } from '../../lib/platform.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { type Answer, type Received, receiver } from '../route/receiver.ts';
import { type SimulatedClock, seededRandom, simulatedClock } from '../support/clock.ts';
import { functionPlatform } from './requests.ts';
import { numbered, starts, workOf } from './routes.ts';

/** Kept of an invocation's time to end in order, as functions/deliver.ts does. */
const STOP_MS = 5_000;
const SELF = 'arn:aws:lambda:eu-central-1:123456789012:function:shop-deliver-hook';
const HOUR_MS = 3_600_000;

let stores: Stores;
let platform: Platform;
let answers: (n: number) => Answer | undefined | Promise<Answer>;
let hook: Awaited<ReturnType<typeof receiver>>;

beforeEach(async () => {
  stores = memoryStores();
  platform = functionPlatform(stores, { lingerMs: 0 });
  answers = () => ({ status: 204 });
  hook = await receiver((request) => answers(numberOf(request)));
  await platform.topics.create('orders', { partitions: 1 });
  await platform.routes.put('hook', HOOK());
});
afterEach(() => hook.close());

const HOOK = () => ({
  'connector.class': 'webhook',
  topics: 'orders',
  'webhook.url': hook.url,
  'errors.retry.timeout': '-1',
  'errors.retry.delay.max.ms': '10',
});

function numberOf({ body }: Received): number {
  return (JSON.parse(body) as { n: number }).n;
}

const arrived = () => hook.received.map(numberOf);

/** An invocation that has so long. */
const having = (leftMs: number) => ({ getRemainingTimeInMillis: () => leftMs, invokedFunctionArn: SELF });

async function invoke(leftMs: number, by: Platform = platform) {
  const { started, start } = starts();
  const done = await deliver(await workOf(platform, 'hook', 'orders'), having(leftMs), by.routes.onDemand, start);
  return { done, started: started.map(({ by: name }) => name) };
}

/** What a route's next offset is. */
const position = async () => (await platform.routes.offsets('hook'))[0]?.offset;

describe('an invocation', () => {
  it('delivers what there is, keeps its place and ends, with nothing started', async () => {
    await platform.events.produce('orders', numbered(0, 3));
    const { done, started } = await invoke(HOUR_MS);
    expect([done.end, done.delivered, started]).toEqual(['idle', 3, []]);
    expect([arrived(), await position()]).toEqual([[0, 1, 2], 3]);
  });

  it('whose time runs out while the destination hangs gives up what hangs, and goes on in another', async () => {
    await platform.events.produce('orders', numbered(0, 3));
    let hangs = true;
    answers = (n) => (n === 1 && hangs ? undefined : { status: 204 });
    const { done, started } = await invoke(STOP_MS + 300);
    expect([done.end, started, await position()]).toEqual(['stopped', [SELF], 1]);
    hangs = false;
    expect((await invoke(HOUR_MS)).done.end).toBe('idle');
    // What may have been taken comes again, and nothing is overtaken.
    expect(arrived()).toEqual([0, 1, 1, 2]);
  });

  it('that has enough reads no more, but delivers what it has read', async () => {
    await platform.events.produce('orders', numbered(0, 3));
    const enough = new AbortController();
    answers = async (n) => {
      if (n === 0) await platform.events.produce('orders', numbered(3, 4));
      enough.abort();
      return { status: 204 };
    };
    const work = await workOf(platform, 'hook', 'orders');
    const stop = new AbortController().signal;
    const done = await platform.routes.onDemand.deliver(work, { stop, enough: enough.signal });
    expect([done.end, arrived(), await position()]).toEqual(['stopped', [0, 1, 2], 3]);
  });

  it('that has no time left starts another, and keeps the lease from nobody', async () => {
    await platform.events.produce('orders', numbered(0, 2));
    for (const leftMs of [0, 1, STOP_MS]) {
      const { done, started } = await invoke(leftMs);
      expect([done.end, started]).toEqual(['stopped', [SELF]]);
    }
    expect((await invoke(HOUR_MS)).done.end).toBe('idle');
    expect([...new Set(arrived())]).toEqual([0, 1]);
  });

  it('fails where another cannot be started: the lease is free, so the sweep finds what is left', async () => {
    await platform.events.produce('orders', numbered(0, 2));
    answers = () => ({ status: 503 });
    const work = await workOf(platform, 'hook', 'orders');
    const refused = () => Promise.reject(new Error('TooManyRequestsException'));
    await expect(deliver(work, having(STOP_MS + 200), platform.routes.onDemand, refused)).rejects.toThrow('TooMany');
    expect((await platform.routes.onDemand.behind()).works).toMatchObject([work]);
  });

  it('goes on as the function that the route has by then', async () => {
    await platform.events.produce('orders', numbered(0, 1));
    await platform.routes.patch('hook', {}, { worker: 'shop-deliver-other' });
    answers = () => ({ status: 503 });
    expect((await invoke(STOP_MS + 200)).started).toEqual(['shop-deliver-other']);
  });
});

describe('a route that is changed while an invocation is at it', () => {
  it.each([
    ['paused', () => platform.routes.pause('hook'), 'gone'],
    ['deleted', () => platform.routes.delete('hook'), 'gone'],
    ['given another config', () => platform.routes.patch('hook', { 'webhook.timeout.ms': '2000' }), 'idle'],
  ])(
    'and %s: the invocation has lost it, starts nobody, and the next does as the route is now',
    async (_, act, next) => {
      await platform.events.produce('orders', numbered(0, 2));
      let hangs = true;
      answers = (n) => (n === 0 && hangs ? undefined : { status: 204 });
      const clock = simulatedClock(Date.now());
      const worker = functionPlatform(stores, { lingerMs: 0, clock, random: seededRandom(1) });
      const { started, start } = starts();
      const work = await workOf(platform, 'hook', 'orders');
      const delivering = deliver(work, having(HOUR_MS), worker.routes.onDemand, start);
      await until(() => hook.received.length > 0, clock);
      await act();
      hangs = false;
      const done = await runOut(delivering, clock);
      expect([done.end, started]).toEqual(['lost', []]);
      expect((await invoke(HOUR_MS)).done.end).toBe(next);
    },
  );
});

describe('an invocation that is frozen in mid-delivery, while another takes over', () => {
  it('delivers nothing more when it is thawed hours later, and moves no position back', async () => {
    await platform.events.produce('orders', numbered(0, 3));
    const [frozen, later] = [simulatedClock(), simulatedClock()];
    await platform.routes.patch('hook', { 'webhook.timeout.ms': '300000' });
    const [one, two] = [frozen, later].map((clock, seed) =>
      functionPlatform(stores, { lingerMs: 0, clock, random: seededRandom(seed) }),
    );
    const hung = Promise.withResolvers<Answer>();
    answers = () => (hook.received.length === 1 ? hung.promise : { status: 204 });
    const work = await workOf(platform, 'hook', 'orders');
    const { started, start } = starts();
    const delivering = deliver(work, having(HOUR_MS), one!.routes.onDemand, start);
    await until(() => hook.received.length === 1, frozen, 0);

    later.jump(3 * HOUR_MS);
    const taken = await runOut(deliver(work, having(HOUR_MS), two!.routes.onDemand, start), later);
    expect([taken.end, arrived()]).toEqual(['idle', [0, 0, 1, 2]]);

    // Thawed: the wall clock has gone on, its own timers have not, and the answer that it waited for is there.
    frozen.jump(3 * HOUR_MS);
    hung.resolve({ status: 204 });
    const thawed = await runOut(delivering, frozen);
    expect([thawed.end, started]).toEqual(['lost', []]);
    expect([arrived(), await position()]).toEqual([[0, 0, 1, 2], 3]);
  });
});

describe('a lease that a clock set far ahead', () => {
  it('is taken over by the sweep: its holder died, or will find that it is lost', async () => {
    await platform.events.produce('orders', numbered(0, 2));
    const fast = simulatedClock(Date.now() + 5 * HOUR_MS);
    answers = () => undefined;
    const ahead = functionPlatform(stores, { clock: fast, random: seededRandom(1) });
    const work = await workOf(platform, 'hook', 'orders');
    const { started, start } = starts();
    const delivering = deliver(work, having(HOUR_MS), ahead.routes.onDemand, start);
    await until(() => hook.received.length === 1, fast, 0);
    expect((await platform.routes.onDemand.behind()).works).toMatchObject([work]);
    answers = () => ({ status: 204 });
    expect([(await invoke(HOUR_MS)).done.end, await position()]).toEqual(['idle', 2]);
    expect([(await runOut(delivering, fast)).end, started]).toEqual(['lost', []]);
  });
});

/** Real I/O goes on; simulated time, too. */
async function until(holds: () => boolean, clock: SimulatedClock, stepMs = 1): Promise<void> {
  while (!holds()) {
    await clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function runOut<T>(work: Promise<T>, clock: SimulatedClock): Promise<T> {
  let ended = false;
  const watched = work.finally(() => {
    ended = true;
  });
  watched.catch(() => undefined);
  await until(() => ended, clock, 50);
  return watched;
}
