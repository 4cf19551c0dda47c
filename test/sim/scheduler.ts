/** Something that happens at a moment of simulated time. */
interface Happening {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Takes back what was to happen. */
export type Cancel = () => void;

/**
 * One queue of everything that is going to happen, and the simulated time that moves from one to the next. What follows
 * from a happening without waiting (promises, microtasks) runs to its end before the next one: so code under it takes no
 * time, and the order of all things follows from the seed alone.
 *
 * @example
 * const scheduler = new Scheduler();
 * scheduler.after(5, () => console.log(scheduler.nowMs)); // 5
 * await scheduler.run({ until: () => false, endMs: 1_000 });
 */
export class Scheduler {
  /** Milliseconds since the simulation began. */
  nowMs = 0;
  /** Happenings so far: what a run costs. */
  happened = 0;
  readonly #heap: Happening[] = [];
  #orders = 0;

  /** Runs `work` in `ms`, after all that was to happen at that moment already. */
  after(ms: number, work: () => void): Cancel {
    const one: Happening = { atMs: this.nowMs + Math.max(0, ms), order: this.#orders++, run: work };
    this.#push(one);
    return () => {
      one.run = undefined;
    };
  }

  /**
   * Lets things happen until `until` holds, nothing is left, or time reaches `endMs`.
   * @returns whether `until` holds
   */
  run({
    until,
    endMs,
    mostHappenings,
  }: {
    until: () => boolean;
    endMs: number;
    mostHappenings: number;
  }): Promise<boolean> {
    return new Promise((resolve, reject) => {
      // A turn of the event loop between two happenings: all microtasks of the first are done by then, however many.
      const turn = () => {
        try {
          if (until()) return resolve(true);
          const next = this.#next(endMs);
          if (!next) {
            this.nowMs = Math.max(this.nowMs, Math.min(endMs, this.#heap[0]?.atMs ?? endMs));
            return resolve(false);
          }
          if (++this.happened > mostHappenings) return resolve(false);
          this.nowMs = next.atMs;
          next.run?.();
          setImmediate(turn);
        } catch (error) {
          reject(error);
        }
        return undefined;
      };
      setImmediate(turn);
    });
  }

  #next(endMs: number): Happening | undefined {
    for (let first = this.#heap[0]; first && first.atMs <= endMs; first = this.#heap[0]) {
      this.#pop();
      if (first.run) return first;
    }
    return undefined;
  }

  #push(one: Happening): void {
    const heap = this.#heap;
    let at = heap.push(one) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(one, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = one;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
