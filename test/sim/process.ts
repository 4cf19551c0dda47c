import { AbortedError, type Clock } from '../../lib/bytes/index.ts';
import type { Chance } from './chance.ts';
import type { Scheduler } from './scheduler.ts';

/** When the simulation begins, by a clock that is right. */
export const BEGIN_MS = Date.UTC(2026, 0, 1);

/** A timer fires so much late at most, so that timers of one moment come in any order. */
const TIMER_LATE_MS = 3;

/**
 * A process of the simulation: a server's or a client's. Whatever it waits for comes to it by `deliver`, so that killing it
 * ends all its code where it stands, and pausing it holds everything back, as SIGKILL and SIGSTOP do. What it sent goes on.
 */
export class Process {
  readonly name: string;
  readonly clock: Clock;
  readonly #scheduler: Scheduler;
  #alive = true;
  #paused = false;
  #held: (() => void)[] = [];
  /** By how much its wall clock is wrong. */
  #skewMs: number;
  readonly #deaths: (() => void)[] = [];

  constructor(name: string, { scheduler, chance, skewMs }: { scheduler: Scheduler; chance: Chance; skewMs: number }) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#skewMs = skewMs;
    this.clock = {
      nowMs: () => Math.floor(BEGIN_MS + this.#skewMs + scheduler.nowMs),
      monotonicMs: () => scheduler.nowMs,
      sleep: (ms, signal) => this.#sleep(ms + chance.between(0, TIMER_LATE_MS), signal),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Something comes to the process: now, when it goes on, or never. To be called from a happening, not from its code. */
  deliver(work: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#held.push(work);
    else work();
  }

  /** Runs `work` in the process in `ms`. */
  after(ms: number, work: () => void): () => void {
    return this.#scheduler.after(ms, () => this.deliver(work));
  }

  /** Called when the process dies, from outside of it. */
  onDeath(listener: () => void): void {
    this.#deaths.push(listener);
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#held = [];
    for (const listener of this.#deaths) listener();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const work of held) this.after(0, work);
  }

  /** Moves the wall clock, as an administrator or NTP would; timers and monotonic time stay. */
  jump(ms: number): void {
    this.#skewMs += ms;
  }

  /** Sets the wall clock right. */
  correctClock(): void {
    this.#skewMs = 0;
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new AbortedError());
      const onAbort = () => {
        cancel();
        reject(new AbortedError());
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      return undefined;
    });
  }
}
