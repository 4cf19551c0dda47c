/** Time and chance as the client needs them: tests have their own. */
export interface Time {
  /** Milliseconds that never go back. */
  nowMs(): number;
  /** Resolves after `ms`, or at once when `signal` fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to 1: spreads the tries of many clients. */
  random(): number;
  /** A name that nobody else has. */
  newId(): string;
}

/** Those of the machine, be it Node or a browser. */
export const machineTime: Time = {
  nowMs: () => performance.now(),
  random: () => Math.random(),
  newId: () => crypto.randomUUID(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const over = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, ms);
      signal?.addEventListener('abort', over, { once: true });
    }),
};
