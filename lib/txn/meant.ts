import type { Clock } from '../bytes/index.ts';
import { TransactionError } from './errors.ts';
import { MEANT_MS } from './limits.ts';
import type { TransactionState } from './state.ts';

/**
 * Which transaction a request to end one means. A producer has one epoch for many, and no request says which it is of: it is
 * the one that was open when the request was young. What is open later may be the next.
 */
export class Meant {
  readonly #clock: Clock;
  readonly #sinceMs: number;
  #begunMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** @throws TransactionError transaction_busy: whoever still waits asks again, and means what is open then */
  require(id: string, { begunMs }: TransactionState): void {
    if (this.#clock.monotonicMs() - this.#sinceMs <= MEANT_MS) this.#begunMs = begunMs;
    if (this.#begunMs === begunMs) return;
    const message = `It took long to end the transaction of "${id}", and another may have begun; nothing was done, try again.`;
    throw new TransactionError('transaction_busy', message);
  }
}
