import { AbortedError } from './errors.ts';

/**
 * Time as a parameter: the whole platform runs on the machine's clock or on a simulated one.
 * `nowMs` is wall time (it may jump); `monotonicMs` never goes back and measures durations.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  nowMs(): number;
  /** Milliseconds since some fixed moment, never going back, with fractions. */
  monotonicMs(): number;
  /**
   * Resolves after `ms` milliseconds; rejects with AbortedError at once when `signal` fires.
   * Whether a sleep keeps the process alive, the clock says.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = machineClock((timer) => timer.unref());

/**
 * The machine's own clock, whose sleeps keep the process alive: where a runtime ends the process when nothing is left to
 * wait for, though a handler still waits for a sleep. Source: AWS Lambda, "Building Lambda functions with Node.js".
 */
export const holdingClock: Clock = machineClock(() => undefined);

function machineClock(onTimer: (timer: NodeJS.Timeout) => void): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(new AbortedError());
        const onAbort = () => {
          clearTimeout(timer);
          reject(new AbortedError());
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }, ms);
        onTimer(timer);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
