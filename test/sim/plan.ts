import type { LogSettings } from '../../lib/log/index.ts';
import type { Isolation } from '../checker/index.ts';
import { type Chance, chanceOf } from './chance.ts';
import { ADMIN_TASKS, type AdminTask } from './clients/admin.ts';
import type { KnownTopic } from './clients/producer.ts';
import { type Fault, faultsOf } from './faults.ts';
import type { ServerOptions } from './server.ts';
import { NO_CHANCES, type StoreChances } from './stores.ts';
import { type Theme, themed, themeOf } from './themes.ts';
import type { WakeUpPlan } from './wake-ups.ts';
import type { NetworkChances } from './world.ts';

export interface TopicPlan extends KnownTopic {
  readonly config: Readonly<Record<string, string>>;
}

interface TransactionalPlan {
  readonly transactionalId: string;
  /** Of its transactions: from 2 on each has an epoch of its own (KIP-890). */
  readonly version: 1 | 2;
  readonly timeoutMs: number;
  readonly transactions: number;
  readonly thinkMs: number;
}

export type ClientPlan = { readonly name: string } & (
  | {
      readonly kind: 'producer';
      readonly idempotent: boolean;
      readonly repeats: boolean;
      /** What it sends to, where that is not what all do. */
      readonly to?: typeof REBORN;
      readonly batches: number;
      readonly thinkMs: number;
    }
  | { readonly kind: 'http-producer'; readonly keyed: boolean; readonly requests: number; readonly thinkMs: number }
  | { readonly kind: 'reader' | 'auditor'; readonly isolation: Isolation; readonly thinkMs: number }
  | { readonly kind: 'http-processor'; readonly group: string; readonly thinkMs: number }
  | { readonly kind: 'founder'; readonly thinkMs: number }
  | { readonly kind: 'visitor' | 'onlooker'; readonly thinkMs: number }
  | { readonly kind: 'admin'; readonly tasks: readonly AdminTask[]; readonly thinkMs: number }
  | ({
      readonly kind: 'transactional';
    } & TransactionalPlan)
  | ({
      readonly kind: 'processor';
      readonly group: string;
      readonly sessionMs: number;
    } & TransactionalPlan)
  | {
      readonly kind: 'classic' | 'modern' | 'http-consumer';
      readonly group: string;
      readonly instanceId: string | undefined;
      readonly sessionMs: number;
      readonly thinkMs: number;
      readonly commits: number;
    }
);

/** All that a simulation is going to be, as far as its seed alone decides. Names tell what a shorter one leaves out. */
export interface Plan {
  readonly seed: number;
  readonly theme: Theme;
  /** Whether a route copies one topic to another: servers then deliver, and tend, in the background. */
  readonly route: boolean;
  /** How what delivers and tends is woken, where no server does so by itself. */
  readonly wakeUps: WakeUpPlan | undefined;
  /** How long faults go on. */
  readonly chaosMs: number;
  readonly servers: number;
  readonly options: ServerOptions;
  /** By how much the clocks of servers are wrong when they start, at most. */
  readonly skewMs: number;
  readonly topics: readonly TopicPlan[];
  readonly clients: readonly ClientPlan[];
  readonly faults: readonly Fault[];
  readonly chances: StoreChances;
  readonly network: NetworkChances;
}

/**
 * The plan of a seed. Each fault has its turn, and each is missing often: some bugs show only where others do not get in
 * their way. Source: Groce et al., "Swarm Testing", 2012.
 *
 * @param wanted a theme in place of the one that the seed draws
 */
export function planOf(seed: number, wanted?: Theme): Plan {
  const chance = chanceOf(seed, 'theme');
  const theme = wanted ?? themeOf(chance);
  return themed(drawn(seed, theme), theme, chance);
}

