import type { Clock, Random } from '../bytes/index.ts';
import type { Check, KeyedItem, MetaStore, Stores } from '../store/index.ts';
import { Attempts } from './attempts.ts';
import type { Beside } from './beside.ts';
import { CommitBus, type CommitListener } from './bus.ts';
import { ChunkCache } from './cache.ts';
import { Footers } from './footers.ts';
import { type Head, headKey } from './head.ts';
import { advanceStart, createHeads, extendHead, nextOffsetsAre } from './head-writes.ts';
import { Heads } from './heads.ts';
import { keptBytes } from './kept-bytes.ts';
import { DEFAULT_SETTINGS, type LogSettings } from './limits.ts';
import { ChunkLoader } from './loader.ts';
import {
  type Append,
  type LedgerRef,
  LogError,
  ledgerOf,
  ledgersOf,
  type PartitionOffsets,
  type PartitionRef,
  slotOf,
  type TopicLayout,
} from './model.ts';
import type { Idempotency } from './once.ts';
import { lookTwice } from './outdated.ts';
import { ledgerPk, pageIndexes, pageKey } from './page.ts';
import { Pages } from './pages.ts';
import type { LogParts } from './parts.ts';
import { type ActiveProducer, activeIn } from './producers/active.ts';
import { Producers } from './producers/producers.ts';
import { type Repaired, repair } from './proof/repair.ts';
import { type VerifyOptions, type VerifyReport, verify } from './proof/verify.ts';
import { type Fetched, type FetchOptions, type Isolation, type Read, Reader } from './reader.ts';
import { type KeptLedgers, LedgerRebuild } from './rebuild/rebuild.ts';
import { snapshotLedgers } from './rebuild/snapshot.ts';
import type { KnownTransactions } from './rebuild/transactions.ts';
import { rollTail } from './roll.ts';
import { type TendedTopic, type TendOptions, type TendReport, tend } from './tend/tend.ts';
import { findLatestTime, findTime, type TimedOffset } from './time.ts';
import { readOutcomes } from './transactions/decision.ts';
import { heldBy, stableOffset } from './transactions/open.ts';
import { LogTransactions } from './transactions/transactions.ts';
import { type AppendAnswer, Writer } from './writer.ts';

/** Ledgers are deleted, or asked for their sizes, and pages deleted, this many at a time. */
const WORK_AT_ONCE = 32;

/**
 * The log: partitions of record batches over an object store and a store of items. It knows topics by their ids alone.
 *
 * @example
 * const log = openLog({ stores: memoryStores(), clock: systemClock, random: systemRandom });
 * await log.createLedgers({ topicId, partitions: 4, width: 32 }, whileTopicIsWanted);
 * const { appended } = await log.append([{ to: { topicId, width: 32, partition: 0 }, batches, infos }]);
 */
export class Log {
  /** For this floor alone; others use the methods. */
  readonly parts: LogParts;
  /** What transactions over partitions are made of (lib/txn). */
  readonly transactions: LogTransactions;
  readonly #writer: Writer;
  readonly #reader: Reader;

  constructor(parts: LogParts) {
    this.parts = parts;
    this.transactions = new LogTransactions(parts);
    this.#writer = new Writer(parts);
    this.#reader = new Reader(parts);
  }

  /**
   * Stores batches durably, each in its partition, and gives them their offsets. All of one call goes in one flush, but
   * only with `once` is it all or nothing across ledgers. A batch that names an idempotent producer lands once: sent again,
   * it is answered with its first offset. What is `beside` is written in the same transaction of the store, which makes it all
   * or nothing, too.
   * @throws LogError; StoreError `store_full`; what `beside` throws
   */
  append(appends: readonly Append[], once?: Idempotency, beside?: Beside): Promise<AppendAnswer> {
    return this.#writer.append(appends, once, beside);
  }

