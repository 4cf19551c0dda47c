import { beforeEach, describe, expect, it, vi } from 'vitest';
import { noteAwake, readAwake } from '../../functions/awake-item.ts';
import { tendOnce } from '../../functions/tend.ts';
import { keepTicking } from '../../functions/tick.ts';
import type { Platform } from '../../lib/platform.ts';
import { type MetaStore, memoryStores, StoreError, type Stores } from '../../lib/store/index.ts';
import { runOut, type SimulatedClock, seededRandom, settle, simulatedClock } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { environmentOf, functionPlatform } from './requests.ts';
import { numbered, starts, tickRule, workOf } from './routes.ts';

vi.hoisted(() => {
  Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' });
});

const environment = environmentOf({ MILLRACE_TICK_RULE: 'tick', MILLRACE_DELIVER_FUNCTION: 'deliver' });
const HOUR_MS = 3_600_000;
const COPY = { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copies' };

let clock: SimulatedClock;
let stores: Stores;
let platform: Platform;
let seed = 0;

beforeEach(async () => {
  clock = simulatedClock();
  stores = memoryStores();
  platform = another();
  await platform.topics.create('orders', { partitions: 1 });
  await platform.topics.create('copies', { partitions: 1 });
});

/** The platform as another environment has it. */
function another(over = stores): Platform {
  return functionPlatform(over, { clock, random: seededRandom(++seed), lingerMs: 0 });
}

const done = <T>(work: Promise<T>): Promise<T> => runOut(clock, work);

const never = () => new AbortController().signal;

function tend(calls: Parameters<typeof tendOnce>[2], { by = platform, stop = never(), now = false } = {}) {
  return done(tendOnce({ platform: by, environment }, { now, stop }, { start: starts().start, ...calls }));
}

describe('the minute tick', () => {
  it('goes off after a long quiet, and on with what happens next', async () => {
    const { rules, state } = tickRule();
    await done(keepTicking(platform, environment, rules));
    clock.jump(HOUR_MS);
    expect((await tend({ rules })).quiet).toBe(false);
    clock.jump(HOUR_MS);
    expect([(await tend({ rules })).quiet, state.on]).toEqual([true, false]);
    await done(keepTicking(platform, environment, rules));
    expect(state.on).toBe(true);
  });

  it('stays on where something happens just as it goes off', async () => {
    await done(noteAwake(platform.items, clock.nowMs()));
    clock.jump(2 * HOUR_MS);
    // As a dispatcher does elsewhere, between our look and our switch: its switch comes first, and ours would undo it.
    const { rules, state } = tickRule(() => noteAwake(platform.items, clock.nowMs()));
    await tend({ rules });
    expect([state.on, state.switched]).toEqual([true, ['tick off', 'tick on']]);
  });

  it('stays on while a route is behind, though somebody is at it: that one may die', async () => {
    await done(platform.routes.put('copy', COPY));
    await done(platform.events.produce('orders', numbered(0, 3)));
    const work = await workOf(platform, 'copy', 'orders');
    clock.jump(3 * HOUR_MS);
    // Dies in mid-work: it has the lease, and never answers again.
    const dead = another(deaf(stores));
    void dead.routes.onDemand.deliver(work, { stop: never() }).catch(() => undefined);
    await settle(20);
    const { rules, state } = tickRule();
    const { started, start } = starts();
    expect([(await tend({ rules, start })).quiet, started.length]).toEqual([false, 0]);
    clock.jump(60_000);
    expect([(await tend({ rules, start })).quiet, started.map(({ route }) => route)]).toEqual([false, ['copy']]);
    expect(state.switched).toEqual([]);
  });
});

/** Stores whose objects are never read to the end. */
function deaf(inner: Stores): Stores {
  return { ...inner, objects: intercepted(inner.objects, { get: () => new Promise(() => {}) }) };
}

describe('a round of upkeep', () => {
  it('starts what nobody woke for, on whatever function its route has', async () => {
    await done(platform.routes.put('copy', COPY, { worker: 'deliver-copy' }));
    await done(platform.events.produce('orders', numbered(0, 1)));
    const { started, start } = starts();
    expect((await tend({ rules: tickRule().rules, start })).deliveries).toBe(1);
    expect(started.map(({ by }) => by)).toEqual(['deliver-copy']);
  });

  it('starts the other routes where one cannot be looked at, and does not rest', async () => {
    await done(platform.routes.put('bad', COPY));
    await done(platform.routes.put('good', COPY));
    await done(platform.events.produce('orders', numbered(0, 1)));
    clock.jump(3 * HOUR_MS);
    const { started, start } = starts();
    const { rules, state } = tickRule();
    const by = another({ ...stores, items: failing(stores.items, 'group/route.bad') });
    const round = await tend({ rules, start }, { by });
    expect([started.map(({ route }) => route), round.quiet, state.switched]).toEqual([['good'], false, []]);
  });

  it('may be done twice at once, and cut short at any point', async () => {
    for (let i = 0; i < 30; i++) await done(platform.events.produce('orders', numbered(i, i + 1)));
    clock.jump(2 * HOUR_MS);
    const { rules } = tickRule();
    const cut = new AbortController();
    const rounds = [another(), another(), another()].map((by, i) =>
      tendOnce(
        { platform: by, environment },
        { now: true, stop: i === 0 ? cut.signal : never() },
        { rules, start: starts().start },
      ),
    );
    await settle(4);
    cut.abort();
    const all = await done(Promise.all(rounds));
    expect(all.slice(1).flatMap(({ tended }) => tended?.failures ?? [])).toEqual([]);
    expect((await done(another().verify())).problems).toEqual([]);
    expect((await done(another().events.offsets('orders', [0])))[0]!.highWatermark).toBe(30);
  });

  it('is not begun anew within five minutes, unless it is asked for', async () => {
    const { rules } = tickRule();
    expect((await tend({ rules })).tended).toBeDefined();
    clock.jump(60_000);
    expect((await tend({ rules })).tended).toBeUndefined();
    expect((await tend({ rules }, { now: true })).tended).toBeDefined();
    expect((await readAwake(platform.items)).collectedMs).toBe(clock.nowMs());
  });
});

/** Items of which one partition cannot be read. */
function failing(inner: MetaStore, pk: string): MetaStore {
  return intercepted(inner, {
    query: (of, options) =>
      of === pk ? Promise.reject(new StoreError('store_unavailable', 'throttled')) : inner.query(of, options),
  });
}
