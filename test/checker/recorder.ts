import { type Action, type History, NEVER, type Operation, type Outcome, type Transaction } from './history.ts';

/** An operation under way: exactly one of these is called, or none, where nobody will ever know (`info`). */
export interface Running<A extends Action> {
  /** It took effect, with what was answered. */
  ok(answer?: Partial<A>): void;
  /** It certainly had, and will have, no effect. */
  fail(why: string): void;
  /** Nobody knows; with what is known nevertheless. */
  info(why: string, answer?: Partial<A>): void;
}

/**
 * Writes a history down as it happens. All processes of a history share one recorder, whose calls are the order of
 * moments: call `invoke` before anything is sent, and end the operation after its answer has come.
 *
 * @example
 * const recorder = new Recorder(() => clock.nowMs());
 * const sending = recorder.invoke('producer 1', { kind: 'send', records: [{ partition: 'orders/0', value: 'a1' }] });
 * const offset = await producer.send('a1');
 * sending.ok({ records: [{ partition: 'orders/0', value: 'a1', offset }] });
 * check(recorder.history());
 */
export class Recorder {
  readonly #operations: Mutable<Operation>[] = [];
  readonly #transactions: Transaction[] = [];
  readonly #nowMs: () => number;
  #moment = 0;
  #succeeded = 0;

  /** @param nowMs of the clock that readers of the history will think in */
  constructor(nowMs: () => number = () => 0) {
    this.#nowMs = nowMs;
  }

  invoke<A extends Action>(process: string, action: A): Running<Extract<Action, { kind: A['kind'] }>> {
    const operation: Mutable<Operation> = {
      ...action,
      id: this.#operations.length,
      process,
      invoked: this.#moment++,
      ended: NEVER,
      outcome: 'info',
      atMs: this.#nowMs(),
    };
    this.#operations.push(operation);
    const end = (outcome: Outcome, answer: object) => {
      if (operation.ended !== NEVER) throw new Error(`Operation ${operation.id} has ended before`);
      if (outcome === 'ok') this.#succeeded++;
      Object.assign(operation, answer, { ended: this.#moment++, endedMs: this.#nowMs(), outcome });
    };
    return {
      ok: (answer = {}) => end('ok', answer),
      fail: (why) => end('fail', { why }),
      info: (why, answer = {}) => end('info', { ...answer, why }),
    };
  }

  /** What had happened at once, as one moment: a revocation, a seek. */
  note<A extends Action>(process: string, action: A): void {
    this.invoke(process, action).ok();
  }

  /** A new transaction's id, for the `txn` of its operations. */
  transaction(transaction: Omit<Transaction, 'id'>): number {
    const id = this.#transactions.length;
    this.#transactions.push({ ...transaction, id });
    return id;
  }

  /** How many operations ended well until now. */
  get succeeded(): number {
    return this.#succeeded;
  }

  /** All until now. Operations under way are `info`. */
  history(): History {
    return { operations: this.#operations.map((one) => ({ ...one })), transactions: [...this.#transactions] };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
