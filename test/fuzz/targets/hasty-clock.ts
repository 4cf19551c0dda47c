import { AbortedError, type Clock } from '../../../lib/bytes/index.ts';

/** A clock on which whoever sleeps wakes at once, time having passed: what waits for minutes is answered in no time. */
export function hastyClock(): Clock {
  let elapsedMs = 0;
  return {
    nowMs: () => 1_767_225_600_000 + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: async (ms, signal) => {
      if (signal?.aborted) throw new AbortedError();
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (signal?.aborted) throw new AbortedError();
      elapsedMs += Math.max(1, ms);
    },
  };
}
