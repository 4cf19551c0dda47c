import { AsyncLocalStorage } from 'node:async_hooks';
import { AbortedError, type Clock } from '../../lib/bytes/index.ts';

/** Whoever's code runs: processor time is put to its account. */
export interface Account {
  cpuMs: number;
}

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly account: Account | undefined;
  wake(): void;
}

/** Turns of the event loop in which what a woken sleeper does comes to rest. */
const SETTLE_TURNS = 2;

/**
 * Simulated time: it stands still while code runs, and jumps to the next sleeper when all of it waits. The processor time
 * that the code of each sleeper takes is measured and put to the account on which the sleep was begun.
 *
 * @example
 * const time = new SimulatedTime(Date.UTC(2026, 0, 1));
 * void time.on(account, () => time.clock.sleep(50));
 * await time.runUntil(1_000);
 */
export class SimulatedTime {
  readonly clock: Clock;
  readonly #accounts = new AsyncLocalStorage<Account>();
  readonly #sleepers = new Set<Sleeper>();
  #elapsedMs = 0;
  #order = 0;

  constructor(startMs: number) {
    this.clock = {
      nowMs: () => Math.floor(startMs + this.#elapsedMs),
      monotonicMs: () => this.#elapsedMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  /** Runs `work`, and what follows from it, on an account. What it does before its first wait is not measured. */
  on<T>(account: Account, work: () => Promise<T>): Promise<T> {
    return this.#accounts.run(account, work);
  }

  /** Moves time on to `untilMs`, or until `ended` says that enough was done. */
  async runUntil(untilMs: number, ended: () => boolean = () => false): Promise<void> {
    await settle();
    while (!ended()) {
      const next = this.#next(untilMs);
      if (!next) {
        this.#elapsedMs = Math.max(this.#elapsedMs, untilMs === Number.POSITIVE_INFINITY ? 0 : untilMs);
        return;
      }
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      const before = process.threadCpuUsage();
      next.wake();
      await settle();
      const { user, system } = process.threadCpuUsage(before);
      if (next.account) next.account.cpuMs += (user + system) / 1_000;
    }
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new AbortedError());
      const sleeper: Sleeper = {
        atMs: this.#elapsedMs + Math.max(0, ms),
        order: this.#order++,
        account: this.#accounts.getStore(),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(new AbortedError());
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #next(untilMs: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.atMs > untilMs) continue;
      if (!first || sleeper.atMs < first.atMs || (sleeper.atMs === first.atMs && sleeper.order < first.order)) {
        first = sleeper;
      }
    }
    return first;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
