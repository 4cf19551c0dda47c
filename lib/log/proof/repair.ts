import { MillraceError } from '../../bytes/index.ts';
import { type Condition, eachItem, type Item, type KeyedItem } from '../../store/index.ts';
import { spansOf } from '../commit.ts';
import { type Head, headKey, parseHead, tailBases } from '../head.ts';
import { nextOffsetIs } from '../head-writes.ts';
import { type LedgerRef, LogError, ledgerName, ledgersOf, NO_TIMESTAMP, type TopicLayout } from '../model.ts';
import {
  ledgerPk,
  maximaOf,
  PAGE_PREFIX,
  type Page,
  pageBytes,
  pageEnds,
  pageIndex,
  pageItem,
  pageKey,
  parsePage,
} from '../page.ts';
import type { LogParts } from '../parts.ts';
import { type KeptLedgers, LedgerRebuild } from '../rebuild/rebuild.ts';
import { followTransactions, type KnownTransactions } from '../rebuild/transactions.ts';
import { orderAfter, sameOrder } from '../sums.ts';
import { encodeDecisionRef } from '../transactions/decision.ts';
import { decidedByAttribute, isOpen, type OpenPartition, transactionName } from '../transactions/open.ts';
import { Evidence, pageOf } from './evidence.ts';

/** One thing that was put right. */
export interface Repaired {
  /** The ledger, by topic id and index; or else what could not be gone by. */
  readonly ledger: string;
  /** What was done, and what it rests on. */
  readonly message: string;
}

/** A page's item as it is stored; `page` undefined where it is damaged. */
interface Stored {
  readonly item: Item;
  readonly page: Page | undefined;
}

/**
 * Puts back what can be proved: heads that are gone; pages that are gone, damaged, or older than they were; next offsets
 * that are not what pages and tail add up to. What proves it: merged objects' lineage, copies of pages, catalogs, and the pages
 * on both sides, between which a page has to fit. Everything else stays as it is, for `verify` to report. Nothing else may
 * write meanwhile.
 *
 * @param transactions those that have not ended, as their own items have them: they go on in heads that are put back. Where
 * an item cannot be read, what no other knows stays open there
 *
 * Units: a read of every footer, and of every page.
 */
export async function repair(
  parts: LogParts,
  topics: readonly TopicLayout[],
  kept: KeptLedgers,
  transactions: KnownTransactions,
): Promise<Repaired[]> {
  const done: Repaired[] = [];
  const evidence = await Evidence.gather(parts, kept);
  for (const { ledger, slots } of topics.flatMap(ledgersOf)) {
    const report = (message: string) => done.push({ ledger: ledgerName(ledger), message });
    await new LedgerRepair(parts, ledger, evidence, report).run(slots, kept, transactions);
    parts.heads.drop(ledger);
    parts.pages.dropLedger(ledger);
  }
  return done;
}

class LedgerRepair {
  readonly #parts: LogParts;
  readonly #ledger: LedgerRef;
  readonly #evidence: Evidence;
  readonly #report: (message: string) => void;

  constructor(parts: LogParts, ledger: LedgerRef, evidence: Evidence, report: (message: string) => void) {
    this.#parts = parts;
    this.#ledger = ledger;
    this.#evidence = evidence;
    this.#report = report;
  }

  async run(slots: number, kept: KeptLedgers, transactions: KnownTransactions): Promise<void> {
    const item = await this.#parts.items.get(headKey(this.#ledger));
    const stored = await this.#storedPages();
    if (!item) return this.#restoreHead(slots, stored, kept, transactions);
    let head: Head;
    try {
      head = parseHead(item);
    } catch (error) {
      if (!(error instanceof MillraceError || error instanceof TypeError || error instanceof RangeError)) throw error;
      return;
    }
    await this.#restorePages(head, stored);
    await this.#restoreNewest(head, stored);
    await this.#restoreOffsets(head, stored);
    await this.#restoreDecisions(head, transactions);
  }

  async #storedPages(): Promise<Map<number, Stored>> {
    const stored = new Map<number, Stored>();
    for await (const { sk, item } of eachItem(this.#parts.items, ledgerPk(this.#ledger), PAGE_PREFIX)) {
      stored.set(pageIndex(sk), { item, page: soundPage(item, sk) });
    }
    return stored;
  }

