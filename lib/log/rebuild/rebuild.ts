import { newUlid, ulidText } from '../../bytes/index.ts';
import { type KeyedItem, StoreError } from '../../store/index.ts';
import { type Head, headItem, headKey, parseHead } from '../head.ts';
import type { NumberedPage } from '../lineage.ts';
import { type LedgerRef, ledgerName, ledgerOf, ledgersOf, type ObjectRef, type TopicLayout } from '../model.ts';
import { ledgerPk, pageItem, pageKey } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { encodeFooter, objectKey } from '../segment.ts';
import { type Assembled, assemble } from './assemble.ts';
import { pagesAmong, readCopies } from './copies.ts';
import { type Survey, surveyObjects } from './survey.ts';
import type { KnownTransaction, KnownTransactions } from './transactions.ts';

/** Pages written at once. */
const WRITES_AT_ONCE = 16;

/** What of the ledgers is known beside the objects, as `snapshotLedgers` kept it. */
export interface KeptLedgers {
  /** Heads and pages of the newest catalog. */
  readonly newest: readonly KeyedItem[];
  /** Those of the catalogs before. */
  readonly before: readonly KeyedItem[];
}

/** A topic as its events show it. */
export interface TopicTrace extends TopicLayout {
  /** Objects that hold something of it. */
  readonly objects: number;
}

/** What was put together again. Offsets are those of all partitions together; a compacted topic has fewer events. */
export interface RebuildReport {
  ledgers: number;
  objects: number;
  /** Offsets whose events stand where they stood. */
  exact: number;
  /** Offsets given anew, by the time of the objects, to what was appended after the newest catalog and is not merged. */
  reassigned: number;
  /** Offsets whose events are gone: they were in the lost items alone, or are damaged. */
  lost: number;
  /** Objects' shares that are no news: merged already, released by retention, or never committed. */
  ignored: number;
  /** Keys of damaged objects. */
  unreadable: string[];
}

/**
 * Puts lost ledgers together from what the object store has. Nothing may write meanwhile: topics are the caller's, and come
 * after their ledgers. May be repeated after it was cut short: a ledger that has a head is done.
 */
export class LedgerRebuild {
  readonly report: RebuildReport;
  readonly #parts: LogParts;
  readonly #newest: ReadonlyMap<string, readonly KeyedItem[]>;
  readonly #before: ReadonlyMap<string, readonly KeyedItem[]>;
  readonly #survey: Survey;
  readonly #copies: ReadonlyMap<string, readonly NumberedPage[]>;

  private constructor(
    parts: LogParts,
    kept: KeptLedgers,
    survey: Survey,
    copies: ReadonlyMap<string, readonly NumberedPage[]>,
    unreadable: readonly string[],
  ) {
    this.#parts = parts;
    this.#newest = Map.groupBy(kept.newest, ({ key }) => key.pk);
    this.#before = Map.groupBy(kept.before, ({ key }) => key.pk);
    this.#survey = survey;
    this.#copies = copies;
    const counts = { exact: 0, reassigned: 0, lost: 0, ignored: 0 };
    this.report = { ledgers: 0, objects: survey.objects.size, ...counts, unreadable: [...unreadable] };
  }

  /** Reads all footers. @throws StoreError */
  static async open(
    parts: LogParts,
    kept: KeptLedgers,
    onProgress?: (objects: number) => void,
  ): Promise<LedgerRebuild> {
    const survey = await surveyObjects(parts.objects, onProgress);
    const unreadable = [...survey.unreadable];
    const copies = await readCopies(parts.objects, (key, error) => {
      if (!(error instanceof StoreError) || error.code !== 'store_corrupt') throw error;
      unreadable.push(key);
    });
    return new LedgerRebuild(parts, kept, survey, copies, unreadable);
  }

  /** All topics of which there are events, with the partitions that these show. */
  topics(): TopicTrace[] {
    const found = new Map<string, { topicId: string; partitions: number; width: number; objects: number }>();
    for (const { ledger, width, slots, fresh, merged } of this.#survey.ledgers.values()) {
      const { topicId } = ledger;
      const one = found.get(topicId) ?? { topicId, partitions: 0, width, objects: 0 };
      one.width = Math.max(one.width, width);
      if (slots > 0) one.partitions = Math.max(one.partitions, ledger.index * width + slots);
      one.objects += fresh.size + merged.length;
      found.set(topicId, one);
    }
    return [...found.values()].filter(({ partitions }) => partitions > 0);
  }