  /**
   * Appends that were not tried, for a reason that may pass: what idempotent producers have sent behind them is refused, as
   * behind an append that failed, until these come again.
   */
  hold(appends: readonly Append[]): void {
    for (const append of appends) this.parts.producers.hold(append);
  }

  /** Reads batches of any number of partitions, waiting at their ends if asked to. Answers in the order of `reads`. */
  fetch(reads: readonly Read[], options: FetchOptions): Promise<Fetched[]> {
    return this.#reader.fetch(reads, options);
  }

  /** Log start, high watermark and last stable offset, as they are now. One read per ledger. @throws LogError `ledger_missing`, `partition_missing` */
  offsets(refs: readonly PartitionRef[]): Promise<PartitionOffsets[]> {
    return Promise.all(
      refs.map(async (ref) => {
        const { head, slot } = await this.#slot(ref);
        const outcomes = await readOutcomes(this.parts.items, head.open);
        const holder = heldBy(head, slot, outcomes);
        return {
          logStartOffset: head.logStarts[slot]!,
          highWatermark: head.nextOffsets[slot]!,
          lastStableOffset: stableOffset(head, slot, outcomes),
          ...(holder && { heldBy: { producerId: holder.producerId, epoch: holder.epoch } }),
        };
      }),
    );
  }

  /**
   * The first record with this timestamp or a later one; none where that stands behind the last stable offset, unless all
   * that is not committed is asked for, too.
   * @throws LogError as `offsets`
   */
  offsetForTime(ref: PartitionRef, timestampMs: number, isolation?: Isolation): Promise<TimedOffset | undefined> {
    return lookTwice(this.parts.pages, [ledgerOf(ref)], async () => {
      const { head, slot, ledger } = await this.#slot(ref);
      const found = await findTime(this.parts, head, { ledger, partition: ref, slot }, timestampMs);
      if (!found || isolation === 'read_uncommitted' || head.open.partitions.length === 0) return found;
      const stable = stableOffset(head, slot, await readOutcomes(this.parts.items, head.open));
      return found.offset < stable ? found : undefined;
    });
  }

  /** The first of the records that have the partition's latest timestamp. @throws LogError as `offsets` */
  offsetOfLatestTime(ref: PartitionRef): Promise<TimedOffset | undefined> {
    return lookTwice(this.parts.pages, [ledgerOf(ref)], async () => {
      const { head, slot, ledger } = await this.#slot(ref);
      return findLatestTime(this.parts, head, { ledger, partition: ref, slot });
    });
  }

  /**
   * Who writes to a partition: the idempotent producers that are remembered, and those whose transactions are open. Takes
   * the head, the newest page and the footers of what came since, as far as they are not cached.
   * @throws LogError as `offsets`
   */
  activeProducers(ref: PartitionRef): Promise<ActiveProducer[]> {
    const { pages, producers } = this.parts;
    return lookTwice(pages, [ledgerOf(ref)], async () => {
      const { head, slot, ledger } = await this.#slot(ref);
      return activeIn(head, await producers.known(ledger, head), slot);
    });
  }

  /**
   * Bytes that each partition of a topic keeps, as of the last minute: whole batches as they are stored, among them those of
   * pages that are partly below the log start. A ledger takes its head and two pages, which are mostly cached.
   * @throws LogError `ledger_missing`
   */
  async sizes(layout: TopicLayout): Promise<number[]> {
    const { heads, pages } = this.parts;
    const sizes = new Array<number>(layout.partitions).fill(0);
    await inParallel(ledgersOf(layout), async ({ ledger, slots }) => {
      const kept = await lookTwice(pages, [ledger], async (fresh) =>
        keptBytes(pages, ledger, await (fresh ? heads.fresh(ledger) : heads.cached(ledger))),
      );
      for (let slot = 0; slot < slots; slot++) sizes[ledger.index * layout.width + slot] = kept[slot] ?? 0;
    });
    return sizes;
  }

