import type { Clock } from '../bytes/index.ts';
import { ENDING_MS, LOOKED_AT_MS, SWEEP_ALL_EVERY_MS } from './limits.ts';
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
  /** By the monotonic clock, when all ids are to be looked at again, and not only those that are listed. */
  #allDueMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /**
   * Units: a query, and a small read for each id that was in use lately. The first time, and once an hour, 16 queries through
   * all ids instead, and a write for each that is open: what is open and not listed is from a process that knows no list, or
   * of a restore of some items.
   */
  async sweep(): Promise<SweepReport> {
    const { store, clock } = this.#parts;
    const report: SweepReport = { timedOut: 0, carriedOn: 0, failures: [] };
    const failed = (id: string, error: unknown) => report.failures.push({ id, error });
    const startedMs = clock.monotonicMs();
    const isOfAll = startedMs >= this.#allDueMs;
    let unlists = true;
    for await (const { id, stored } of isOfAll ? store.all(failed) : store.listed(failed)) {
      try {
        if (stored && isOpen(stored.state)) {
          if (isOfAll) await store.list(id);
          await this.#look(id, stored.state, report);
        } else if (unlists && (!stored || (rests(stored.state, clock.nowMs()) && (stored.listed || !isOfAll)))) {
          // Where others were faster, they are at it: one of all processes takes out what rests.
          unlists = await store.unlist(id, stored);
        }
      } catch (error) {
        failed(id, error);
      }
    }
    if (isOfAll) this.#allDueMs = startedMs + SWEEP_ALL_EVERY_MS;
    return report;
  }

  async #look(id: string, state: TransactionState, report: SweepReport): Promise<void> {
    const { clock, timeOut, carryOn } = this.#parts;
    const nowMs = clock.nowMs();
    if (isOverdue(state, nowMs) && (await timeOut(id))) report.timedOut++;
    else if (state.status === 'ending' && isLeft(state, nowMs)) {
      await carryOn(id);
      report.carriedOn++;
    }
  }
}

/** Whether who has begun to end a transaction has taken too long. */
export function isLeft({ updatedMs }: TransactionState, nowMs: number): boolean {
  return Math.abs(nowMs - updatedMs) >= ENDING_MS;
}

/** Whether an id of which nothing is open has been so for long. */
function rests(state: TransactionState, nowMs: number): boolean {
  return nowMs - state.updatedMs >= LOOKED_AT_MS;
}
