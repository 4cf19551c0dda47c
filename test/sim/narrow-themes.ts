import type { Chance } from './chance.ts';
import type { Fault } from './faults.ts';
import { type ClientPlan, COPIES, type Plan } from './plan.ts';
import { NO_CHANCES } from './stores.ts';

/*
 * Themes that bring together what is rare alone: each makes one race, again and again, of which it takes the luck of many
 * plans to see one. Nothing but that race goes wrong in them, so little else hides it.
 */

const CALM = { requestLost: 0, answerLost: 0, slow: 0 };

/** The topics that every plan has, and no other. */
function plain({ topics }: Plan, partitions: number): Plan['topics'] {
  return topics.slice(0, 2).map((topic) => ({ ...topic, partitions }));
}

function producer(name: string, thinkMs: number): ClientPlan {
  return { name, kind: 'producer', idempotent: true, repeats: false, batches: 300, thinkMs };
}

/**
 * One server collects without pause, by short ages, while all others take a second for each call: between their put of an
 * object and their commit of it, it is looked at, condemned, and gone.
 */
export function slowWriters(plan: Plan, chance: Chance): Plan {
  const chaosMs = 8_000;
  const log = { ...plan.options.log, staleObjectMs: 100, collectGraceMs: chance.pick([20, 50, 100]) };
  const faults: Fault[] = [];
  for (let i = 1; i < plan.servers; i++) {
    faults.push({ name: `f${faults.length}`, atMs: 0, do: 'storm', whom: `s${i}`, forMs: chaosMs, kind: 'slow' });
  }
  for (let atMs = 200; atMs < chaosMs; atMs += chance.between(40, 200)) {
    faults.push({ name: `f${faults.length}`, atMs: Math.round(atMs), do: 'tend', whom: 's0', collect: true });
  }
  const once: ClientPlan = { ...producer('p2', 60), idempotent: false } as ClientPlan;
  return {
    ...plan,
    chaosMs,
    route: false,
    topics: plain(plan, 2),
    clients: [producer('p0', 60), producer('p1', 60), once],
    options: { ...plan.options, log, background: false, cluster: false, sweepTransactions: false },
    faults,
    skewMs: 0,
    chances: NO_CHANCES,
    network: CALM,
  };
}

/**
 * Commits of offsets are on their way for longer than the sessions of those who sent them: their members are gone when they
 * come there, and as clocks jump, they do not look old. Somebody looks at offsets all the time.
 */
export function lateMembers(plan: Plan, chance: Chance): Plan {
  const chaosMs = 60_000;
  const member = (name: string): ClientPlan => {
    const kind = name.startsWith('m') ? 'modern' : 'classic';
    return { name, kind, group: name[0]!, instanceId: undefined, sessionMs: 2_000, thinkMs: 100, commits: 1 };
  };
  const faults: Fault[] = [];
  for (let i = 0; i < plan.servers; i++) {
    let byMs = 20_000;
    for (let atMs = chance.between(0, 5_000); atMs < chaosMs; atMs += chance.between(2_500, 5_000)) {
      faults.push({ name: `f${faults.length}`, atMs: Math.round(atMs), do: 'jump', whom: `s${i}`, byMs });
      byMs = -byMs;
    }
  }
  return {
    ...plan,
    chaosMs,
    route: false,
    topics: plain(plan, 3),
    clients: [
      producer('p0', 500),
      ...['ca', 'cb', 'cc', 'da', 'db', 'dc', 'ea', 'eb', 'ec', 'ma', 'mb'].map(member),
      ONLOOKER,
    ],
    options: { ...plan.options, background: false, sweepTransactions: false },
    faults,
    skewMs: 0,
    chances: { ...NO_CHANCES, delayed: 0.15 },
    network: CALM,
  };
}

const ONLOOKER: ClientPlan = { name: 'o0', kind: 'onlooker', thinkMs: 40 };

/**
 * Transactions of many producers overlap in one partition and last for many pages, while readers of what is committed follow
 * closely: what they read up to where the next is open still has its markers to come.
 */
export function overlapping(plan: Plan, chance: Chance): Plan {
  const chaosMs = 20_000;
  const transactional = (_: unknown, i: number): ClientPlan => ({
    name: `t${i}`,
    kind: 'transactional',
    transactionalId: `t${i}`,
    version: chance.pick([1, 2]),
    timeoutMs: 8_000,
    transactions: 40,
    thinkMs: 20,
  });
  const reader = (_: unknown, i: number): ClientPlan => {
    return { name: `r${i}`, kind: 'reader', isolation: 'committed', thinkMs: 10 };
  };
  return {
    ...plan,
    chaosMs,
    route: false,
    topics: plain(plan, 1),
    clients: [producer('p0', 30), ...Array.from({ length: 5 }, transactional), ...Array.from({ length: 3 }, reader)],
    options: { ...plan.options, background: false, sweepTransactions: true },
    faults: [],
    skewMs: 0,
    chances: { ...NO_CHANCES, slow: chance.between(0.05, 0.2) },
    network: CALM,
  };
}

/** So many that the last record of some is a tombstone. */
const KEYS = 30;