  /**
   * Makes everything before `offset` unreadable, for good. Returns the log start, which may be further already.
   * @throws LogError `offset_out_of_range` beyond the high watermark
   */
  async deleteRecords(ref: PartitionRef, offset: number): Promise<number> {
    for (;;) {
      const { head, slot, ledger } = await this.#slot(ref);
      if (offset > head.nextOffsets[slot]! || offset < 0) {
        throw new LogError(
          'offset_out_of_range',
          `Records before ${offset} cannot be deleted: the log ends at ${head.nextOffsets[slot]}.`,
        );
      }
      if (offset <= head.logStarts[slot]!) return head.logStarts[slot]!;
      const starts = head.logStarts.map((start, other) => (other === slot ? offset : start));
      if (!(await advanceStart(this.parts.items, ledger, head, starts))) continue;
      this.parts.heads.drop(ledger);
      return offset;
    }
  }

  /**
   * Makes the ledgers of a new topic, or those that a repeated call finds missing. `wanted` holds while the topic is to have
   * them: where it does not, nothing is made from then on, be it by a request that arrives late. False then.
   */
  createLedgers(layout: TopicLayout, wanted: Check): Promise<boolean> {
    return createHeads(this.parts.items, ledgersOf(layout), wanted);
  }

  /**
   * Makes room for more partitions than `from` has: the last ledger is filled up, further ones are made, while `wanted` holds,
   * as in `createLedgers`.
   */
  async extendLedgers(from: TopicLayout, to: TopicLayout, wanted: Check): Promise<boolean> {
    const { items, heads } = this.parts;
    const before = ledgersOf(from);
    const ledgers = ledgersOf(to);
    const last = before.at(-1)!;
    const { ledger, slots } = ledgers[last.ledger.index]!;
    if (last.slots < slots) await extendHead(items, ledger, slots);
    heads.drop(ledger);
    return createHeads(items, ledgers.slice(before.length), wanted);
  }

  /**
   * Ends a topic's ledgers: commits fail from here on, and the collector takes the objects. Those, too, that were made for
   * partitions which were then not added. May be repeated; nothing may make ledgers of the topic any more.
   */
  async deleteLedgers(layout: TopicLayout): Promise<void> {
    const unused = await ledgersBeyond(this.parts.items, layout);
    // From the last on, so that a repeated call finds what is left.
    for (const ledger of unused.reverse()) await this.#deleteLedger(ledger);
    await inParallel(ledgersOf(layout), ({ ledger }) => this.#deleteLedger(ledger));
  }

  async #deleteLedger(ledger: LedgerRef): Promise<void> {
    const { items, heads, pages } = this.parts;
    await items.write({ write: 'delete', key: headKey(ledger) });
    heads.drop(ledger);
    for (;;) {
      const indexes = await pageIndexes(items, ledger, 1_000);
      if (indexes.length === 0) break;
      await inParallel(indexes, (index) => items.write({ write: 'delete', key: pageKey(ledger, index) }));
    }
    pages.dropLedger(ledger);
    this.parts.bus.committed(ledger);
  }

  /**
   * A write for a transaction that holds while the ledger's partitions end where they did: nothing was committed since.
   * `highWatermarks` are those of the ledger's partitions, lowest first.
   */
  unchangedSince(ledger: LedgerRef, highWatermarks: readonly number[]): Check {
    return { write: 'check', key: headKey(ledger), when: nextOffsetsAre(highWatermarks) };
  }

  /** Calls `listener` after each commit made by this process. Returns what ends it. */
  onCommit(listener: CommitListener): () => void {
    return this.parts.bus.onCommit(listener);
  }

  /** Moves a ledger's tail into a page now, whatever its size. */
  async roll(ledger: LedgerRef): Promise<void> {
    await rollTail(this.parts, ledger, await this.parts.heads.fresh(ledger));
  }

  /** One round of upkeep: retention, keyed compaction, merging, collection. */
  tend(topics: readonly TendedTopic[], options?: TendOptions): Promise<TendReport> {
    return tend(this.parts, topics, options);
  }

