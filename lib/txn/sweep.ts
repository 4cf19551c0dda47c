import type { Clock } from '../bytes/index.ts';
import { ENDING_MS, LOOKED_AT_MS } from './limits.ts';
import { isOpen, isOverdue, type TransactionState } from './state.ts';
import type { TransactionStore } from './store.ts';

/** What a sweep has done. */
export interface SweepReport {
  /** Transactions that took too long, and were aborted. */
  timedOut: number;
  /** Whose end another process had begun, and left. */
  carriedOn: number;
  failures: { id: string; error: unknown }[];
}

export interface SweepParts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  /** Aborts a transaction, if it has still taken too long. */
  readonly timeOut: (id: string) => Promise<boolean>;
  readonly carryOn: (id: string) => Promise<void>;
}

/** Looks for transactions that nobody ends, in any process, any number of times. */
export class Sweeps {
  readonly #parts: SweepParts;
  /** Whether all ids were looked at, and not only those that are listed. */
  #hasLooked = false;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /** Units: a query, and a small read for each id that was in use lately; 16 queries the first time. */
  async sweep(): Promise<SweepReport> {
    const { store, clock, timeOut, carryOn } = this.#parts;
    const report: SweepReport = { timedOut: 0, carriedOn: 0, failures: [] };
    const failed = (id: string, error: unknown) => report.failures.push({ id, error });
    if (!this.#hasLooked) await this.#listOpen(failed);
    for await (const { id, stored } of store.listed(failed)) {
      try {
        const nowMs = clock.nowMs();
        if (!stored || rests(stored.state, nowMs)) await store.unlist(id, stored);
        else if (isOverdue(stored.state, nowMs) && (await timeOut(id))) report.timedOut++;
        else if (stored.state.status === 'ending' && isLeft(stored.state, nowMs)) {
          await carryOn(id);
          report.carriedOn++;
        }
      } catch (error) {
        failed(id, error);
      }
    }
    return report;
  }

  /** What is open and not listed may be from before there were lists, or of a restore of some items. */
  async #listOpen(failed: (id: string, error: unknown) => void): Promise<void> {
    const { store } = this.#parts;
    for await (const { id, state, listed } of store.all(failed)) {
      if (listed || !isOpen(state)) continue;
      await store.change(id, async (stored) => ({ answer: undefined, ...(stored && { next: stored.state }) }));
    }
    this.#hasLooked = true;
  }
}

/** Whether who has begun to end a transaction has taken too long. */
export function isLeft({ updatedMs }: TransactionState, nowMs: number): boolean {
  return Math.abs(nowMs - updatedMs) >= ENDING_MS;
}

function rests(state: TransactionState, nowMs: number): boolean {
  return !isOpen(state) && nowMs - state.updatedMs >= LOOKED_AT_MS;
}
