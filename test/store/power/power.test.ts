import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openDiskStores, type Stores } from '../../../lib/store/index.ts';
import { bodyOf, CHANCES, keyOf } from './content.ts';
import { DISK_MUTANTS } from './mutants.ts';

/*
 * A process that is killed leaves the system's cache: it proves nothing of syncs. Here the power goes. What the disk store
 * does to the file system is journaled (journal.ts), and only what was synced is left (disk.ts), with any part of what was not.
 *
 * SQLite's own writes go past node:fs. Of them it is asserted on the store's own connection, as it commits, that SQLite runs
 * with a write-ahead log and synchronous=FULL (2) or EXTRA (3). That is the whole of our part: under FULL each COMMIT syncs the
 * log before it returns (sqlite.org/pragma.html#pragma_synchronous, sqlite.org/wal.html), and that this survives a power cut
 * is what SQLite's own crash tests simulate, over a file system as this one (sqlite.org/testing.html, "Crash Testing"). That no
 * answer comes before its COMMIT has returned is tried here.
 */
const SEEDS = [1, 2, 3];
const RUN_MS_MAX = 25_000;
const DURABLE_SQLITE = /^(wal [23]\n)+$/;

const base = mkdtempSync(join(tmpdir(), 'millrace-power-'));
afterAll(() => rmSync(base, { recursive: true }));
let runs = 0;

interface Acked {
  readonly items: readonly number[];
  /** Serials, those of large ones negative. */
  readonly objects: readonly number[];
}

interface Setting {
  readonly seed: number;
  readonly cached?: boolean | undefined;
  /** Whether a process was killed before that had made a folder's names, and its first volume, but not synced them. */
  readonly killed?: boolean | undefined;
  readonly mutant?: string | undefined;
}

const scriptAt = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Writes until the power fails, in a process of its own, and tells what is wrong with what is left. */
async function problemsAfter(setting: Setting): Promise<string[]> {
  const root = join(base, String(runs++));
  mkdirSync(root);
  if (setting.killed) await leaveVolume(join(root, 'new', 'data'));
  const acked = await write(root, setting);
  expect(acked.items.length).toBeGreaterThan(0);
  expect(acked.objects.filter((serial) => serial >= 0).length).toBeGreaterThan(0);
  expect(acked.objects.filter((serial) => serial < 0).length).toBeGreaterThan(0);
  const told = readFileSync(`${root}.pragmas`, 'utf8');
  const problems = DURABLE_SQLITE.test(told) ? [] : [`SQLite runs with ${told.trim()}`];
  for (const i of CHANCES.keys()) {
    if (problems.length === 0) problems.push(...(await problemsIn(`${root}.left${i}`, root, acked)));
    rmSync(`${root}.left${i}`, { recursive: true });
  }
  return problems;
}

async function leaveVolume(folder: string): Promise<void> {
  await (await openDiskStores(folder)).close();
  writeFileSync(join(folder, 'volumes', '00000001'), '');
}

function write(root: string, { seed, cached, mutant }: Setting): Promise<Acked> {
  const imports = [...(mutant === undefined ? [] : ['mutate.ts']), 'journal.ts'];
  const args = [...imports.flatMap((name) => ['--import', scriptAt(name)]), scriptAt('writer.ts'), String(seed)];
  const env = {
    ...process.env,
    MILLRACE_POWER_ROOT: root,
    MILLRACE_POWER_CACHED: cached ? '1' : '0',
    MILLRACE_POWER_MUTANT: mutant ?? '',
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, timeout: RUN_MS_MAX }, (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL' && stdout.endsWith('}')) resolve(JSON.parse(stdout) as Acked);
      else reject(new Error(`The writer did not come to its end: ${stderr}`, { cause: error }));
    });
  });
}

async function problemsIn(left: string, root: string, acked: Acked): Promise<string[]> {
  const folder = join(left, 'new', 'data');
  // What SQLite committed is durable, as its pragmas say; what it had not begun to commit is nowhere.
  const written = join(root, 'new', 'data');
  for (const name of readdirSync(written).filter((one) => one.startsWith('items.db')))
    if (existsSync(folder)) cpSync(join(written, name), join(folder, name));
  let stores: Stores;
  try {
    stores = await openDiskStores(folder);
  } catch (error) {
    return [`The folder cannot be opened: ${error}`];
  }
  try {
    return [...(await lostItems(stores, acked)), ...(await lostObjects(stores, acked))];
  } finally {
    await stores.close();
  }
}

async function lostItems(stores: Stores, { items }: Acked): Promise<string[]> {
  const found = await stores.items.getMany(items.map((mine) => ({ pk: 'items', sk: String(mine) })));
  return items.filter((mine, i) => found[i]?.mine !== mine).map((mine) => `Item ${mine} is lost.`);
}

/** What was acknowledged is there, and what is there is whole, acknowledged or not. */
async function lostObjects(stores: Stores, { objects }: Acked): Promise<string[]> {
  const problems: string[] = [];
  const there = new Set<string>();
  for (let after = ''; ; ) {
    const page = await stores.objects.list('', { after });
    for (const { key } of page) {
      there.add(key);
      const whole = bodyOf(Number(key.split('/')[2]), key.startsWith('large/'));
      const bytes = await stores.objects.get(key).catch(() => new Uint8Array());
      if (!Buffer.from(bytes).equals(whole)) problems.push(`Object ${key} is damaged.`);
    }
    if (page.length === 0) break;
    after = page.at(-1)!.key;
  }
  const keys = objects.map((serial) => keyOf(Math.abs(serial), serial < 0));
  return [...problems, ...keys.filter((key) => !there.has(key)).map((key) => `Object ${key} is lost.`)];
}

describe.concurrent('a data folder whose power fails', () => {
  it.each(SEEDS)('has everything that was acknowledged, whole (seed %i)', async (seed) => {
    expect(await problemsAfter({ seed })).toEqual([]);
  });

  it('has it, too, on a file system that cannot be written past its cache', async () => {
    expect(await problemsAfter({ seed: 1, cached: true })).toEqual([]);
  });

  it('has it, too, under names that a process before had made, which was killed', async () => {
    expect(await problemsAfter({ seed: 1, killed: true })).toEqual([]);
  });

  it.each(DISK_MUTANTS.map((mutant) => [mutant.name, mutant] as const))('shows that %s', async (name, mutant) => {
    const { cached, killed, why, sign } = mutant;
    const problems = await problemsAfter({ seed: 1, mutant: name, cached, killed });
    expect(problems[0], why).toMatch(sign);
  });
});
