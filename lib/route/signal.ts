import { AbortedError } from '../bytes/index.ts';

/**
 * Wakes all who wait. A raise that nobody waits for is forgotten: look first, then wait, with nothing between.
 *
 * @example
 * while (!room()) await progress.raised();
 */
export class Signal {
  #waiting: (() => void)[] = [];

  raise(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next raise. @throws AbortedError where `ended` has fired by then */
  async raised(ended?: AbortSignal): Promise<void> {
    if (ended?.aborted) throw new AbortedError();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (ended?.aborted) throw new AbortedError();
  }
}