  /** A head from the pages that are there and what else a rebuild goes by; its tail, of which only objects tell, becomes pages. */
  async #restoreHead(
    slots: number,
    stored: ReadonlyMap<number, Stored>,
    kept: KeptLedgers,
    transactions: KnownTransactions,
  ): Promise<void> {
    const pages = [...stored].flatMap(([index, { item, page }]): KeyedItem[] => {
      return page ? [{ key: pageKey(this.#ledger, index), item }] : [];
    });
    const rebuild = await LedgerRebuild.open(this.#parts, { newest: [...pages, ...kept.newest], before: kept.before });
    const { goOn, aborted, left } = await rebuild.writeLedger(this.#ledger, slots, transactions);
    const { exact, reassigned, lost } = rebuild.report;
    const told = `${exact} ${exact === 1 ? 'offset' : 'offsets'} as pages and objects prove them, ${reassigned} after them by the time of their objects`;
    this.#report(`Its head was put together anew: ${told}, ${lost} without events.`);
    for (const name of goOn) this.#report(`The transaction of "${name}" is open in it again, as its own item says.`);
    if (aborted > 0)
      this.#report(
        `Transactions of which nothing is known any more were aborted in it, in ${aborted} ${aborted === 1 ? 'partition' : 'partitions'}.`,
      );
    if (left.length > 0) this.#report(stayOpen(left));
  }

  /** Where transactions are decided whose items could not be read when the head was put back: their markers wait for that. */
  async #restoreDecisions({ open }: Head, { known }: KnownTransactions): Promise<void> {
    for (const { name, decision, ...transaction } of known) {
      const partition = open.partitions.find((one) => transactionName(one) === transactionName(transaction));
      if (!decision?.decided || !partition || open.decidedBy.has(transactionName(transaction))) continue;
      const path = [decidedByAttribute(transaction)] as const;
      const actions = [{ do: 'set', path, to: encodeDecisionRef(decision) }] as const;
      const when = isOpen(transaction, partition.slot);
      const { applied } = await this.#parts.items.write({ write: 'update', key: headKey(this.#ledger), actions, when });
      if (applied) this.#report(`The transaction of "${name}" ends in it as was decided, which its own item says.`);
    }
  }

  /** Pages that are missing or damaged. */
  async #restorePages(head: Head, stored: Map<number, Stored>): Promise<void> {
    const gone: number[] = [];
    for (let index = head.firstPage; index < head.pages; index++) if (!stored.get(index)?.page) gone.push(index);
    for (const index of gone) {
      const bounds = boundsOf(head, stored, index);
      const found = this.#proven(index, bounds) ?? this.#between(head, stored, index, bounds);
      if (!found) continue;
      const { page, by } = found;
      // Where only this one is gone, the count of rewrites tells which version it was.
      const others = versionsOf(head, stored);
      const counted = gone.length === 1 && head.rewrites !== undefined ? head.rewrites - others : 0;
      const version = Math.max(page.version, counted);
      await this.#put(head, stored, index, { ...page, version }, `it was gone or damaged; ${by}`);
    }
  }

  /** The newest version of a page that fits where it belongs. */
  #proven(index: number, bounds: Bounds): { page: Page; by: string } | undefined {
    const fitting = this.#evidence
      .pages(this.#ledger)
      .filter((one) => one.index === index && fits(one.page, bounds))
      .sort((a, b) => b.page.version - a.page.version);
    const page = fitting[0]?.page;
    return page && { page, by: 'a merged object, a copy or a catalog has it as it was' };
  }

  /** A page of objects that nothing names, where they fill just what is missing between the pages on both sides. */
  #between(
    head: Head,
    stored: ReadonlyMap<number, Stored>,
    index: number,
    { bases, ends }: Bounds,
  ): { page: Page; by: string } | undefined {
    if (!bases || !ends) return undefined;
    const named = new Set(head.tail.map(({ object }) => object.id));
    for (const { page } of stored.values()) for (const { object } of page?.commits ?? []) named.add(object.id);
    const after = stored.get(index + 1)?.page?.commits ?? head.tail;
    const untilMs = Math.max(...after.map(({ appendTimeMs }) => appendTimeMs), Number.NEGATIVE_INFINITY);
    const sinceMs = (stored.get(index - 1)?.page?.newestAppendMs ?? 0) - this.#parts.settings.staleObjectMs;
    const inTime = ({ appendTimeMs }: { appendTimeMs: number }) => appendTimeMs >= sinceMs && appendTimeMs <= untilMs;
    const shares = this.#evidence.unnamed(this.#ledger, named).filter(({ commit }) => inTime(commit));
    const begins = ends.map((_, slot) => bases[slot] ?? 0);
    // What was open before is told by that page; what was aborted in this one, by its markers alone.
    const before = { open: stored.get(index - 1)?.page?.open ?? [], ends: begins };
    const { commits, open } = followTransactions(shares, before);
    const page: Page = {
      ...pageOf(
        commits.map(({ commit }) => commit),
        begins,
      ),
      ...(open.length > 0 && { open }),
    };
    if (commits.length === 0 || !fits(page, { bases, ends })) return undefined;
    return { page, by: 'the objects that nothing else names fill it exactly, in the order of their times' };
  }

  /** Pages that older versions of themselves have taken the place of: the versions have to add up to the rewrites. */
  async #restoreNewest(head: Head, stored: Map<number, Stored>): Promise<void> {
    const { rewrites } = head;
    const missing = rewrites === undefined ? 0 : rewrites - versionsOf(head, stored);
    if (missing <= 0) return;
    const newer = new Map<number, Page>();
    for (const { index, page } of this.#evidence.pages(this.#ledger)) {
      const own = stored.get(index)?.page;
      const isNewer = own && page.version > (newer.get(index)?.version ?? own.version);
      if (isNewer && fits(page, { bases: own.bases, ends: pageEnds(own) })) newer.set(index, page);
    }
    const gain = (index: number) => newer.get(index)!.version - stored.get(index)!.page!.version;
    const all = [...newer.keys()];
    const total = all.reduce((sum, index) => sum + gain(index), 0);
    const single = all.filter((index) => gain(index) === missing);
    const chosen = total === missing ? all : single.length === 1 ? single : [];
    for (const index of chosen) {
      const why = 'an older version of it stood there; the object that was written for this one proves it';
      await this.#put(head, stored, index, newer.get(index)!, why);
    }
  }

  async #put(head: Head, stored: Map<number, Stored>, index: number, found: Page, why: string): Promise<void> {
    const before = stored.get(index);
    const page = found.maxima.length > 0 ? found : withCounts(found, index, stored);
    const item = pageItem(page);
    const when: Condition = before ? { if: 'is', path: ['d'], value: before.item.d ?? null } : { if: 'itemAbsent' };
    const { applied } = await this.#parts.items.write({ write: 'put', key: pageKey(this.#ledger, index), item, when });
    if (!applied) return;
    stored.set(index, { item, page });
    this.#report(`Page ${index} of ${head.pages} was put back: ${why}.`);
  }

  /** Next offsets, where the tail is proved to be what was appended, and they are not what pages and tail add up to. */
  async #restoreOffsets(head: Head, stored: ReadonlyMap<number, Stored>): Promise<void> {
    const last =
      head.pages > 0
        ? stored.get(head.pages - 1)?.page
        : pageOf(
            [],
            head.nextOffsets.map(() => 0),
          );
    const order = head.pages > 0 ? last?.sums?.order : { first: 0, second: 0 };
    if (!last || !order || !sameOrder(orderAfter(order, head.tail), head.order)) return;
    const spans = spansOf(head.tail, head.nextOffsets.length);
    const ends = pageEnds(last);
    for (const [slot, next] of head.nextOffsets.entries()) {
      const due = (ends[slot] ?? 0) + spans[slot]!;
      if (next === due) continue;
      const path = ['n', `p${slot}`] as const;
      const actions = [{ do: 'set', path, to: due } as const];
      const key = headKey(this.#ledger);
      await this.#parts.items.write({ write: 'update', key, actions, when: nextOffsetIs(slot, next) });
      this.#report(`Slot ${slot}: its next offset, ${next}, is ${due} again, to which pages and tail add up.`);
    }
  }
}

