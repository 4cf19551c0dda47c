import { type Clock, newUlidAfter, type Random, ulidTimeMs } from '../bytes/index.ts';
import { type ObjectStore, StoreError } from '../store/index.ts';
import { layOut, type Segment, type Slice } from './flush.ts';
import { COMMIT_TRIES_MAX, RETRY_FIRST_MS, RETRY_LAST_MS } from './limits.ts';
import { LogError } from './model.ts';
import { objectKey } from './segment.ts';

/** How the writer deals with a store that refuses, or does not answer: bounded tries, with growing, jittered pauses. */
export class Attempts {
  readonly #objects: ObjectStore;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Objects sort in the order in which they were made, even where the clock jumps back: a rebuild goes by it. */
  #last: Uint8Array | undefined;

  constructor(parts: { objects: ObjectStore; clock: Clock; random: Random }) {
    this.#objects = parts.objects;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /** Writes slices as one object that is younger than `floorMs`. A try that is given up may still leave its object. */
  put(slices: readonly Slice[], floorMs = 0): Promise<Segment> {
    return this.repeat(async () => {
      // A new object for each try: what became of an earlier one need not be known, the collector finds it.
      const lastMs = this.#last ? ulidTimeMs(this.#last) : 0;
      this.#last = newUlidAfter(this.#last, Math.max(this.#clock.nowMs(), lastMs, floorMs + 1), this.#random);
      const segment = layOut(slices, this.#last);
      await this.#objects.put(objectKey(segment.object), segment.parts);
      return segment;
    }, refused);
  }

  /**
   * Repeats work that may be done any number of times, while the store refuses it or gives no answer. Any other error is
   * the caller's, and so is the one that `exhausted` makes when the tries are used up.
   */
  async repeat<T>(work: () => Promise<T>, exhausted: (cause: unknown) => unknown): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!isRefused(error) && !isUnknown(error)) throw error;
        if (tries >= COMMIT_TRIES_MAX) throw exhausted(error);
        await this.pause(tries);
      }
    }
  }

  async pause(tries: number): Promise<void> {
    const ms = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** tries);
    await this.#clock.sleep(ms * (0.5 + this.#random.next() / 2));
  }
}

/** The store certainly did nothing; the same call may be made again. */
export function isRefused(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'store_unavailable';
}

/** The store may have done it, or may still do it. */
export function isUnknown(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'store_unknown';
}

export function refused(cause?: unknown): LogError {
  const why = 'The store refused the write again and again; nothing was stored. Try again later.';
  return new LogError('append_refused', why, { cause });
}

export function unknown(cause: unknown): LogError {
  const why =
    'The store answered neither a write nor the question what became of it: the events may or may not be stored.';
  return new LogError('append_unknown', why, { cause });
}
