import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Served, serve } from '../../cli/serve.ts';
import { parseHttpAddress } from '../../cli/settings.ts';

export const MILLRACE = fileURLToPath(new URL('../../cli/millrace.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command as a process of its own, as a shell would, and waits for its end. */
export function millrace(args: readonly string[], { input = '', env = {} }: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MILLRACE, ...args], { env: { PATH: process.env.PATH, ...env } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // A command that fails early does not read its input.
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
    child.stdin.end(input);
  });
}

/** A server in this process, over stores in memory, and the command bound to it. */
export async function world(): Promise<{ served: Served; run: typeof millrace }> {
  const served = await serve({
    http: parseHttpAddress('127.0.0.1:0'),
    kafka: 'off',
    data: undefined,
    files: tmpdir(),
    log: () => {},
  });
  const env = { MILLRACE_HTTP: served.url };
  return { served, run: (args, options = {}) => millrace(args, { ...options, env: { ...env, ...options.env } }) };
}
