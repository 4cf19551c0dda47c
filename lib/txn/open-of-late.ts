import type { Clock } from '../bytes/index.ts';
import type { KnownTransaction } from '../log/index.ts';
import { OPEN_KEPT_MS } from './limits.ts';
import { isOpen } from './state.ts';
import type { TransactionStore } from './store.ts';
import { asKnown, type StoredTransaction } from './transaction-item.ts';

/**
 * The transactions that are open, of the ids that sweeps look at: one from before there were lists is missing until a sweep
 * has listed it. Up to a second old, so that many who ask, again and again, cost one look.
 */
export class OpenOfLate {
  readonly #store: Pick<TransactionStore, 'listed'>;
  readonly #clock: Clock;
  #last: { readonly askedMs: number; readonly found: Promise<readonly KnownTransaction[]> } | undefined;

  constructor(store: Pick<TransactionStore, 'listed'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Units: a query, and half a unit or more for each id that was in use of late. @throws StoreError */
  list(): Promise<readonly KnownTransaction[]> {
    const askedMs = this.#clock.monotonicMs();
    if (this.#last && askedMs - this.#last.askedMs < OPEN_KEPT_MS) return this.#last.found;
    const asked = { askedMs, found: openAmong(this.#store.listed(() => {})) };
    this.#last = asked;
    asked.found.catch(() => {
      if (this.#last === asked) this.#last = undefined;
    });
    return asked.found;
  }
}

/** Those of them that have not ended, as their ledgers have to know them. */
export async function openAmong(
  all: AsyncIterable<{ readonly id: string; readonly stored: StoredTransaction | undefined }>,
): Promise<KnownTransaction[]> {
  const found: KnownTransaction[] = [];
  for await (const { id, stored } of all) if (stored && isOpen(stored.state)) found.push(asKnown(id, stored.state));
  return found;
}

/** The same, with the producer ids that each has, or has had last, noted on the way. */
export async function* withProducers<One extends { readonly stored: StoredTransaction }>(
  all: AsyncIterable<One>,
  producers: Set<number>,
): AsyncGenerator<One> {
  for await (const one of all) {
    const { producerId, last, ending } = one.stored.state;
    for (const id of [producerId, last.producerId, ending?.transaction.producerId ?? producerId]) producers.add(id);
    yield one;
  }
}
