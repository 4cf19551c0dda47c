import type { Clock } from '../bytes/index.ts';
import type { MetaStore } from '../store/index.ts';
import { type Head, readHead } from './head.ts';
import { SEEN_MS_MAX } from './limits.ts';
import { type LedgerRef, ledgerName } from './model.ts';

/** Heads kept: parsed, one may take 10 KB, so 20 MB at the most; a topic of 10,000 partitions has 313. */
const HEADS_CACHED = 2_048;

/**
 * The heads as last seen. A cached head is always one that was true at some moment, never one made up: whoever needs the
 * end of a partition as it is now asks for a fresh one.
 */
export class Heads {
  readonly #items: MetaStore;
  readonly #clock: Clock;
  readonly #cached = new Map<string, { head: Head; seenMs: number }>();
  /** Reads that have not started yet; whoever asks meanwhile shares them. A read under way may be too old to share. */
  readonly #next = new Map<string, Promise<Head>>();
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(items: MetaStore, clock: Clock) {
    this.#items = items;
    this.#clock = clock;
  }

  /** The head as last seen, read where it was not. */
  async cached(ledger: LedgerRef): Promise<Head> {
    return this.peek(ledger) ?? this.fresh(ledger);
  }

  /** The head as last seen, if it was seen within `ageMsMax`. */
  peek(ledger: LedgerRef, ageMsMax = SEEN_MS_MAX): Head | undefined {
    const known = this.#cached.get(ledgerName(ledger));
    return known && this.#clock.monotonicMs() - known.seenMs <= ageMsMax ? known.head : undefined;
  }

  /** The head as it is at some moment after this call. */
  fresh(ledger: LedgerRef): Promise<Head> {
    const name = ledgerName(ledger);
    const waiting = this.#next.get(name);
    if (waiting) return waiting;
    const read = this.#readAfter(this.#running.get(name), name, ledger);
    this.#next.set(name, read);
    return read;
  }

  async #readAfter(before: Promise<unknown> | undefined, name: string, ledger: LedgerRef): Promise<Head> {
    // Others may join until the read starts, which is once the one under way has ended.
    await before;
    const read = this.#read(ledger);
    this.#next.delete(name);
    const settled = read
      .catch(() => undefined)
      .finally(() => {
        if (this.#running.get(name) === settled) this.#running.delete(name);
      });
    this.#running.set(name, settled);
    return read;
  }

  async #read(ledger: LedgerRef): Promise<Head> {
    try {
      const head = await readHead(this.#items, ledger);
      this.set(ledger, head);
      return head;
    } catch (error) {
      this.drop(ledger);
      throw error;
    }
  }

  /** Takes note of a head that the store has answered with; an older one does not replace a newer one. */
  set(ledger: LedgerRef, head: Head): void {
    const name = ledgerName(ledger);
    const known = this.#cached.get(name);
    if (known && commitsEver(known.head) > commitsEver(head)) return;
    this.#cached.delete(name);
    this.#cached.set(name, { head, seenMs: this.#clock.monotonicMs() });
    if (this.#cached.size > HEADS_CACHED) this.#cached.delete(this.#cached.keys().next().value!);
  }

  drop(ledger: LedgerRef): void {
    this.#cached.delete(ledgerName(ledger));
  }
}

function commitsEver(head: Head): number {
  return head.trimmed + head.tail.length;
}