  /** Walks everything and proves the log's invariants; changes nothing. */
  verify(topics: readonly TopicLayout[], options?: VerifyOptions): Promise<VerifyReport> {
    return verify(this.parts, topics, options);
  }

  /**
   * Puts back what objects, copies of pages and catalogs prove. Nothing may write meanwhile. Verify tells what is left.
   * @param transactions those that have not ended
   */
  repair(topics: readonly TopicLayout[], kept: KeptLedgers, transactions: KnownTransactions): Promise<Repaired[]> {
    return repair(this.parts, topics, kept, transactions);
  }

  /**
   * The items of the ledgers that a rebuild cannot read off merged objects: for a copy outside the store of items. Right
   * after tending, which has just read the pages, it takes one read of each head.
   */
  snapshotLedgers(topics: readonly TopicLayout[]): Promise<KeyedItem[]> {
    return snapshotLedgers(this.parts, topics);
  }

  /** Begins to put lost ledgers together from the object store and what was kept of them: reads all footers. */
  rebuild(kept: KeptLedgers, onProgress?: (objects: number) => void): Promise<LedgerRebuild> {
    return LedgerRebuild.open(this.parts, kept, onProgress);
  }

  /** Bytes and counts for metrics, and for the benchmark. */
  stats(): {
    pendingBytes: number;
    cacheBytes: number;
    /** Slabs of memory in use by the cache, or still held by readers. */
    cacheSlabs: number;
    pageReads: number;
    objectReads: number;
    hits: number;
    misses: number;
  } {
    const { cache, pages, loader } = this.parts;
    return {
      pendingBytes: this.#writer.pendingBytes,
      cacheBytes: cache.bytes,
      cacheSlabs: cache.slabs,
      pageReads: pages.reads,
      objectReads: loader.reads,
      hits: cache.hits,
      misses: cache.misses,
    };
  }

  /** Refuses new appends and waits for those under way. The stores stay open. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  async #slot(ref: PartitionRef): Promise<{ head: Head; slot: number; ledger: LedgerRef }> {
    const ledger = ledgerOf(ref);
    const slot = slotOf(ref);
    const head = await this.parts.heads.fresh(ledger);
    if (slot >= head.nextOffsets.length) {
      throw new LogError('partition_missing', `${ledgerPk(ledger)} has no partition ${ref.partition}.`);
    }
    return { head, slot, ledger };
  }
}

/** Opens the log over two stores. Every setting has a default made for one machine with a disk. */
export function openLog(options: {
  stores: Pick<Stores, 'objects' | 'items'>;
  clock: Clock;
  random: Random;
  settings?: Partial<LogSettings>;
}): Log {
  const { objects, items } = options.stores;
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const { clock, random } = options;
  const cache = new ChunkCache(settings.hotCacheBytes, settings.coldCacheBytes);
  const seen = {
    items,
    heads: new Heads(items, clock),
    pages: new Pages(items, clock, settings.pageCacheBytes),
    footers: new Footers(objects),
    clock,
  };
  return new Log({
    ...seen,
    objects,
    attempts: new Attempts({ objects, clock, random }),
    producers: new Producers(seen),
    loader: new ChunkLoader(objects, cache),
    cache,
    bus: new CommitBus(),
    random,
    settings,
  });
}

/** Ledgers that have heads behind the topic's last one, without a gap: as `createHeads` makes them, in their order. */
async function ledgersBeyond(items: MetaStore, { topicId, partitions, width }: TopicLayout): Promise<LedgerRef[]> {
  const found: LedgerRef[] = [];
  for (let index = Math.ceil(partitions / width); ; index++) {
    const ledger = { topicId, index };
    if (!(await items.get(headKey(ledger)))) return found;
    found.push(ledger);
  }
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < all.length; from += WORK_AT_ONCE) {
    await Promise.all(all.slice(from, from + WORK_AT_ONCE).map(work));
  }
}