function drawn(seed: number, theme: Theme): Plan {
  const chance = chanceOf(seed, 'plan');
  const chaosMs = Math.round(chance.between(4_000, 30_000));
  const servers = 2 + chance.below(2);
  const route = chanceOf(seed, 'route').is(theme === 'any' || theme === 'admins' ? 0.2 : 0);
  const wakeUps = route ? wakeUpsOf(chanceOf(seed, 'wake-ups')) : undefined;
  const topics = topicsOf(seed, chance, { route, theme });
  const clients = clientsOf(chance, theme, chanceOf(seed, 'versions'));
  return {
    seed,
    theme,
    route,
    wakeUps,
    chaosMs,
    servers,
    options: {
      log: logOf(chance),
      smallBytesMax: chance.pick([0, 512, 1_000_000]),
      cluster: chance.is(0.3),
      background: (chance.is(0.3) || route) && !wakeUps,
      sweepTransactions: clients.some((client) => 'transactionalId' in client),
      transactionEndWritesMax: endWritesMaxOf(chanceOf(seed, 'steps')),
    },
    skewMs: chance.pick([0, 0, 500, 20_000, 300_000]),
    topics,
    clients: [...clients, ...adminsOf(chanceOf(seed, 'admins')), ...foundersOf(seed, topics)],
    faults: faultsOf(chance, { chaosMs, servers, clients: clients.map(({ name }) => name) }),
    chances: storeChancesOf(chance),
    network: networkChancesOf(chance),
  };
}

function wakeUpsOf(chance: Chance): WakeUpPlan | undefined {
  if (chance.is(0.5)) return undefined;
  const sometimes = (most: number) => (chance.is(0.6) ? chance.between(0, most) : 0);
  return {
    lost: sometimes(0.5),
    twice: sometimes(0.6),
    late: sometimes(0.4),
    killed: sometimes(0.2),
    frozen: sometimes(0.2),
    atOnce: chance.pick([1, 3, 8]),
    timeMs: chance.pick([3_000, 10_000, 60_000]),
    everyMs: chance.pick([3_000, 15_000]),
  };
}

/** So few, at times, that all transactions of the plan, or the larger ones, end in steps. */
function endWritesMaxOf(chance: Chance): number | undefined {
  return chance.is(0.3) ? chance.pick([1, 2, 3]) : undefined;
}

/** What producers send to and consumers read; and what processors write. */
export const SOURCE = 'orders';
export const TARGET = 'moved';
/** What keeps the latest record of each key. */
export const KEYED = 'latest';
/** What keeps records for some seconds. */
export const EXPIRING = 'fleeting';
/** What is deleted and made anew, under its name. */
export const REBORN = 'reborn';
/** What a route copies the source to, where there is one. */
export const COPIES = 'copies';

/** Topics that some plans have only draw by themselves: what the others are does not depend on them. */
function topicsOf(seed: number, chance: Chance, { route, theme }: { route: boolean; theme: Theme }): TopicPlan[] {
  const width = String(chance.pick([1, 2, 32]));
  const config = { 'retention.ms': '-1', 'millrace.partitions.per.ledger': width };
  const keyed = chanceOf(seed, 'keyed');
  const expiring = chanceOf(seed, 'expiring');
  const topics = [
    { name: SOURCE, partitions: 1 + chance.below(3), keys: 0, config },
    { name: TARGET, partitions: 1 + chance.below(2), keys: 0, config },
  ];
  if (keyed.is(theme === 'compacting' ? 1 : 0.4)) {
    const partitions = 1 + chance.below(2);
    const compacted = { ...config, ...COMPACTED, 'delete.retention.ms': keyed.pick(['0', '2000', '60000']) };
    topics.push({ name: KEYED, partitions, keys: 4, config: compacted });
  }
  if (route) topics.push({ name: COPIES, partitions: 1 + chance.below(2), keys: 0, config });
  if (expiring.is(theme === 'expiring' ? 1 : 0.3)) {
    const retention = { 'retention.ms': expiring.pick(['1000', '5000', '20000']) };
    topics.push({ name: EXPIRING, partitions: 1 + expiring.below(2), keys: 0, config: { ...config, ...retention } });
  }
  const reborn = chanceOf(seed, 'reborn');
  if (reborn.is(theme === 'reborn' ? 1 : 0.15))
    topics.push({ name: REBORN, partitions: 1 + reborn.below(2), keys: 0, config });
  return topics;
}

