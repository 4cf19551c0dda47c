import type { Clock, Random } from '../bytes/index.ts';
import {
  eachItem,
  itemSizeBytes,
  type MetaStore,
  StoreError,
  type TransactAnswer,
  type Write,
} from '../store/index.ts';
import { TransactionError } from './errors.ts';
import { ATTEMPTS_MAX, LOOKED_AT_ONCE, PAUSE_FIRST_MS, PAUSE_MAX_MS, REMEMBERED_BYTES_MAX } from './limits.ts';
import { OPEN_PK, openKey } from './open-item.ts';
import { Remembered } from './remembered.ts';
import { isOpen, type TransactionState } from './state.ts';
import {
  parseTransaction,
  type StoredTransaction,
  storeTransaction,
  TRANSACTION_PKS,
  transactionKey,
  type Unreadable,
} from './transaction-item.ts';

/** Versions begin anywhere: an id that expired and comes anew never meets a write that was meant for the old one. */
const VERSION_START_MAX = 2 ** 48;

/** A transactional id in a list. */
export interface TransactionListing {
  readonly id: string;
  readonly state: TransactionState;
}

/** What is to be done to a transactional id. */
export interface Step<Answer> {
  readonly answer: Answer;
  /** Its state from then on; where it is left out, nothing is written. */
  readonly next?: TransactionState;
  /** Writes to other items that belong to it: all of them, or none. */
  readonly alongside?: readonly Write[];
  /** Done once all is written. */
  readonly after?: () => Promise<void>;
}

/** The attempts before this one, and the version that the item gets by it. */
export interface Attempt {
  readonly tried: number;
  readonly version: number;
}

/** Decides on a step from what is stored; `again`: what kept it from doing so is out of the way. */
export type Decide<Answer> = (
  stored: StoredTransaction | undefined,
  attempt: Attempt,
) => Promise<Step<Answer> | 'again'>;

/**
 * The items of transactional ids, changed under their versions. Whoever has the version that is there can go on with a
 * transaction, in whichever process: nothing else is shared between them.
 */
export class TransactionStore {
  readonly #items: MetaStore;
  readonly #clock: Clock;
  readonly #random: Random;
  /** As last read or written here: another process may have changed them since, which a write finds out. */
  readonly #remembered = new Remembered(REMEMBERED_BYTES_MAX);

  constructor({ items, clock, random }: { items: MetaStore; clock: Clock; random: Random }) {
    this.#items = items;
    this.#clock = clock;
    this.#random = random;
  }

