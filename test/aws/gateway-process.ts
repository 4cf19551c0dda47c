import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { type Exit, MILLRACE } from '../support/server-process.ts';

/** What a gateway says of itself when it serves. */
export interface Announced {
  readonly advertised: string;
  readonly brokerId: number;
  readonly rack?: string;
  readonly healthPort: number;
}

export interface GatewayProcess extends Announced {
  /** SIGTERM, and how it ended and what it logged. */
  stop(): Promise<Exit & { readonly said: string }>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** `millrace gateway` as a process of its own, on ports that are free. */
export function startGateway(...args: string[]): Promise<GatewayProcess> {
  return startGatewayWith({}, ...args);
}

/** With variables of its environment beside ours. */
export async function startGatewayWith(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<GatewayProcess> {
  const ours = ['--kafka', '127.0.0.1:0', '--health', '127.0.0.1:0', '--log', 'json', '--output', 'json'];
  const child = spawn(process.execPath, [MILLRACE, 'gateway', ...ours, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  const said = text(child.stderr);
  const ended = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  const announced = await new Promise<Announced>((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      if (printed.endsWith('}\n')) resolve(JSON.parse(printed) as Announced);
    });
    void Promise.all([ended, said]).then(([, log]) => reject(new Error(`The gateway ended before it served:\n${log}`)));
  });
  return {
    ...announced,
    stop: async () => {
      child.kill('SIGTERM');
      return { ...(await ended), said: await said };
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
