import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import { MILLRACE } from '../support/server-process.ts';
import type { DiskFaults } from './disk-faults.ts';
import { CrashServer } from './server.ts';
import type { Site } from './site.ts';

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
  return {
    name: 'disk',
    servers: [server],
    kafka: [`127.0.0.1:${kafka}`],
    http: [`http://127.0.0.1:${http}`],
    disk: (now: DiskFaults | undefined) => {
      writeFileSync(`${faults}.new`, JSON.stringify(now ?? { code: 'EIO', rate: 0 }));
      renameSync(`${faults}.new`, faults);
    },
    full: (isFull) => limit(isFull ? FULL_BYTES : 'unlimited'),
    verify: () => millraceVerify('--data', data),
    end: async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
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