const COMPACTED = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' };

/** For how long a topic's records are surely kept: two clocks that are wrong may take from the time that it says. */
export function keptMs({ config }: TopicPlan, { skewMs, faults }: Pick<Plan, 'skewMs' | 'faults'>): number {
  const jumpsMs = faults.reduce((sum, fault) => sum + (fault.do === 'jump' ? Math.abs(fault.byMs) : 0), 0);
  return Number(config['retention.ms']) - 2 * skewMs - jumpsMs;
}

const IDEMPOTENT = { idempotent: true, repeats: false };
const REPEATING = { idempotent: false, repeats: true };
const ONCE = { idempotent: false, repeats: false };

function clientsOf(chance: Chance, theme: Theme, versions: Chance): ClientPlan[] {
  const clients: ClientPlan[] = [];
  const producers = 1 + chance.below(3);
  for (let i = 0; i < producers; i++) {
    clients.push({
      name: `p${i}`,
      kind: 'producer',
      ...chance.pick([IDEMPOTENT, IDEMPOTENT, IDEMPOTENT, REPEATING, ONCE]),
      batches: chance.pick([10, 40, 40, 120]),
      thinkMs: chance.pick([20, 60, 400]),
    });
  }
  if (chance.is(0.5)) {
    const keyed = chance.is(0.8);
    clients.push({
      name: 'h0',
      kind: 'http-producer',
      keyed,
      requests: 4 + chance.below(25),
      thinkMs: chance.pick([20, 500]),
    });
  }
  const groups = theme === 'groups' ? 0.8 : 0.35;
  if (chance.is(groups)) clients.push(...groupOf(chance, 'c', true));
  if (chance.is(groups)) clients.push(...groupOf(chance, 'm', false));
  clients.push(...transactionalsOf(chance, theme === 'transactions' ? 0.9 : 0.35, versions));
  const readers = chance.below(3);
  for (let i = 0; i < readers; i++) {
    const isolation = chance.pick(['committed', 'uncommitted'] as const);
    const kind = chance.pick(['reader', 'auditor'] as const);
    // An auditor reads much more in one go.
    const thinkMs = chance.pick(kind === 'auditor' ? [500, 2_000] : [10, 500, 5_000]);
    clients.push({ name: `r${i}`, kind, isolation, thinkMs });
  }
  return clients;
}

/** Nobody kills them: so what is drawn beside them does not depend on them. */
function adminsOf(chance: Chance): ClientPlan[] {
  if (!chance.is(0.35)) return [];
  const tasks = ADMIN_TASKS.filter(() => chance.is(0.5));
  const admins = tasks.length === 0 ? 0 : 1 + chance.below(2);
  return Array.from({ length: admins }, (_, i) => {
    return { name: `a${i}`, kind: 'admin', tasks, thinkMs: chance.pick([200, 1_000, 5_000]) };
  });
}

/** Who deletes a topic and makes it anew, and those who use it. Nobody kills them, either. */
function foundersOf(seed: number, topics: readonly TopicPlan[]): ClientPlan[] {
  if (topics.every(({ name }) => name !== REBORN)) return [];
  const chance = chanceOf(seed, 'founders');
  const thinkMs = chance.pick([50, 300]);
  return [
    { name: 'n0', kind: 'founder', thinkMs: chance.pick([8_000, 15_000, 25_000]) },
    { name: 'n1', kind: 'producer', ...chance.pick([IDEMPOTENT, ONCE]), to: REBORN, batches: 200, thinkMs },
    { name: 'n2', kind: 'visitor', thinkMs: 300 },
    { name: 'n3', kind: 'visitor', thinkMs: 1_000 },
  ];
}

