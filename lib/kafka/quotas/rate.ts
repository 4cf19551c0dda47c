/** Kafka's quota.window.num and quota.window.size.seconds: a rate is that of the last eleven seconds. */
const WINDOWS = 11;
const WINDOW_MS = 1_000;

interface Window {
  readonly fromMs: number;
  sum: number;
}

/**
 * How much there was of something lately. What is young counts as if it had been going on for ten seconds, so that a burst
 * is no overuse. Source: Kafka's Rate and SampledStat.
 */
export class Rate {
  readonly #windows: Window[] = [];

  /** Adds `amount` at `nowMs`, and tells how many ms to wait until the rate is down to `perSecondMax`; 0 where it is. */
  add(amount: number, nowMs: number, perSecondMax: number): number {
    this.#forget(nowMs);
    const last = this.#windows.at(-1);
    if (last && nowMs - last.fromMs < WINDOW_MS) last.sum += amount;
    else this.#windows.push({ fromMs: nowMs, sum: amount });
    const total = this.#windows.reduce((sum, window) => sum + window.sum, 0);
    return Math.max(0, (total / perSecondMax) * 1_000 - this.#elapsedMs(nowMs));
  }

  /** Whether nothing of it counts any more. */
  isOver(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#windows.length === 0;
  }

  #forget(nowMs: number): void {
    while (this.#windows.length > 0 && nowMs - this.#windows[0]!.fromMs >= WINDOWS * WINDOW_MS) this.#windows.shift();
  }

  #elapsedMs(nowMs: number): number {
    const elapsedMs = nowMs - this.#windows[0]!.fromMs;
    const missing = WINDOWS - 1 - Math.floor(elapsedMs / WINDOW_MS);
    return elapsedMs + Math.max(0, missing) * WINDOW_MS;
  }
}
