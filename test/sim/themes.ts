import type { Chance } from './chance.ts';
import { ADMIN_TASKS } from './clients/admin.ts';
import type { Fault } from './faults.ts';
import { compacting, lateMembers, overlapping, slowWriters, steps, twins, woken } from './narrow-themes.ts';
import type { ClientPlan, Plan } from './plan.ts';

/** What a simulation is mostly about. Some things go wrong only where much of one kind comes together. */
const DRAWN = ['any', 'collection', 'rolling', 'transactions', 'groups'] as const;
/** Those that make one race again and again. */
const NARROW = ['slow-writers', 'late-members', 'overlapping', 'compacting', 'twins', 'steps', 'woken'] as const;
export const THEMES = [...DRAWN, 'admins', 'expiring', 'reborn', ...NARROW] as const;
export type Theme = (typeof THEMES)[number];

/** So many plans without a theme are about administrators, about what expires, or about one race. */
const ADMINS = 0.15;
const EXPIRIES = 0.1;
const RACES = 0.1;

/** Half of all plans stay as they are drawn. */
export function themeOf(chance: Chance): Theme {
  const theme = chance.is(0.5) ? 'any' : chance.pick(DRAWN);
  if (theme !== 'any') return theme;
  if (chance.is(ADMINS)) return 'admins';
  if (chance.is(EXPIRIES)) return 'expiring';
  return chance.is(RACES) ? chance.pick(NARROW) : 'any';
}

/** The plan with more of what its theme is about. */
export function themed(plan: Plan, theme: Theme, chance: Chance): Plan {
  switch (theme) {
    case 'any':
    case 'reborn':
      return plan;
    case 'admins':
      return administered(plan);
    case 'expiring':
      return shortLived(plan, chance);
    case 'collection':
      return collecting(plan, chance);
    case 'rolling':
      return { ...busy(plan, 300), chances: { ...plan.chances, refused: chance.between(0.02, 0.1) } };
    case 'transactions': {
      const clients = plan.clients.filter(({ kind }) => !LARGE.has(kind));
      return restless({ ...plan, clients }, chance);
    }
    case 'groups':
      return restless(plan, chance);
    case 'slow-writers':
      return slowWriters(plan, chance);
    case 'late-members':
      return lateMembers(plan, chance);
    case 'overlapping':
      return overlapping(plan, chance);
    case 'twins':
      return twins(plan, chance);
    case 'steps':
      return steps(plan, chance);
    case 'woken':
      return woken(plan, chance);
    case 'compacting':
      return compacting(plan, chance);
  }
}

/** Several administrators do all that they can, without long pauses. */
function administered(plan: Plan): Plan {
  const others = plan.clients.filter(({ kind }) => kind !== 'admin');
  const admins = ['a0', 'a1', 'a2'].map(
    (name): ClientPlan => ({ name, kind: 'admin', tasks: ADMIN_TASKS, thinkMs: 300 }),
  );
  return { ...plan, clients: [...others, ...admins] };
}

/** Clocks are right, so that it is known what is kept; retention is at work all the time, and auditors look. */
function shortLived(plan: Plan, chance: Chance): Plan {
  const busier = busy(plan, 200);
  const auditors = ['v0', 'v1', 'v2'].map(
    (name): ClientPlan => ({ name, kind: 'auditor', isolation: 'uncommitted', thinkMs: 300 }),
  );
  const faults: Fault[] = busier.faults.filter((fault) => fault.do !== 'jump');
  for (let atMs = 500; atMs < plan.chaosMs; atMs += chance.between(200, 1_500)) {
    const whom = `s${chance.below(plan.servers)}`;
    faults.push({ name: `f${faults.length}`, atMs: Math.round(atMs), do: 'tend', whom, collect: false });
  }
  return { ...busier, clients: [...busier.clients, ...auditors], faults, skewMs: 0 };
}

/** Kinds of clients that a theme may do without. */
const LARGE: ReadonlySet<ClientPlan['kind']> = new Set(['classic', 'modern', 'http-consumer', 'http-producer']);

/** Objects are stale within a second, servers tend all the time, and writers stop for longer between their two steps. */
function collecting(plan: Plan, chance: Chance): Plan {
  const log = {
    staleObjectMs: chance.pick([100, 400, 1_000]),
    collectGraceMs: chance.pick([50, 300]),
    mergeAgeMs: 500,
    mergeBytes: 2_000,
  };
  const chaosMs = Math.min(plan.chaosMs, 12_000);
  const server = () => `s${chance.below(plan.servers)}`;
  const faults: Fault[] = [];
  const add = (fault: Omit<Fault, 'name' | 'atMs'>, atMs: number) => {
    faults.push({ name: `f${faults.length}`, atMs: Math.round(atMs), ...fault } as Fault);
  };
  for (let atMs = 300; atMs < chaosMs; atMs += chance.between(100, 900))
    add({ do: 'tend', whom: server(), collect: true } as Fault, atMs);
  for (let i = 0; i < 5; i++)
    add({ do: 'pause', whom: server(), forMs: chance.pick([800, 2_500, 5_000]) } as Fault, chance.between(0, chaosMs));
  const slow = chance.pick([0.02, 0.3]);
  const options = { ...plan.options, log: { ...plan.options.log, ...log }, background: false };
  return { ...busy(plan, 60), chaosMs, options, faults, chances: { ...plan.chances, slow } };
}

/** Producers that send much, without long pauses; and nobody else but readers. */
function busy(plan: Plan, batches: number): Plan {
  const clients = plan.clients
    .filter(({ kind }) => !LARGE.has(kind))
    .map((client): ClientPlan => (client.kind === 'producer' ? { ...client, batches, thinkMs: 30 } : client));
  return { ...plan, clients };
}

/** Members come and go, and stop for longer than their sessions. */
function restless(plan: Plan, chance: Chance): Plan {
  const members = plan.clients.filter((client) => 'group' in client).map(({ name }) => name);
  if (members.length === 0) return plan;
  const faults = [...plan.faults];
  for (let i = 0; i < 6; i++) {
    const atMs = Math.round(chance.between(0, plan.chaosMs));
    const whom = chance.pick(members);
    const name = `f${faults.length}`;
    if (chance.is(0.4)) faults.push({ name, atMs, do: 'kill', whom, downMs: chance.pick([10, 3_000]) });
    else faults.push({ name, atMs, do: 'pause', whom, forMs: chance.pick([1_000, 4_000, 9_000]) });
  }
  const skewMs = chance.pick([0, 5_000, 60_000]);
  return { ...plan, faults, skewMs, chances: { ...plan.chances, delayed: chance.between(0, 0.15) } };
}
