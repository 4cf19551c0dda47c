import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of someone else's, or of ours, that runs for the tests. */
export interface RunningServer {
  readonly url: string;
  /** Ends the process, and all that it started. */
  stop(): Promise<void>;
}

/** A server that is one process of ours. */
export interface ServerProcess extends RunningServer {
  readonly pid: number;
}

interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** In addition to ours; `folder` is the process's own, and removed after it. */
  readonly env: (folder: string) => Readonly<Record<string, string>>;
  readonly url: string;
  /** Answers, with whatever status, as soon as the server is there; or a look of one's own, which may throw till then. */
  readonly health: string | (() => Promise<unknown>);
  readonly startMs: number;
  /** For those that keep nothing, and would take long to say goodbye. */
  readonly endsAtOnce?: boolean;
}

const STOP_MS = 5_000;
const OUTPUT_CHARS = 4_000;

/** Starts a process in a folder of its own and waits until it answers. */
export async function started(start: Start): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  // A group of its own, so that what it starts itself is ended with it.
  const child = spawn(start.command, start.args, {
    cwd: folder,
    env: { ...process.env, ...start.env(folder) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-OUTPUT_CHARS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => undefined);
  const endWithUs = () => {
    endGroup(child, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', endWithUs);
  const stop = async () => {
    if (!start.endsAtOnce) {
      endGroup(child, 'SIGTERM');
      await ended(child);
    }
    endGroup(child, 'SIGKILL');
    await ended(child);
    process.off('exit', endWithUs);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([answers(start, child, () => output), failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: start.url, pid: child.pid!, stop };
}

async function answers(start: Start, child: ChildProcess, output: () => string): Promise<void> {
  for (const endMs = Date.now() + start.startMs; Date.now() < endMs; await sleep(100)) {
    if (child.exitCode !== null) break;
    if (await isThere(start.health)) return;
  }
  const why =
    child.exitCode === null ? `did not answer within ${start.startMs / 1_000} s` : `ended with ${child.exitCode}`;
  throw new Error(`${start.name} ${why}. Its last output:\n${output()}`);
}

/** Whatever is wrong with a look, the server is not there yet: the time limit ends the looking, and shows its output. */
async function isThere(health: Start['health']): Promise<boolean> {
  if (typeof health !== 'string') {
    return health().then(
      () => true,
      () => false,
    );
  }
  const answer = await fetch(health, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer !== undefined;
}

/** Waits until the process has ended, but not for ever. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await Promise.race([new Promise((resolve) => child.once('exit', resolve)), sleep(STOP_MS)]);
}

/** Signals the group that we made; it may be gone already. */
export function endGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
