import type { Clock } from '../bytes/index.ts';
import type { MetaStore } from '../store/index.ts';
import { SEEN_MS_MAX } from './limits.ts';
import { type LedgerRef, LogError, ledgerName } from './model.ts';
import { type Page, readPage } from './page.ts';

/** What a parsed page takes in memory, roughly: per run and per slot. */
const RUN_BYTES = 120;
const SLOT_BYTES = 40;

/**
 * Pages as last read, bounded by bytes, least recently used first out. A page's offset range never changes, so a cached
 * one always leads to the right place; its commits may name objects that compaction has replaced and the collector has
 * deleted since: whoever meets that calls `fresh`.
 */
export class Pages {
  readonly #items: MetaStore;
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #cached = new Map<string, { page: Page; bytes: number; seenMs: number }>();
  readonly #running = new Map<string, Promise<Page | undefined>>();
  #bytes = 0;
  /** Pages read from the store, for metrics and for the lookup benchmark. */
  reads = 0;

  constructor(items: MetaStore, clock: Clock, bytesMax: number) {
    this.#items = items;
    this.#clock = clock;
    this.#bytesMax = bytesMax;
  }

  /** The page as last seen, read where it was not seen lately; undefined where it is not there. */
  async find(ledger: LedgerRef, index: number): Promise<Page | undefined> {
    const name = `${ledgerName(ledger)}/${index}`;
    const known = this.#cached.get(name);
    if (!known || this.#clock.monotonicMs() - known.seenMs > SEEN_MS_MAX) return this.fresh(ledger, index);
    this.#cached.delete(name);
    this.#cached.set(name, known);
    return known.page;
  }

  /** As `find`. @throws LogError `offset_out_of_range` where retention has removed the page meanwhile. */
  async get(ledger: LedgerRef, index: number): Promise<Page> {
    const page = await this.find(ledger, index);
    if (!page) {
      throw new LogError(
        'offset_out_of_range',
        `Page ${index} of ledger ${ledgerName(ledger)} is gone: retention removed it.`,
      );
    }
    return page;
  }

  /** Reads the page whether or not it is cached; undefined where it is not there. */
  fresh(ledger: LedgerRef, index: number): Promise<Page | undefined> {
    const name = `${ledgerName(ledger)}/${index}`;
    let running = this.#running.get(name);
    if (!running) {
      running = this.#read(name, ledger, index).finally(() => this.#running.delete(name));
      this.#running.set(name, running);
    }
    return running;
  }

  /** Takes note of a page that was just written. */
  set(ledger: LedgerRef, index: number, page: Page): void {
    const name = `${ledgerName(ledger)}/${index}`;
    this.#forget(name);
    this.#keep(name, page);
  }

  drop(ledger: LedgerRef, index: number): void {
    this.#forget(`${ledgerName(ledger)}/${index}`);
  }

  /** Forgets what is known of a ledger: something that it led to is gone. */
  dropLedger(ledger: LedgerRef): void {
    const prefix = `${ledgerName(ledger)}/`;
    for (const name of this.#cached.keys()) if (name.startsWith(prefix)) this.#forget(name);
  }

  async #read(name: string, ledger: LedgerRef, index: number): Promise<Page | undefined> {
    this.reads++;
    const page = await readPage(this.#items, ledger, index);
    this.#forget(name);
    if (page) this.#keep(name, page);
    return page;
  }

  #keep(name: string, page: Page): void {
    const runs = page.commits.reduce((count, commit) => count + commit.runs.length, 0);
    const slots = page.bases.length * (page.maxima.length + 2);
    const bytes = runs * RUN_BYTES + slots * SLOT_BYTES + (page.producers?.length ?? 0);
    this.#cached.set(name, { page, bytes, seenMs: this.#clock.monotonicMs() });
    this.#bytes += bytes;
    for (const oldest of this.#cached.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    const known = this.#cached.get(name);
    if (!known) return;
    this.#cached.delete(name);
    this.#bytes -= known.bytes;
  }
}
