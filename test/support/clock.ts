import { AbortedError, type Clock, type Random } from '../../lib/bytes/index.ts';

/** A clock that stands still until the test moves it. */
export interface SimulatedClock extends Clock {
  /**
   * Moves time forward by `ms`, waking every sleeper at exactly its own moment, in order of moment, then of call. What a
   * woken sleeper does (and the sleeps that it begins) happens before the next one is woken.
   */
  advance(ms: number): Promise<void>;
  /**
   * Moves straight to the moment of the next sleeper, wakes it, and tells whether there was one. A simulator's main loop.
   */
  step(): Promise<boolean>;
  /** Moves the wall clock alone (forward or back), as an administrator or NTP would; monotonic time and sleepers stay. */
  jump(ms: number): void;
  /** How many sleepers wait. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  wake(): void;
}

/** Turns of the event loop that a woken sleeper gets to run what follows from it, before time moves on. */
const SETTLE_TURNS = 3;

/** Lets promises, and what they queue in turn, run dry. Real I/O begun by them may still be under way. */
export async function settle(turns = SETTLE_TURNS): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/**
 * A deterministic clock that begins at `startMs` of wall time.
 *
 * @example
 * const clock = simulatedClock(1_000);
 * const woken = clock.sleep(50).then(() => clock.nowMs());
 * await clock.advance(60);
 * await woken; // 1050
 */
export function simulatedClock(startMs = Date.UTC(2026, 0, 1)): SimulatedClock {
  let elapsedMs = 0;
  let wallStartMs = startMs;
  let order = 0;
  const sleepers = new Set<Sleeper>();

  const next = (untilMs: number): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.atMs > untilMs) continue;
      if (!first || sleeper.atMs < first.atMs || (sleeper.atMs === first.atMs && sleeper.order < first.order)) {
        first = sleeper;
      }
    }
    return first;
  };
  const wake = async (sleeper: Sleeper): Promise<void> => {
    elapsedMs = Math.max(elapsedMs, sleeper.atMs);
    sleeper.wake();
    await settle();
  };

  return {
    nowMs: () => Math.floor(wallStartMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(new AbortedError());
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(new AbortedError());
        };
        const sleeper: Sleeper = {
          atMs: elapsedMs + Math.max(0, ms),
          order: order++,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      await settle();
      for (let sleeper = next(untilMs); sleeper; sleeper = next(untilMs)) await wake(sleeper);
      elapsedMs = untilMs;
    },
    async step() {
      await settle();
      const sleeper = next(Number.POSITIVE_INFINITY);
      if (sleeper) await wake(sleeper);
      return sleeper !== undefined;
    },
    jump: (ms) => {
      wallStartMs += ms;
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}

/** Runs work to its end, moving time on for whatever it waits for. For work without real I/O. */
export async function runOut<T>(clock: SimulatedClock, work: Promise<T>): Promise<T> {
  let ended = false;
  const watched = work.finally(() => {
    ended = true;
  });
  watched.catch(() => undefined);
  while (!ended) {
    await settle();
    if (!ended) await clock.step();
  }
  return watched;
}

/**
 * Randomness that repeats: the same seed gives the same run. Splitmix32 seeds and steps it; not for secrets.
 *
 * @example
 * seededRandom(7).next() === seededRandom(7).next(); // true
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {
    next: () => next32() / 2 ** 32,
    fill: (bytes) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = next32() & 255;
      return bytes;
    },
  };
}
