import type { Outcome, PartitionRef, TransactionRef } from '../log/index.ts';
import { broken, carryOn, type EndingParts, endWrites, isWhole, isWide } from './ending.ts';
import { busy } from './requirements.ts';
import {
  closed,
  fencedState,
  fencingEpoch,
  isOverdue,
  missingFrom,
  opened,
  type TransactionState,
  withPartitions,
} from './state.ts';
import type { Attempt, Decide, Step, TransactionStore } from './store.ts';
import { isLeft } from './sweep.ts';
import type { StoredTransaction } from './transaction-item.ts';

/**
 * How transactional ids are changed while nothing of an end is left, and the step that ends a transaction: asked for by its
 * producer, by whoever takes its id, or by nobody but the clock.
 */
export class Ends {
  readonly #parts: EndingParts;
  readonly #store: TransactionStore;
  readonly #nowMs: () => number;

  constructor(parts: EndingParts, store: TransactionStore, nowMs: () => number) {
    this.#parts = parts;
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** As the store's `change`, once nothing is left of an end that was begun. */
  change<Answer>(id: string, decide: Decide<Answer>): Promise<Answer> {
    return this.#store.change(id, async (stored, attempt) => {
      if (stored?.state.status !== 'ending') return decide(stored, attempt);
      // Whoever has begun it is at it, unless it takes too long.
      if (!isLeft(stored.state, this.#nowMs())) throw busy(id);
      await this.carryOn(id);
      return 'again';
    });
  }

  /** The step that ends an open transaction; `renewed` is its state, with the identity that the producer has from then on. */
  async step<Answer>(
    id: string,
    { state, version: before }: StoredTransaction,
    { renewed, outcome, answer }: { renewed: TransactionState; outcome: Outcome; answer: Answer },
    { tried, version }: Attempt,
  ): Promise<Step<Answer> | 'again'> {
    const { producerId, epoch } = state;
    const isKept = renewed.producerId === producerId && renewed.epoch === epoch;
    const markerEpoch = isKept ? epoch : fencingEpoch(state);
    const ending = { transaction: { producerId, epoch }, outcome, markerEpoch, token: version, decided: false };
    const nowMs = this.#nowMs();
    const inSteps = (): Step<Answer> => {
      const next: TransactionState = { ...renewed, status: 'ending', updatedMs: nowMs, ending };
      const after = async () => {
        await this.carryOn(id);
        if (outcome === 'commit' && (await this.#store.read(id))?.state.status === 'aborted') throw broken(id);
      };
      return { answer, next, after };
    };
    if (isWide(state, this.#parts)) return inSteps();
    const how = { look: tried > 0, id: undefined };
    const { writes, ledgers, left, isLarge } = await endWrites(this.#parts, state, ending, how);
    if (isLarge) return inSteps();
    if (outcome === 'commit' && !(await isWhole(this.#parts, id, state, left))) {
      // If it is still as it was, nobody has ended it while it was looked at.
      if ((await this.#store.read(id))?.version === before) throw broken(id);
      return 'again';
    }
    const after = () => this.#parts.log.transactions.changed(ledgers);
    return { answer, next: closed(renewed, outcome, nowMs), alongside: writes, after };
  }

  /** The producer that took too long is fenced. It may go on with a new epoch, where it says who it was (KIP-588). */
  timeOut(id: string): Promise<boolean> {
    return this.change(id, async (stored, attempt): Promise<Step<boolean> | 'again'> => {
      if (!stored || !isOverdue(stored.state, this.#nowMs())) return { answer: false };
      const renewed = fencedState(stored.state);
      return this.step(id, stored, { renewed, outcome: 'abort', answer: true }, attempt);
    });
  }

  /**
   * As `timeOut`, of a transaction that holds the partition, whether or not its item has that.
   * @returns whether the id has this producer and epoch: what is open under them then is nobody else's to end
   */
  abortKnown(
    id: string,
    transaction: TransactionRef,
    partition: PartitionRef,
    names: ReadonlyMap<string, string>,
  ): Promise<boolean> {
    return this.change(id, async (stored, attempt): Promise<Step<boolean> | 'again'> => {
      const { producerId, epoch } = transaction;
      if (stored?.state.producerId !== producerId || stored.state.epoch !== epoch) return { answer: false };
      if (!(await this.#parts.log.transactions.isOpen(transaction, partition))) return { answer: true };
      const missing = missingFrom(stored.state, [partition]);
      const state =
        missing.length === 0 ? stored.state : withPartitions(opened(stored.state, this.#nowMs()), missing, names);
      const renewed = fencedState(state);
      return this.step(id, { ...stored, state }, { renewed, outcome: 'abort', answer: true }, attempt);
    });
  }

  /** Goes on with an end that was begun, whoever has begun it. */
  carryOn(id: string): Promise<void> {
    return carryOn(this.#parts, this.#store, id, this.#nowMs);
  }
}