  /** Writes the ledgers of a topic. */
  async write(layout: TopicLayout): Promise<void> {
    for (const { ledger, slots } of ledgersOf(layout)) await this.writeLedger(ledger, slots);
  }

  /**
   * Writes one ledger, unless it has a head.
   * @param transactions those that are still known, which go on; others that have not ended are aborted, if these are all
   */
  async writeLedger(
    ledger: LedgerRef,
    slots: number,
    transactions: KnownTransactions = { known: [], areAll: true, producers: new Set() },
  ): Promise<Pick<Assembled, 'goOn' | 'aborted' | 'left'>> {
    const { items, objects } = this.#parts;
    const empty = this.#emptyObject();
    const assembled = this.#assemble(ledger, slots, transactions, empty.object);
    this.#count(assembled);
    if (await items.get(headKey(ledger))) return assembled;
    if (assembled.usesEmpty) await objects.put(objectKey(empty.object), [empty.bytes]);
    const { pages, head } = assembled;
    for (let from = 0; from < pages.length; from += WRITES_AT_ONCE) {
      const some = pages.slice(from, from + WRITES_AT_ONCE);
      const writes = some.map(({ index, page }) =>
        items.write({ write: 'put', key: pageKey(ledger, index), item: pageItem(page) }),
      );
      await Promise.all(writes);
    }
    await items.write({ write: 'put', key: headKey(ledger), item: headItem(head), when: { if: 'itemAbsent' } });
    return assembled;
  }

  #assemble(ledger: LedgerRef, slots: number, transactions: KnownTransactions, empty: ObjectRef): Assembled {
    const { clock } = this.#parts;
    const newest = this.#newest.get(ledgerPk(ledger)) ?? [];
    const before = this.#before.get(ledgerPk(ledger)) ?? [];
    const name = ledgerName(ledger);
    const survey = this.#survey.ledgers.get(name);
    const all = Math.max(slots, survey?.slots ?? 0);
    return assemble({
      slots: all,
      survey,
      head: headsAmong(newest, ledger).at(-1),
      open: pagesAmong(newest, ledger),
      copies: this.#copies.get(name) ?? [],
      namedBefore: namesAmong(before, ledger),
      transactions: { ...transactions, known: transactions.known.flatMap((one) => within(one, ledger)) },
      exists: (id) => this.#survey.objects.has(id),
      empty,
      markMs: Math.max(clock.nowMs(), this.#survey.newestMs),
    });
  }

  #count({ exact, reassigned, lost, ignored }: Assembled): void {
    this.report.ledgers++;
    this.report.exact += exact;
    this.report.reassigned += reassigned;
    this.report.lost += lost;
    this.report.ignored += ignored;
  }

  #emptyObject(): { object: ObjectRef; bytes: Uint8Array } {
    const bytes = encodeFooter([]);
    const id = ulidText(newUlid(this.#parts.clock.nowMs(), this.#parts.random));
    return { object: { id, sizeBytes: bytes.length }, bytes };
  }
}

function headsAmong(items: readonly KeyedItem[], ledger: LedgerRef): Head[] {
  const { sk } = headKey(ledger);
  return items.filter(({ key }) => key.sk === sk).map(({ item }) => parseHead(item));
}

/** A transaction as one ledger has it; none where it has nothing of it. */
function within(transaction: KnownTransaction, ledger: LedgerRef): KnownTransaction[] {
  const name = ledgerName(ledger);
  const partitions = transaction.partitions.filter((one) => ledgerName(ledgerOf(one)) === name);
  return partitions.length > 0 ? [{ ...transaction, partitions }] : [];
}

/** The objects that a ledger's pages and tails name. */
function namesAmong(items: readonly KeyedItem[], ledger: LedgerRef): Set<string> {
  const tails = headsAmong(items, ledger).map(({ tail }) => tail);
  const pages = pagesAmong(items, ledger).map(({ page }) => page.commits);
  return new Set([...tails, ...pages].flat().map(({ object }) => object.id));
}