/** Producers of transactions, some under one id; and processors, which read and write in one. */
function transactionalsOf(chance: Chance, often: number, versions: Chance): ClientPlan[] {
  const clients: ClientPlan[] = [];
  const timeoutMs = chance.pick([2_000, 8_000, 30_000]);
  const plan = () => ({
    timeoutMs,
    transactions: chance.pick([5, 15, 40]),
    thinkMs: chance.pick([20, 100, 500]),
    version: versions.pick([1, 2] as const),
  });
  const producers = chance.is(often) ? 1 + chance.below(2) : 0;
  const isShared = chance.is(0.3);
  for (let i = 0; i < producers; i++) {
    clients.push({ name: `t${i}`, kind: 'transactional', transactionalId: isShared ? 't' : `t${i}`, ...plan() });
  }
  const processors = chance.is(often) ? 1 + chance.below(2) : 0;
  const sessionMs = chance.pick([2_000, 6_000, 15_000]);
  for (let i = 0; i < processors; i++) {
    clients.push({ name: `x${i}`, kind: 'processor', group: 'x', sessionMs, transactionalId: `x${i}`, ...plan() });
  }
  const movers = chance.is(often / 2) ? 1 + chance.below(2) : 0;
  for (let i = 0; i < movers; i++) {
    clients.push({ name: `y${i}`, kind: 'http-processor', group: 'y', thinkMs: chance.pick([20, 200, 1_000]) });
  }
  return clients;
}

/** Members of one group, all by the classic protocol, or by the consumer protocol and HTTP mixed. */
function groupOf(chance: Chance, group: string, classic: boolean): ClientPlan[] {
  const sessionMs = chance.pick([2_000, 6_000, 15_000]);
  return Array.from({ length: 1 + chance.below(3) }, (_, i) => ({
    name: `${group}${'abc'[i]}`,
    kind: classic ? 'classic' : chance.pick(['modern', 'http-consumer'] as const),
    group,
    instanceId: chance.is(0.2) ? `static${i}` : undefined,
    sessionMs,
    thinkMs: chance.pick([20, 300, 2_000]),
    commits: chance.pick([1, 0.5]),
  }));
}

/** Times are seconds where deployments have hours: so that a pause of a minute outlasts them all. */
function logOf(chance: Chance): Partial<LogSettings> {
  return {
    staleObjectMs: chance.pick([2_000, 10_000, 40_000]),
    collectGraceMs: chance.pick([1_000, 5_000, 20_000]),
    mergeAgeMs: chance.pick([1_000, 5_000, 60_000]),
    mergeBytes: chance.pick([2_000, 64 << 20]),
    headPollMs: chance.pick([100, 400]),
    lingerMs: chance.pick([0, 0, 5]),
    flushesInFlightMax: chance.pick([1, 2, 4]),
    ...(chance.is(0.3) && { hotCacheBytes: 0, coldCacheBytes: 0, pageCacheBytes: 0 }),
  };
}

function storeChancesOf(chance: Chance): StoreChances {
  const sometimes = (most: number) => (chance.is(0.5) ? chance.between(0, most) : 0);
  if (chance.is(0.1)) return NO_CHANCES;
  return {
    refused: sometimes(0.08),
    requestLost: sometimes(0.04),
    answerLost: sometimes(0.08),
    delayed: sometimes(0.08),
    slow: sometimes(0.1),
    stale: chance.is(0.5) ? chance.between(0, 1) : 0,
  };
}

function networkChancesOf(chance: Chance): NetworkChances {
  const sometimes = (most: number) => (chance.is(0.5) ? chance.between(0, most) : 0);
  return { requestLost: sometimes(0.05), answerLost: sometimes(0.05), slow: sometimes(0.05) };
}