/** Keys are written again and again, pages are merged and cleaned all the time, and readers are everywhere between. */
export function compacting(plan: Plan, chance: Chance): Plan {
  const chaosMs = 12_000;
  const faults: Fault[] = [];
  for (let atMs = 500; atMs < chaosMs; atMs += chance.between(200, 800)) {
    const whom = `s${chance.below(plan.servers)}`;
    faults.push({ name: `f${faults.length}`, atMs: Math.round(atMs), do: 'tend', whom, collect: false });
  }
  const keyed = plan.topics.filter(({ keys }) => keys > 0).map((topic) => ({ ...topic, keys: KEYS }));
  const auditors = ['r0', 'r1'].map((name): ClientPlan => {
    return { name, kind: 'auditor', isolation: 'uncommitted', thinkMs: 300 };
  });
  return {
    ...plan,
    chaosMs,
    route: false,
    topics: [...plan.topics.slice(0, 2), ...keyed],
    clients: [producer('p0', 60), producer('p1', 60), ...auditors],
    options: { ...plan.options, log: { ...plan.options.log, mergeAgeMs: 500 }, background: false },
    faults,
    skewMs: 0,
    chances: NO_CHANCES,
    network: CALM,
  };
}

/**
 * Classic members are there under one instance id at once, stop in the middle, and come again: each fences the one before,
 * whose commits may be on their way. One without is in the group with them.
 */
export function twins(plan: Plan, chance: Chance): Plan {
  const chaosMs = 12_000;
  const sessionMs = chance.pick([1_500, 6_000]);
  const member = (name: string, instanceId?: string): ClientPlan => {
    return { name, kind: 'classic', group: 'g', instanceId, sessionMs, thinkMs: 100, commits: 1 };
  };
  const names = ['ta', 'tb', 'tc'];
  const faults = Array.from({ length: 6 }, (_, i): Fault => {
    const atMs = Math.round(chance.between(0, chaosMs));
    return { name: `f${i}`, atMs, do: 'pause', whom: chance.pick(names), forMs: chance.pick([500, 2_000]) };
  });
  return {
    ...plan,
    chaosMs,
    route: false,
    topics: plain(plan, 3),
    clients: [producer('p0', 100), ...names.map((name) => member(name, 'twin')), member('m0')],
    options: { ...plan.options, background: false, sweepTransactions: false },
    faults,
    skewMs: 0,
    chances: { ...NO_CHANCES, delayed: chance.pick([0, 0.1]) },
    network: CALM,
  };
}

/**
 * Every transaction ends in steps, and whoever is at it is often killed or stopped between two of them, for longer than
 * others wait before they carry it on. Readers look all the time.
 */
export function steps(plan: Plan, chance: Chance): Plan {
  const chaosMs = 20_000;
  const shared = { version: chance.pick([1, 2] as const), timeoutMs: 8_000, transactions: 60, thinkMs: 20 };
  const reader = (name: string, thinkMs: number): ClientPlan => {
    return { name, kind: thinkMs > 100 ? 'auditor' : 'reader', isolation: 'committed', thinkMs };
  };
  const faults: Fault[] = [];
  for (let atMs = 500; atMs < chaosMs; atMs += chance.between(300, 1_500)) {
    const at = { name: `f${faults.length}`, atMs: Math.round(atMs), whom: `s${chance.below(plan.servers)}` };
    if (chance.is(0.6)) faults.push({ ...at, do: 'kill', downMs: chance.pick([10, 500]) });
    else faults.push({ ...at, do: 'pause', forMs: chance.pick([500, 6_000, 9_000]) });
  }
  return {
    ...plan,
    chaosMs,
    route: false,
    topics: plain(plan, 3).map((topic) => ({
      ...topic,
      config: { ...topic.config, 'millrace.partitions.per.ledger': '1' },
    })),
    clients: [
      producer('p0', 200),
      ...['t0', 't1'].map((name): ClientPlan => ({ name, kind: 'transactional', transactionalId: name, ...shared })),
      { name: 'x0', kind: 'processor', group: 'x', sessionMs: 6_000, transactionalId: 'x0', ...shared },
      reader('r0', 10),
      reader('r1', 400),
    ],
    options: {
      ...plan.options,
      background: false,
      sweepTransactions: true,
      transactionEndWritesMax: chance.pick([1, 2]),
    },
    faults,
    skewMs: 0,
    // Of writes that go out together, some are refused: what has begun is carried on later.
    chances: { ...NO_CHANCES, refused: chance.between(0.05, 0.15), slow: chance.between(0, 0.2) },
    network: CALM,
  };
}

/**
 * A route is delivered by what is woken alone, and wake-ups come twice and at once, late, or not at all; who was woken dies or
 * stops in the middle, often for longer than its lease, while what it has written is on its way.
 */
export function woken(plan: Plan, chance: Chance): Plan {
  const chaosMs = 60_000;
  const source = plain(plan, 2);
  const answerLost = chance.pick([0, 0.05]);
  return {
    ...plan,
    chaosMs,
    route: true,
    wakeUps: {
      lost: chance.pick([0.1, 0.5]),
      twice: 0.6,
      late: 0.3,
      killed: 0.1,
      frozen: chance.pick([0.1, 0.4]),
      atOnce: 8,
      timeMs: chance.pick([10_000, 60_000]),
      everyMs: chance.pick([3_000, 15_000]),
    },
    topics: [...source, { ...source[0]!, name: COPIES }],
    clients: [producer('p0', 300), { ...producer('p1', 500), idempotent: false } as ClientPlan],
    options: { ...plan.options, background: false, sweepTransactions: false },
    faults: [],
    skewMs: 0,
    chances: { ...NO_CHANCES, delayed: chance.pick([0.02, 0.1]), answerLost },
    network: CALM,
  };
}
