import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../lib/bytes/index.ts';
import { below, pick } from './clients/client.ts';
import type { Site, Trouble } from './site.ts';

/** How long a fault takes at least and at most, in ms. */
type Span = readonly [number, number];

const CALM: Span = [200, 900];
const DOWN: Span = [0, 400];
const FROZEN: Span = [300, 2_500];
/** Longer than the sessions of group members. */
const FROZEN_LONG: Span = [7_000, 9_000];
const FROZEN_LONG_SHARE = 0.1;
const TROUBLE: Span = [300, 1_200];
/** Of what happens to a server, this often it happens to all of them at once. */
const ALL_SHARE = 0.3;
const KILLED_IN_TROUBLE_SHARE = 0.5;

/** What goes wrong. */
export const FAULT_KINDS = ['kill', 'freeze', 'failing store', 'full store'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that was. */
export interface Suffered {
  readonly kind: FaultKind;
  readonly what: string;
}

type Fault = (random: Random, site: Site) => Promise<string>;

const during = ([least, most]: Span, random: Random) => sleep(least + random.next() * (most - least));

/** Of one server, or of all: then no process of the whole installation is left. */
async function kill(random: Random, { servers }: Site): Promise<string> {
  const all = servers.length > 1 && random.next() < ALL_SHARE;
  const killed = all ? servers : [pick(random, servers)];
  await Promise.all(killed.map((server) => server.kill()));
  await during(DOWN, random);
  await Promise.all(killed.map((server) => server.start()));
  return `${all ? 'all' : killed[0]!.name} killed`;
}

async function freeze(random: Random, { servers }: Site): Promise<string> {
  const server = pick(random, servers);
  server.pause();
  await during(random.next() < FROZEN_LONG_SHARE ? FROZEN_LONG : FROZEN, random);
  server.resume();
  return `${server.name} frozen`;
}

function trouble(kind: Trouble['kind']): Fault {
  return async (random, { troubles, servers }) => {
    const one = pick(
      random,
      troubles.filter((other) => other.kind === kind),
    );
    one.begin(random);
    await during(TROUBLE, random);
    const killed = random.next() < KILLED_IN_TROUBLE_SHARE;
    if (killed) await Promise.all(servers.map((server) => server.kill()));
    const what = await one.end();
    if (killed) await Promise.all(servers.map((server) => server.start()));
    return `${what}${killed ? ', killed meanwhile' : ''}`;
  };
}

const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  kill,
  freeze,
  'failing store': trouble('failing'),
  'full store': trouble('full'),
};

/** Of what kind the faults of a round are, in order: none comes a second time before each was there. */
export function drawKinds(random: Random, faults: number): FaultKind[] {
  const unseen = [...FAULT_KINDS];
  return Array.from({ length: faults }, () =>
    unseen.length > 0 ? unseen.splice(below(random, unseen.length), 1)[0]! : pick(random, FAULT_KINDS),
  );
}

/** However slow the machine is, so much is done between two faults, or so long is waited for it. */
const DONE_BETWEEN = 60;
const CALM_MS_MAX = 30_000;

export interface Haunting {
  readonly site: Site;
  readonly random: Random;
  readonly faults: number;
  /** What clients have done so far. */
  readonly done: () => number;
}

/** One fault after another, with calm in between; at the end all is well again. Tells what it did. */
export async function haunt({ site, random, faults, done }: Haunting): Promise<Suffered[]> {
  const suffered: Suffered[] = [];
  const calm = async () => {
    const enough = done() + DONE_BETWEEN;
    await during(CALM, random);
    for (const endMs = performance.now() + CALM_MS_MAX; done() < enough && performance.now() < endMs; ) await sleep(50);
  };
  for (const kind of drawKinds(random, faults)) {
    await calm();
    suffered.push({ kind, what: await FAULTS[kind](random, site) });
  }
  await calm();
  return suffered;
}
