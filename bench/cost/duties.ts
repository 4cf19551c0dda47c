import { type FunctionUse, upkeep, useOf } from './month.ts';
import { LATENCY } from './network.ts';
import { SECONDS_PER_MONTH } from './prices.ts';
import { RETENTION_MS, type World } from './world.ts';

/** What `functions/tend.ts` does, and how often. */
export const EVERY_MS = { tick: 60_000, tend: 5 * 60_000, collect: 60 * 60_000 } as const;
export type Duty = keyof typeof EVERY_MS;

const HOUR_MS = 3_600_000;
const READ_UNIT_BYTES = 4_096;

/** One round of a duty. The tick sweeps the routes and measures, for its metrics, how routes and groups fare. */
export function attend(world: World, duty: Duty): Promise<void> {
  return world.functions[duty].invoke(async ({ platform, call }) => {
    if (duty !== 'tick') {
      await platform.tend({ collect: duty === 'collect' });
      return;
    }
    for (const _ of (await platform.routes.onDemand.behind()).works) {
      call();
      await world.time.clock.sleep(LATENCY.invokeMs);
    }
    await platform.items.get({ pk: 'upkeep', sk: 'awake' });
    for (const route of await platform.routes.list()) await platform.routes.status(route);
    for (const { group } of await platform.groups.list()) {
      if (!group.startsWith('route.')) await platform.groups.lag(group);
    }
  });
}

/** What one round does where there is nothing to do; the second one, as caches are then as they are later. */
export async function idleRound(world: World, duty: Duty): Promise<FunctionUse> {
  const own = world.functions[duty];
  await world.done(attend(world, duty));
  own.reset();
  await world.done(attend(world, duty));
  const use = useOf(duty, own.counts());
  own.reset();
  return use;
}

/** How often a duty comes in a month in which something always happens. */
export function roundsPerMonth(duty: Duty): number {
  return (SECONDS_PER_MONTH * 1_000) / EVERY_MS[duty];
}

/**
 * All upkeep that the events of the replay ever cause, done after them: rolled and merged when an hour old, what that left
 * behind collected, in two rounds; then, when their retention is over, removed and collected. Times are those of a real
 * deployment: simulated time jumps to them. Returns what it makes in a month, `times` as many events.
 */
export async function upkeepOf(
  world: World,
  { idle, times, pagesPerDay }: { idle: Record<Duty, FunctionUse>; times: number; pagesPerDay: number },
): Promise<{ readonly tend: FunctionUse; readonly collect: FunctionUse; readonly walks: number }> {
  const rounds = { tend: 0, collect: 0 };
  const round = async (duty: 'tend' | 'collect') => {
    rounds[duty]++;
    await world.done(attend(world, duty));
  };
  const later = async (ms: number) => world.time.runUntil(world.time.clock.monotonicMs() + ms);
  world.functions.tend.reset();
  world.functions.collect.reset();
  await later(HOUR_MS);
  await round('tend');
  const pages = await world.pages();
  await later(HOUR_MS);
  const before = askedBy(world);
  await round('collect');
  const after = askedBy(world);
  const walks = (after.walks - before.walks) / Math.max(1, pages.queries);
  const lists = after.lists - before.lists;
  await later(HOUR_MS);
  await round('collect');
  await later(RETENTION_MS);
  await round('tend');
  for (let grace = 0; grace < 2; grace++) {
    await later(HOUR_MS);
    await round('collect');
  }
  const month = (duty: 'tend' | 'collect') => {
    const replayed = useOf(duty, world.functions[duty].counts());
    return upkeep(replayed, { rounds: rounds[duty], idle: idle[duty], times, roundsPerMonth: roundsPerMonth(duty) });
  };
  const pageBytes = pages.bytes / Math.max(1, pages.kept);
  const pagesKept = (pagesPerDay * RETENTION_MS) / (24 * HOUR_MS);
  return {
    tend: month('tend'),
    collect: withWholeWalk(month('collect'), { walks, lists, pagesKept, pageBytes }),
    walks,
  };
}

function askedBy({ functions }: World): { walks: number; lists: number } {
  const { page, object } = functions.collect.counts().meters;
  return { walks: page?.['item.query'].requests ?? 0, lists: object?.['object.list'].requests ?? 0 };
}

/**
 * A collection reads all pages that are kept, each time, and lists all objects: in the replay next to none are. A list has
 * a thousand keys, so that each folder needs no more of them in a month than here.
 */
function withWholeWalk(
  use: FunctionUse,
  { walks, lists, pagesKept, pageBytes }: { walks: number; lists: number; pagesKept: number; pageBytes: number },
): FunctionUse {
  const { page, object } = use.calls;
  if (!page || !object) return use;
  const rounds = roundsPerMonth('collect');
  const bytes = pagesKept * pageBytes * walks * rounds;
  const calls = {
    ...use.calls,
    page: { ...page, readUnits: bytes / READ_UNIT_BYTES, bytesOut: bytes },
    object: { ...object, lists: lists * rounds },
  };
  return { ...use, calls };
}
