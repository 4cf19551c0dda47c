import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../lib/bytes/index.ts';
import { below, pick } from './clients/client.ts';
import type { CrashServer } from './server.ts';
import type { Site } from './site.ts';

/** How long a fault takes at least and at most, in ms. */
type Span = readonly [number, number];

const CALM: Span = [200, 900];
const DOWN: Span = [0, 400];
const FROZEN: Span = [300, 2_500];
/** Longer than the sessions of group members. */
const FROZEN_LONG: Span = [7_000, 9_000];
const FROZEN_LONG_SHARE = 0.1;
const DISK: Span = [300, 1_200];
/** The shares of calls that fail. */
const RATES = [0.02, 0.2, 1] as const;

type Fault = (random: Random, site: Site) => Promise<string>;

const during = ([least, most]: Span, random: Random) => sleep(least + random.next() * (most - least));

async function restart(server: CrashServer, random: Random): Promise<void> {
  await server.kill();
  await during(DOWN, random);
  await server.start();
}

const kill: Fault = async (random, { servers }) => {
  const server = pick(random, servers);
  await restart(server, random);
  return `${server.name} killed`;
};

/** No process of the whole installation is left. */
const killAll: Fault = async (random, { servers }) => {
  await Promise.all(servers.map((server) => server.kill()));
  await during(DOWN, random);
  await Promise.all(servers.map((server) => server.start()));
  return 'all killed';
};

const freeze: Fault = async (random, { servers }) => {
  const server = pick(random, servers);
  server.pause();
  await during(random.next() < FROZEN_LONG_SHARE ? FROZEN_LONG : FROZEN, random);
  server.resume();
  return `${server.name} frozen`;
};

const failDisk: Fault = async (random, site) => {
  const code = random.next() < 0.5 ? 'EIO' : 'ENOSPC';
  site.disk!({ code, rate: pick(random, RATES) });
  await during(DISK, random);
  const killed = random.next() < 0.5;
  if (killed) await Promise.all(site.servers.map((server) => server.kill()));
  site.disk!(undefined);
  if (killed) await Promise.all(site.servers.map((server) => server.start()));
  return `${code} of the disk${killed ? ', killed meanwhile' : ''}`;
};

const fillDisk: Fault = async (random, site) => {
  site.full!(true);
  await during(DISK, random);
  site.full!(false);
  return 'no room';
};

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
export async function haunt({ site, random, faults, done }: Haunting): Promise<string[]> {
  const kinds = [kill, kill, freeze, ...(site.servers.length > 1 ? [killAll] : [])];
  if (site.disk) kinds.push(failDisk, failDisk);
  if (site.full) kinds.push(fillDisk);
  const told: string[] = [];
  const calm = async () => {
    const enough = done() + DONE_BETWEEN;
    await during(CALM, random);
    for (const endMs = performance.now() + CALM_MS_MAX; done() < enough && performance.now() < endMs; ) await sleep(50);
  };
  for (let i = 0; i < faults; i++) {
    await calm();
    told.push(await kinds[below(random, kinds.length)]!(random, site));
  }
  await calm();
  return told;
}
