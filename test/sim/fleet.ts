import { type ChildProcess, fork } from 'node:child_process';
import type { Theme } from './themes.ts';
import type { Task, Told } from './worker.ts';

export interface FleetOptions {
  /** Processes at once; one for each core. */
  readonly jobs: number;
  /** No seed is begun after that; undefined: all are. */
  readonly limitMs?: number | undefined;
  /** What Node is started with, beside its own. */
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the work, after a seed for which it holds. */
  readonly enough?: (told: Told) => boolean;
  readonly shrink?: boolean;
  /** Of all of them, in place of those that they draw. */
  readonly theme?: Theme | undefined;
  /** How long a worker may say nothing. */
  readonly silenceMs?: number;
  readonly onTold?: (told: Told) => void;
}

/**
 * A seed takes tens of milliseconds, and its shrinking some seconds: a worker that says nothing for so long hangs, as code
 * that never lets go of the thread does.
 */
const SILENCE_MS = 120_000;

/**
 * Simulates seeds in processes of their own, each with one core.
 *
 * @returns what was found, in the order in which it was
 * @example
 * const told = await simulateAll([1, 2, 3], { jobs: 2 });
 */
export async function simulateAll(seeds: Iterable<number>, options: FleetOptions): Promise<Told[]> {
  const queue = seeds[Symbol.iterator]();
  const all: Told[] = [];
  const untilMs = options.limitMs === undefined ? undefined : performance.now() + options.limitMs;
  let isOver = false;
  const next = (): number | undefined => {
    if (isOver || (untilMs !== undefined && performance.now() > untilMs)) return undefined;
    const { value, done } = queue.next();
    return done ? undefined : value;
  };
  const work = async () => {
    for (let seed = next(); seed !== undefined; ) {
      const worker = new Worker(options);
      try {
        for (; seed !== undefined && worker.isFine; seed = next()) {
          const told: Told = await worker.simulate({ seed, theme: options.theme, shrink: options.shrink ?? true });
          all.push(told);
          options.onTold?.(told);
          if (options.enough?.(told)) isOver = true;
        }
      } finally {
        worker.end();
      }
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return all;
}

/** One worker process; after a seed that broke it, it is of no more use. */
class Worker {
  readonly #child: ChildProcess;
  readonly #silenceMs: number;
  isFine = true;

  constructor({ execArgv = [], env, silenceMs = SILENCE_MS }: FleetOptions) {
    this.#silenceMs = silenceMs;
    this.#child = fork(new URL('worker.ts', import.meta.url), {
      execArgv: [...execArgv],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** What became of a seed; that it hangs is one thing that can be wrong with it. @throws where the process ends */
  simulate(task: Task): Promise<Told> {
    const { seed } = task;
    return new Promise((resolve, reject) => {
      const told = (one: Told) => {
        this.#child.off('exit', onExit);
        clearTimeout(timer);
        resolve(one);
      };
      const timer = setTimeout(() => {
        this.isFine = false;
        const problem = `It hangs: nothing was heard of it for ${this.#silenceMs} ms.`;
        const report = `Seed ${seed} fails:\n  ${problem}`;
        told({ seed, traceHash: '', problems: [problem], report, happenings: 0, simulatedMs: 0 });
      }, this.#silenceMs);
      const onExit = (code: number | null) => {
        clearTimeout(timer);
        reject(new Error(`Seed ${seed}: the worker ended with code ${code}.`));
      };
      this.#child.once('exit', onExit);
      this.#child.once('message', told);
      this.#child.send(task);
    });
  }

  end(): void {
    this.#child.removeAllListeners();
    this.#child.kill('SIGKILL');
  }
}
