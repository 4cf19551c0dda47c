import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

/** The command's file. */
export const MILLRACE = fileURLToPath(new URL('../../cli/millrace.ts', import.meta.url));
/** A busy machine takes seconds to start a process; one that needs this long is stuck. */
const START_MS_MAX = 30_000;
const READY_POLL_MS = 20;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerOptions {
  /** The data folder. */
  readonly data: string;
  /** Any free one unless given. */
  readonly port?: number;
  /** Where Kafka clients are served; nowhere unless given. */
  readonly kafkaPort?: number;
  /** More arguments of `millrace start`. */
  readonly args?: readonly string[];
  /** Soft limit on the size of each file it writes: what stands for a full disk. */
  readonly fileSizeKiB?: number;
}

/** Those that run: none outlives the process that started it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * The real server, `millrace start`, as a process of its own.
 *
 * @example
 * const server = await ServerProcess.start({ data: folder });
 * await fetch(`${server.url}/topics`);
 * await server.kill(); // as the power would
 */
export class ServerProcess {
  readonly port: number;
  readonly url: string;
  readonly ended: Promise<Exit>;
  readonly #child: ChildProcess;
  #said = '';

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#child = child;
    running.add(child);
    const note = (chunk: Buffer) => {
      this.#said += chunk.toString();
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
  }

  /** Starts it and waits until it answers. @throws with what it said, where it ends before */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = ServerProcess.launch(options.port ?? (await freePort()), options);
    const untilMs = performance.now() + START_MS_MAX;
    let exit: Exit | undefined;
    void server.ended.then((ended) => {
      exit = ended;
    });
    while (!(await answers(server.url))) {
      if (exit) throw new Error(`The server ended with code ${exit.code} before it was ready:\n${server.said}`);
      if (performance.now() > untilMs) throw new Error(`The server did not answer in time. It said:\n${server.said}`);
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
    return server;
  }

  /** Starts it, and does not wait. */
  static launch(port: number, { data, args: more = [], fileSizeKiB, kafkaPort }: ServerOptions): ServerProcess {
    const kafka = kafkaPort === undefined ? 'off' : `127.0.0.1:${kafkaPort}`;
    const args = [MILLRACE, 'start', '--data', data, '--http', `127.0.0.1:${port}`, '--kafka', kafka, ...more];
    // ulimit counts blocks of 512 bytes.
    const limit = fileSizeKiB === undefined ? '' : `ulimit -S -f ${fileSizeKiB * 2}; `;
    return new ServerProcess(port, spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', process.execPath, ...args]));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** All that it wrote to standard output and error. */
  get said(): string {
    return this.#said;
  }

  /** SIGKILL: nothing of it runs any more when this resolves. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** SIGTERM, and how it ended. */
  stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  /** Physical memory that it takes now, in bytes (Linux). */
  get residentBytes(): number {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
    return Number(kib) * 1024;
  }

  /** Takes the limit on file sizes away: there is room again. */
  giveRoom(): void {
    execFileSync('prlimit', ['--pid', String(this.pid), '--fsize=unlimited']);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const { status } = await fetch(`${url}/health`);
    return status === 200;
  } catch (error) {
    if (error instanceof TypeError) return false; // fetch's way to say that there is no connection
    throw error;
  }
}
