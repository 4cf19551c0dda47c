import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

/** Where emulators, servers and clients for tests are installed; git ignores it, and removing it only costs the time to fetch them again. */
export const CACHE = resolve(import.meta.dirname, '../../.cache');

const run = promisify(execFile);

/** Checks that a tool of the machine is there; where it is missing, says what to install. */
export function tool(name: string, args: readonly string[], what: string): string {
  const { status, error } = spawnSync(name, args, { stdio: 'ignore', timeout: 30_000 });
  if (error || status !== 0) {
    throw new Error(
      `These tests need ${what}: "${name} ${args.join(' ')}" did not run. Install it and run them again.`,
    );
  }
  return name;
}

/**
 * Runs the commands that fill `folder`, unless they ran to their end before for the same `version`. What an interrupted
 * installation left is removed first.
 */
export async function installed(
  folder: string,
  version: string,
  limitMs: number,
  commands: readonly (readonly string[])[],
): Promise<void> {
  const stamp = `${folder}.installed`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
  mkdirSync(CACHE, { recursive: true });
  rmSync(stamp, { force: true });
  rmSync(folder, { recursive: true, force: true });
  const endMs = Date.now() + limitMs;
  for (const [command, ...args] of commands) {
    const timeout = Math.max(1, endMs - Date.now());
    await run(command!, args, { timeout, killSignal: 'SIGKILL' }).catch(
      (error: Error & { killed?: boolean; stderr?: string }) => {
        const why = error.killed ? `took longer than ${limitMs / 1_000} s in all` : (error.stderr ?? '').slice(-2_000);
        throw new Error(`Installing ${version}: "${command} ${args.join(' ')}" ${why || error.message}`);
      },
    );
  }
  writeFileSync(stamp, version);
}
