import { AbortedError, type Clock } from '../bytes/index.ts';
import { type LedgerRef, ledgerName } from './model.ts';

export type CommitListener = (ledger: LedgerRef) => void;

/** Tells those who share this process that a ledger has grown: waiting fetches and the dispatcher of routes. */
export class CommitBus {
  readonly #listeners = new Set<CommitListener>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `listener` after every commit made in this process, until the returned function is called. */
  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  committed(ledger: LedgerRef): void {
    for (const wake of this.#waiting.get(ledgerName(ledger)) ?? []) wake();
    for (const listener of this.#listeners) listener(ledger);
  }

  /**
   * Starts to listen at once, so that a commit between the caller's look and its wait is not missed: listen, look, then
   * await `woken`.
   */
  listen(ledgers: Iterable<string>): { woken: Promise<void>; stop(): void } {
    const names = [...new Set(ledgers)];
    let wake = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    for (const name of names) {
      const waiting = this.#waiting.get(name) ?? new Set();
      waiting.add(wake);
      this.#waiting.set(name, waiting);
    }
    const stop = () => {
      for (const name of names) {
        const waiting = this.#waiting.get(name);
        waiting?.delete(wake);
        if (waiting?.size === 0) this.#waiting.delete(name);
      }
    };
    return { woken, stop };
  }
}

/** Ends when `woken` does or after `ms`; a caller's abort rejects. */
export async function wakeOrTimeout(
  woken: Promise<void>,
  ms: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted) throw new AbortedError();
  const timer = new AbortController();
  const stop = () => timer.abort();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([
      woken,
      clock.sleep(ms, timer.signal).catch((error: unknown) => {
        if (!(error instanceof AbortedError)) throw error;
      }),
    ]);
  } finally {
    signal?.removeEventListener('abort', stop);
    timer.abort();
  }
  if (signal?.aborted) throw new AbortedError();
}