  async read(id: string): Promise<StoredTransaction | undefined> {
    const key = transactionKey(id);
    const before = this.#remembered.get(id);
    const item = await this.#items.get(key);
    if (!item) return undefined;
    const stored = parseTransaction(id, item);
    // What was written here meanwhile is newer, and must not be forgotten for this.
    if (this.#remembered.get(id) === before) this.#remembered.set(id, stored, itemSizeBytes(key, item));
    return stored;
  }

  /** As last read or written here. It was true at that time; another process may have changed it since. */
  remembered(id: string): StoredTransaction | undefined {
    return this.#remembered.get(id);
  }

  /** All of them; one whose item cannot be read is told, and keeps no other from being looked at. Units: 16 queries. */
  async *all(unreadable: Unreadable): AsyncGenerator<{ id: string; stored: StoredTransaction }> {
    for (const pk of TRANSACTION_PKS) {
      for await (const { sk: id, item } of eachItem(this.#items, pk, '')) {
        let stored: StoredTransaction;
        try {
          stored = parseTransaction(id, item);
        } catch (error) {
          if (!(error instanceof TransactionError)) throw error;
          unreadable(id, error);
          continue;
        }
        yield { id, stored };
      }
    }
  }

  /**
   * The ids that sweeps look at, with what is stored of them, which may be a little old; undefined for one of which nothing
   * is. Units: a query, and half a unit or more for each.
   */
  async *listed(unreadable: Unreadable): AsyncGenerator<{ id: string; stored: StoredTransaction | undefined }> {
    let ids: string[] = [];
    const look = async function* (items: MetaStore) {
      const found = await items.getMany(ids.map(transactionKey), { stale: true });
      for (const [i, id] of ids.entries()) {
        const item = found[i];
        let stored: StoredTransaction | undefined;
        try {
          stored = item && parseTransaction(id, item);
        } catch (error) {
          if (!(error instanceof TransactionError)) throw error;
          unreadable(id, error);
          continue;
        }
        yield { id, stored };
      }
      ids = [];
    };
    for await (const { sk } of eachItem(this.#items, OPEN_PK)) {
      ids.push(sk);
      if (ids.length === LOOKED_AT_ONCE) yield* look(this.#items);
    }
    if (ids.length > 0) yield* look(this.#items);
  }

  /** Sweeps look at an id, whatever its item says of that. */
  async list(id: string): Promise<void> {
    await this.#items.write({ write: 'put', key: openKey(id), item: {} });
  }

  /**
   * Sweeps look at an id no more, if it is still as it was: nothing is open. What opens next lists it anew.
   * @returns whether it was
   */
  async unlist(id: string, stored: StoredTransaction | undefined): Promise<boolean> {
    const key = transactionKey(id);
    const write: Write = stored
      ? storeTransaction(id, stored, { ...stored, version: stored.version + 1, listed: false })
      : { write: 'check', key, when: { if: 'itemAbsent' } };
    return (await this.#items.transact([write, { write: 'delete', key: openKey(id) }])).applied;
  }

  /**
   * Takes a step, and stores what follows from it together with what belongs to it; decides again where others were faster,
   * or the store gave no answer: what an earlier attempt wrote is then found, and one that is still on its way fails.
   *
   * @throws TransactionError what `decide` throws of what is stored; transaction_busy
   */
  async change<Answer>(id: string, decide: Decide<Answer>): Promise<Answer> {
    let last: StoreError | undefined;
    /** Of an attempt that may have had its effect: what is refused after it may have been done by it. */
    let doubt: StoreError | undefined;
    for (let tried = 0; tried < ATTEMPTS_MAX; tried++) {
      if (tried > 1 || last) await this.#pause(tried);
      const known = this.#remembered.take(id);
      const remembered = tried === 0 ? known : undefined;
      let done: Pick<Step<Answer>, 'answer' | 'after'> | undefined;
      try {
        done = await this.#attempt(id, remembered, tried, decide);
        last = undefined;
      } catch (error) {
        // What was remembered may be old: only what is read now tells what to refuse.
        if (remembered && error instanceof TransactionError) continue;
        if (doubt && error instanceof TransactionError) throw doubt;
        const passing =
          error instanceof StoreError && (error.code === 'store_unavailable' || error.code === 'store_unknown');
        if (!passing) throw error;
        last = error;
        if (error.code === 'store_unknown') doubt = error;
      }
      if (!done) continue;
      await done.after?.();
      return done.answer;
    }
    if (last) throw last;
    throw new TransactionError(
      'transaction_busy',
      `The transaction of "${id}" was changed by others ${ATTEMPTS_MAX} times in a row; nothing was done. Try again.`,
    );
  }

  async #attempt<Answer>(
    id: string,
    remembered: StoredTransaction | undefined,
    tried: number,
    decide: Decide<Answer>,
  ): Promise<Pick<Step<Answer>, 'answer' | 'after'> | undefined> {
    const stored = remembered ?? (await this.read(id));
    const version = stored ? stored.version + 1 : Math.floor(this.#random.next() * VERSION_START_MAX);
    const step = await decide(stored, { tried, version });
    if (step === 'again') return undefined;
    const { next, alongside = [] } = step;
    if (!next) return remembered ? undefined : step;
    const wasListed = stored?.listed ?? false;
    const after = { version, state: next, listed: wasListed || isOpen(next) };
    const write = storeTransaction(id, stored, after);
    const listing: Write[] = after.listed && !wasListed ? [{ write: 'put', key: openKey(id), item: {} }] : [];
    const others = [...listing, ...alongside];
    const outcome: Pick<TransactAnswer, 'applied'> =
      others.length > 0 ? await this.#items.transact([write, ...others]) : await this.#items.write(write);
    if (!outcome.applied) return undefined;
    this.#remembered.set(id, after, itemSizeBytes(write.key, write.item));
    return step;
  }

  #pause(tried: number): Promise<void> {
    return this.#clock.sleep(this.#random.next() * Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** tried));
  }
}
