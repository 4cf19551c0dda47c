import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A busy machine takes a minute; one that needs this long is stuck. */
const START_MS_MAX = 180_000;
const READY_POLL_MS = 30;
const OUTPUT_CHARS = 20_000;

export interface Command {
  readonly name: string;
  /** Of Node. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 200 when it serves. */
  readonly health: string;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A server that is killed, frozen and started again, always on the same ports. */
export class CrashServer {
  readonly name: string;
  readonly #command: Command;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #said = '';

  constructor(command: Command) {
    this.name = command.name;
    this.#command = command;
  }

  /** The end of what it wrote to standard output and error, of all its lives. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  get runs(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it and waits until it serves. @throws where it ends before, or does not serve in time */
  async start(): Promise<void> {
    const { args, env } = this.#command;
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    this.#child = child;
    const note = (chunk: Buffer) => {
      this.#said = (this.#said + chunk).slice(-OUTPUT_CHARS);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        running.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve();
      });
    });
    const untilMs = performance.now() + START_MS_MAX;
    while (!(await this.#serves())) {
      if (this.#child !== child) throw new Error(`${this.name} ended before it served:\n${this.said}`);
      if (performance.now() > untilMs) throw new Error(`${this.name} did not serve in time:\n${this.said}`);
      await sleep(READY_POLL_MS);
    }
  }

  /** SIGKILL: nothing of it runs any more when this resolves. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM; SIGKILL where that does not end it in time. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await Promise.race([this.#ended, sleep(START_MS_MAX, undefined, { ref: false })]);
    await this.kill();
  }

  /** Frozen: it has its connections and its memory, and does nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async #serves(): Promise<boolean> {
    try {
      const { ok, body } = await fetch(this.#command.health, { signal: AbortSignal.timeout(2_000) });
      await body?.cancel();
      return ok;
    } catch {
      return false; // whatever is wrong with a look: it does not serve yet
    }
  }
}