function stayOpen(left: readonly OpenPartition[]): string {
  const producers = new Set(left.map(({ producerId, epoch }) => `${producerId} (epoch ${epoch})`));
  return `Transactions of producers ${[...producers].join(', ')} stay open in it: they may be of an item that cannot be read.`;
}

/** What a page has to begin and end with; undefined where nothing beside it tells. */
interface Bounds {
  readonly bases: readonly number[] | undefined;
  readonly ends: readonly number[] | undefined;
}

function boundsOf(head: Head, stored: ReadonlyMap<number, Stored>, index: number): Bounds {
  const before = stored.get(index - 1)?.page;
  const bases = index === 0 ? head.nextOffsets.map(() => 0) : before && pageEnds(before);
  const ends = index === head.pages - 1 ? tailBases(head) : stored.get(index + 1)?.page?.bases;
  return { bases, ends };
}

function fits(page: Page, { bases, ends }: Bounds): boolean {
  const same = (due: readonly number[] | undefined, own: readonly number[]) =>
    due?.every((offset, slot) => offset === (own[slot] ?? 0)) ?? true;
  return same(bases, page.bases) && same(ends, pageEnds(page));
}

function versionsOf(head: Head, stored: ReadonlyMap<number, Stored>): number {
  let versions = 0;
  for (let index = head.firstPage; index < head.pages; index++) versions += stored.get(index)?.page?.version ?? 0;
  return versions;
}

/** A page that was put together from commits, with what it has to say of the pages before it. */
function withCounts(page: Page, index: number, stored: ReadonlyMap<number, Stored>): Page {
  const before = stored.get(index - 1)?.page;
  const slots = page.bases.length;
  const bytes = before ? pageBytes(before) : [];
  const bytesBefore = page.bases.map((_, slot) => (before?.bytesBefore[slot] ?? 0) + (bytes[slot] ?? 0));
  const maxima = [maximaOf(page.commits, slots)];
  for (let level = 1; (index + 1) % 2 ** level === 0; level++) {
    const half = stored.get(index - 2 ** (level - 1))?.page?.maxima[level - 1];
    maxima.push(maxima[level - 1]!.map((max, slot) => Math.max(max, half?.[slot] ?? NO_TIMESTAMP)));
  }
  return { ...page, bytesBefore, maxima };
}

function soundPage(item: Item, name: string): Page | undefined {
  try {
    return parsePage(item, name);
  } catch (error) {
    if (error instanceof LogError || error instanceof RangeError) return undefined;
    throw error;
  }
}
