import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import { MILLRACE } from '../support/server-process.ts';
import { pick } from './clients/client.ts';
import type { DiskFaults } from './disk-faults.ts';
import { CrashServer } from './server.ts';
import type { Site, Trouble } from './site.ts';

const FAULTS = fileURLToPath(new URL('./disk-faults.ts', import.meta.url));
/** The database's log is soon larger than that. */
const FULL_BYTES = 256 * 1024;
const VERIFY_MS_MAX = 120_000;

/** `millrace start` on a data folder of its own: one server, as a folder has. */
export async function diskSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
  const [data, faults] = [join(folder, 'data'), join(folder, 'faults.json')];
  const [http, kafka] = [await freePort(), await freePort()];
  const listens = ['--http', `127.0.0.1:${http}`, '--kafka', `127.0.0.1:${kafka}`];
  const server = new CrashServer({
    name: 'server',
    args: ['--import', FAULTS, MILLRACE, 'start', '--data', data, ...listens],
    env: { MILLRACE_CRASH_FAULTS: faults },
    health: `http://127.0.0.1:${http}/health`,
  });
  const limit = (bytes: number | 'unlimited') => {
    if (server.runs) execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`]);
  };
  const tell = (now: DiskFaults) => {
    writeFileSync(`${faults}.new`, JSON.stringify(now));
    renameSync(`${faults}.new`, faults);
  };
  return {
    name: 'disk',
    servers: [server],
    kafka: [`127.0.0.1:${kafka}`],
    http: [`http://127.0.0.1:${http}`],
    troubles: [...(['EIO', 'ENOSPC'] as const).map((code) => failing(code, tell)), full(limit)],
    verify: () => millraceVerify('--data', data),
    end: async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The shares of calls that fail. */
const RATES = [0.02, 0.2, 1] as const;

/** Calls fail: of a broken device before or after they did their work, of a full one before. */
function failing(code: DiskFaults['code'], tell: (now: DiskFaults) => void): Trouble {
  return {
    kind: code === 'EIO' ? 'failing' : 'full',
    begin: (random) => tell({ code, rate: pick(random, RATES) }),
    end: async () => {
      tell({ code, rate: 0 });
      return `${code} of the disk`;
    },
  };
}

/** A limit on the size of files, as of a full disk, for what is written past Node (SQLite). */
function full(limit: (bytes: number | 'unlimited') => void): Trouble {
  return {
    kind: 'full',
    begin: () => limit(FULL_BYTES),
    end: async () => {
      limit('unlimited');
      return 'no room';
    },
  };
}

/** What `millrace verify` says, where it is not content. */
export function millraceVerify(...stores: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MILLRACE, 'verify', ...stores], { timeout: VERIFY_MS_MAX }, (error, stdout, stderr) => {
      resolve(error ? `${error.message}\n${stdout}\n${stderr}` : '');
    });
  });
}
