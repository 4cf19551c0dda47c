import { COPIES, EXPIRING, KEYED, type Plan, REBORN } from './plan.ts';

/** What a shorter simulation leaves out of the plan of its seed. */
export interface Cut {
  /** Names of clients, faults, and of `SWITCHES`. */
  readonly without: readonly string[];
  /** How long faults go on, where it is not as the plan says. */
  readonly chaosMs?: number | undefined;
}

export const NO_CUT: Cut = { without: [] };

/** What can be left out of any plan beside its clients and faults. */
const SWITCHES: Readonly<Record<string, (plan: Plan) => Plan>> = {
  refused: (plan) => ({ ...plan, chances: { ...plan.chances, refused: 0 } }),
  requestLost: (plan) => ({ ...plan, chances: { ...plan.chances, requestLost: 0 } }),
  answerLost: (plan) => ({ ...plan, chances: { ...plan.chances, answerLost: 0 } }),
  delayed: (plan) => ({ ...plan, chances: { ...plan.chances, delayed: 0 } }),
  slow: (plan) => ({ ...plan, chances: { ...plan.chances, slow: 0 } }),
  stale: (plan) => ({ ...plan, chances: { ...plan.chances, stale: 0 } }),
  network: (plan) => ({ ...plan, network: { requestLost: 0, answerLost: 0, slow: 0 } }),
  skew: (plan) => ({ ...plan, skewMs: 0 }),
  background: (plan) => ({ ...plan, options: { ...plan.options, background: plan.route && !plan.wakeUps } }),
  keyed: (plan) => ({ ...plan, topics: plan.topics.filter(({ name }) => name !== KEYED) }),
  expiring: (plan) => ({ ...plan, topics: plan.topics.filter(({ name }) => name !== EXPIRING) }),
  reborn: (plan) => ({
    ...plan,
    topics: plan.topics.filter(({ name }) => name !== REBORN),
    clients: plan.clients.filter((one) => !['founder', 'visitor'].includes(one.kind) && !('to' in one)),
  }),
  wakeUps: (plan) => ({
    ...plan,
    wakeUps: undefined,
    options: { ...plan.options, background: plan.options.background || (plan.route && plan.wakeUps !== undefined) },
  }),
  route: (plan) => ({
    ...plan,
    route: false,
    wakeUps: undefined,
    topics: plan.topics.filter(({ name }) => name !== COPIES),
  }),
  cluster: (plan) => ({ ...plan, options: { ...plan.options, cluster: false } }),
  tiers: (plan) => ({ ...plan, options: { ...plan.options, smallBytesMax: 0 } }),
  steps: (plan) => ({ ...plan, options: { ...plan.options, transactionEndWritesMax: undefined } }),
  servers: (plan) => ({ ...plan, servers: 1 }),
};

/** All that a shorter simulation could still leave out, the largest first. */
export function whatToCut(plan: Plan): string[] {
  return [...plan.clients.map(({ name }) => name), ...plan.faults.map(({ name }) => name), ...Object.keys(SWITCHES)];
}

/** The plan without what is cut. @throws where something of that name is not in it */
export function cutPlan(plan: Plan, { without, chaosMs }: Cut): Plan {
  const known = new Set(whatToCut(plan));
  const wrong = without.find((name) => !known.has(name));
  if (wrong !== undefined)
    throw new Error(`There is no "${wrong}" in the plan of seed ${plan.seed}; it has ${[...known].join(', ')}.`);
  const left = new Set(without);
  let cut: Plan = {
    ...plan,
    chaosMs: chaosMs ?? plan.chaosMs,
    clients: plan.clients.filter(({ name }) => !left.has(name)),
    faults: plan.faults.filter(({ name }) => !left.has(name)),
  };
  for (const name of left) cut = SWITCHES[name]?.(cut) ?? cut;
  return cut;
}
