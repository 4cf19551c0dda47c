/** What became of a task's events that were not delivered, since the route was made; a crash may count a few twice. */
export interface TaskCounts {
  /** Dropped by the filter, or by a transform without a result. */
  filtered: number;
  /** Could not be delivered, and the route has no dead-letter topic: gone. */
  dropped: number;
  deadLettered: number;
}

/** Something that failed and is tried again. */
export interface Retrying {
  /** What failed, and where. */
  readonly reason: string;
  /** When it failed first. */
  readonly sinceMs: number;
  /** How often it was tried. */
  readonly tries: number;
  /** When it is tried next. */
  readonly nextMs: number;
}

/** How a task fares, as its status tells. */
export interface TaskReport {
  readonly counts: Readonly<TaskCounts>;
  /** Of all that is tried again, what has failed for longest; undefined where nothing is. */
  readonly retrying: Retrying | undefined;
}

/**
 * How a task fares, kept by its worker. Each delivery that fails has its own entry, named by any object, until it is
 * settled.
 *
 * @example
 * const progress = new Progress(lease.counts);
 * progress.failed(batch, { reason: 'HTTP 503', sinceMs, tries: 1, nextMs });
 * progress.report().retrying; // that one
 * progress.settled(batch);
 */
export class Progress {
  readonly counts: TaskCounts;
  /** In the order in which they failed first. */
  readonly #failing = new Map<object, Retrying>();

  /** Goes on with the counts of the worker before. */
  constructor(before: Readonly<TaskCounts> = NO_COUNTS) {
    this.counts = { ...before };
  }

  failed(delivery: object, retrying: Retrying): void {
    this.#failing.set(delivery, retrying);
  }

  settled(delivery: object): void {
    this.#failing.delete(delivery);
  }

  report(): TaskReport {
    return { counts: { ...this.counts }, retrying: this.#failing.values().next().value };
  }
}

export const NO_COUNTS: Readonly<TaskCounts> = { filtered: 0, dropped: 0, deadLettered: 0 };

/**
 * What fails, as a status says it.
 *
 * @example
 * retryText({ reason: 'HTTP 503 from http://127.0.0.1:9000', sinceMs, tries: 4, nextMs: nowMs + 12_000 }, nowMs);
 * // HTTP 503 from http://127.0.0.1:9000; failing since 2026-01-31T08:00:00.000Z; try 4, next in 12 s
 */
export function retryText({ reason, sinceMs, tries, nextMs }: Retrying, nowMs: number): string {
  const next = nextMs > nowMs ? `next in ${Math.ceil((nextMs - nowMs) / 1_000)} s` : 'the next is under way';
  return `${reason}; failing since ${new Date(sinceMs).toISOString()}; try ${tries}, ${next}`;
}
