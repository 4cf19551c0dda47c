import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';

/** A server in another process. */
export interface ServerProcess {
  url: string;
  /** CPU that it has used, in seconds. */
  cpuSeconds(): Promise<number>;
  kill(): Promise<void>;
}

/** What a bare HTTP server in Node takes to start: the limit of any start. */
const BARE = `const server = require('node:http').createServer((_, answer) => answer.end('ok'));
server.listen(0, '127.0.0.1', () => process.send({ url: 'http://127.0.0.1:' + server.address().port }));
process.on('disconnect', () => process.exit());`;

/** Starts bench/server.ts on a data folder; resolves when it listens. */
export async function startServer(folder: string): Promise<ServerProcess> {
  return served(
    fork(new URL('./server.ts', import.meta.url), [folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );
}

export async function startBareServer(): Promise<ServerProcess> {
  return served(spawn(process.execPath, ['-e', BARE], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
}

async function served(child: ChildProcess): Promise<ServerProcess> {
  const exited = once(child, 'exit');
  const [first] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`The server ended with ${code} before it listened.`))),
  ]);
  return {
    url: (first as { url: string }).url,
    cpuSeconds: async () => {
      const answer = once(child, 'message');
      child.send('cpu');
      const [{ user, system }] = (await answer) as [NodeJS.CpuUsage];
      return (user + system) / 1e6;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const V2_JSON = 'application/vnd.kafka.json.v2+json';

/** A client that keeps its connections. */
export class Client {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string) {
    this.#url = url;
  }

  /** The answer's body. Rejects where the status is not 2xx. */
  send(method: 'GET' | 'POST', path: string, body?: Uint8Array | string): Promise<Buffer> {
    const headers = {
      accept: V2_JSON,
      ...(body !== undefined && { 'content-type': V2_JSON, 'content-length': Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
          if (answer.statusCode! < 300) resolve(bytes);
          else reject(new Error(`${method} ${path} was answered ${answer.statusCode}: ${bytes.subarray(0, 500)}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A v2 produce body of `records` JSON values of about `valueBytes` each, as applications have them. */
export function produceBody(records: number, valueBytes: number): Buffer {
  const record = (i: number) => ({ value: eventOf(i, valueBytes) });
  return Buffer.from(JSON.stringify({ records: Array.from({ length: records }, (_, i) => record(i)) }));
}

function eventOf(i: number, valueBytes: number): object {
  const event = { id: 1_000_000 + i, origin: 'SFO', destination: 'JFK', delay: (i * 7) % 90, late: i % 3 === 0 };
  const room = valueBytes - JSON.stringify(event).length;
  if (room < 40) return event;
  const legs = Math.floor((room - 11) / 52);
  const leg = (n: number) => ({ gate: `B${n % 10}`, at: 978_307_200_000 + n, note: 'on time' });
  return { ...event, legs: Array.from({ length: legs }, (_, n) => leg(n)) };
}
