import { newUlid, parseUlid, ulidText, ulidTimeMs } from '../../bytes/index.ts';
import { baseOffset, batchHeader, checkBatches } from '../../record/index.ts';
import { type ObjectStore, StoreError } from '../../store/index.ts';
import { patchOffsets } from '../chunks.ts';
import type { Head } from '../head.ts';
import { countRewrite } from '../head-writes.ts';
import { COALESCE_GAP_BYTES, MERGED_BYTES_MIN } from '../limits.ts';
import { encodeLineage } from '../lineage.ts';
import { type Commit, type LedgerRef, LogError, NO_TIMESTAMP, type ObjectRef, type Run } from '../model.ts';
import { maximaOf, type Page, pageItem, pageKey } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { encodeFooter, type FooterBatch, type FooterRun, objectKey } from '../segment.ts';
import { batchesSum, NO_ORDER, type PageSums, residue } from '../sums.ts';
import { joinAborted } from '../transactions/aborted.ts';
import { transactionPart } from '../transactions/part.ts';
import type { Pace } from './pace.ts';

/** Objects read at once while pages are rewritten. */
const READS_AT_ONCE = 8;

/** All that a page holds of one partition: its batches, in order, and the offsets that they take. */
export interface SlotBytes {
  slot: number;
  firstOffset: number;
  span: number;
  parts: Uint8Array[];
  maxTimestampMs: number;
}

/**
 * Reads what a page names, in memory of its own, base offsets set: per partition its batches in order. They are checked first:
 * what is damaged is not copied, as long as the objects are there that tell so.
 * @throws LogError `log_corrupt`; RecordError; StoreError
 */
export async function readPageBytes(objects: ObjectStore, page: Page, pace: Pace): Promise<SlotBytes[]> {
  const slots = new Map<number, SlotBytes>();
  const next = [...page.bases];
  for (let from = 0; from < page.commits.length; from += READS_AT_ONCE) {
    const commits = page.commits.slice(from, from + READS_AT_ONCE);
    await pace(async () => {
      const bytes = await Promise.all(commits.map((commit) => readRuns(objects, commit)));
      commits.forEach((commit, i) => {
        commit.runs.forEach((run, j) => {
          addRun(slots, run, next[run.slot]!, commit.absolute, bytes[i]![j]!);
          next[run.slot]! += run.span;
        });
      });
    });
  }
  const sorted = [...slots.values()].sort((a, b) => a.slot - b.slot);
  const { sums } = page;
  const wrong = sums?.complete ? sorted.find((slot) => slotSum(slot) !== (sums.bySlot[slot.slot] ?? 0)) : undefined;
  if (!wrong) return sorted;
  const what = `Slot ${wrong.slot} of a page, from offset ${wrong.firstOffset} on`;
  throw new LogError('log_corrupt', `${what}: its batches are not those that were appended.`);
}

/** The sum of a slot's batches. */
function slotSum({ parts }: SlotBytes): number {
  return residue(parts.reduce((sum, part) => sum + batchesSum(part), 0));
}

function addRun(slots: Map<number, SlotBytes>, run: Run, first: number, absolute: boolean, bytes: Uint8Array): void {
  checkBatches(bytes, { sparse: true, batchBytesMax: Number.MAX_SAFE_INTEGER });
  if (!absolute) patchOffsets(bytes, first);
  const { slot } = run;
  const all = slots.get(slot) ?? { slot, firstOffset: first, span: 0, parts: [], maxTimestampMs: NO_TIMESTAMP };
  slots.set(slot, all);
  all.span += run.span;
  all.maxTimestampMs = Math.max(all.maxTimestampMs, run.maxTimestampMs);
  if (bytes.length > 0) all.parts.push(bytes);
}

/** The bytes of a commit's runs; runs that lie close together come with one read. */
async function readRuns(objects: ObjectStore, commit: Commit): Promise<Uint8Array[]> {
  const found = new Map<Run, Uint8Array>();
  const sorted = commit.runs.filter((run) => run.lengthBytes > 0).sort((a, b) => a.position - b.position);
  for (let i = 0; i < sorted.length; ) {
    const from = sorted[i]!.position;
    let to = from;
    let j = i;
    for (; j < sorted.length && (j === i || sorted[j]!.position - to <= COALESCE_GAP_BYTES); j++) {
      to = sorted[j]!.position + sorted[j]!.lengthBytes;
    }
    const bytes = await objects.get(objectKey(commit.object), from, to);
    if (bytes.length < to - from)
      throw new LogError('log_corrupt', `Object ${commit.object.id} ends before byte ${to}.`);
    for (; i < j; i++) {
      const run = sorted[i]!;
      found.set(run, bytes.subarray(run.position - from, run.position - from + run.lengthBytes));
    }
  }
  return commit.runs.map((run) => found.get(run) ?? new Uint8Array(0));
}

/** A page on its way to be replaced by one that holds the same records, or the latest of them. */
interface Rewritten {
  index: number;
  page: Page;
  slots: SlotBytes[];
  tombstonesSinceMs: number;
  sums: PageSums;
}

/** An object on its way to take the place of pages. */
interface Written {
  commits: Commit[];
  object: ObjectRef;
  /** The head as it was before. */
  head: Head;
}

/**
 * Gathers rewritten pages, writes what they hold as one object, and replaces the pages one by one. Each replacement is
 * conditional on the page's version and on the collection mark, so neither another rewriter nor the collector is raced.
 */
export class PageRewriter {
  readonly #parts: LogParts;
  readonly #ledger: LedgerRef;
  readonly #width: number;
  #waiting: Rewritten[] = [];
  bytes = 0;

  constructor(parts: LogParts, ledger: LedgerRef, width: number) {
    this.#parts = parts;
    this.#ledger = ledger;
    this.#width = width;
  }

  add(index: number, page: Page, slots: SlotBytes[], tombstonesSinceMs = page.tombstonesSinceMs): void {
    const sums = sumsOf(page, slots);
    this.#waiting.push({ index, page, slots, tombstonesSinceMs, sums });
    for (const slot of slots) for (const part of slot.parts) this.bytes += part.length;
  }

  has(page: Page): boolean {
    return this.#waiting.some((waiting) => waiting.page === page);
  }

  /**
   * Writes the object and replaces the pages, lowest first; it stops at one that another has changed meanwhile. So a
   * tombstone never goes before the values that it deletes.
   */
  async flush(): Promise<{ replaced: number; complete: boolean }> {
    const pages = this.#waiting;
    this.#waiting = [];
    this.bytes = 0;
    if (pages.length === 0) return { replaced: 0, complete: true };
    const written = await this.#write(pages);
    for (const [i, rewritten] of pages.entries()) {
      const outcome = await this.#replace(rewritten, written.commits[i]!, written);
      if (outcome === 'replaced') continue;
      // Nobody can ever name it: it must not stand there as if somebody might.
      if (outcome === 'refused' && i === 0) await this.#parts.objects.delete([objectKey(written.object)]);
      return { replaced: i, complete: false };
    }
    return { replaced: pages.length, complete: true };
  }

  /** One object, partition by partition and in each page by page: what a reader wants next lies next. */
  async #write(pages: readonly Rewritten[]): Promise<Written> {
    const { objects, heads, clock, random } = this.#parts;
    const sources = sourcesOf(pages);
    // A clock that is behind must not date the object before the collection mark: no page could ever name it. Nor before
    // what it holds: once a mark has passed it, it has passed its sources too, and a rebuild need not know them any more.
    const youngestMs = Math.max(0, ...sources.map((id) => ulidTimeMs(parseUlid(id)!)));
    const head = await heads.fresh(this.#ledger);
    const timeMs = Math.max(clock.nowMs(), head.mark + 1, youngestMs);
    const id = ulidText(newUlid(timeMs, random));
    const commits = pages.map(({ page }): Commit => {
      const aborted = joinAborted(page.commits, page.bases);
      const object = { id, sizeBytes: 0 };
      return { object, appendTimeMs: page.newestAppendMs, absolute: true, runs: [], ...(aborted && { aborted }) };
    });
    const all = pages.flatMap(({ slots }, page) => slots.map((slot) => ({ slot, page })));
    all.sort((a, b) => a.slot.slot - b.slot.slot || a.page - b.page);
    const parts: Uint8Array[] = [];
    const footer: FooterRun[] = [];
    let position = 0;
    for (const { slot, page } of all) {
      const lengthBytes = slot.parts.reduce((sum, part) => sum + part.length, 0);
      const { span, maxTimestampMs } = slot;
      commits[page]!.runs.push({ slot: slot.slot, position, lengthBytes, span, maxTimestampMs });
      const partition = this.#ledger.index * this.#width + slot.slot;
      const { topicId } = this.#ledger;
      // A stretch of which nothing is left has offsets, but no bytes to describe.
      if (lengthBytes === 0) continue;
      footer.push({ topicId, width: this.#width, partition, position, lengthBytes, batches: describe(slot) });
      for (const part of slot.parts) parts.push(part);
      position += lengthBytes;
    }
    const after = pages.map((rewritten, i) => ({ index: rewritten.index, page: replacement(rewritten, commits[i]!) }));
    const trailer = encodeFooter(footer, encodeLineage({ ledger: this.#ledger, pages: after, sources }));
    const padding = Math.max(0, MERGED_BYTES_MIN - position - trailer.length);
    parts.push(new Uint8Array(padding), trailer);
    const object = { id, sizeBytes: position + padding + trailer.length };
    for (const commit of commits) commit.object = object;
    await objects.put(objectKey(object), parts);
    return { commits, object, head };
  }

  async #replace(rewritten: Rewritten, commit: Commit, written: Written): Promise<'replaced' | 'refused' | 'unknown'> {
    const { items, pages } = this.#parts;
    const { index, page: before } = rewritten;
    const page = replacement(rewritten, commit);
    const timeMs = ulidTimeMs(parseUlid(written.object.id)!);
    try {
      const answer = await items.transact([
        countRewrite(this.#ledger, written.head, index, timeMs),
        {
          write: 'put',
          key: pageKey(this.#ledger, index),
          item: pageItem(page),
          when: { if: 'is', path: ['v'], value: before.version },
        },
      ]);
      if (answer.applied) pages.set(this.#ledger, index, page);
      else pages.drop(this.#ledger, index);
      return answer.applied ? 'replaced' : 'refused';
    } catch (error) {
      // Whether or not it took effect, the page holds the same records: the next round sees which it is.
      pages.drop(this.#ledger, index);
      if (error instanceof StoreError && (error.code === 'store_unknown' || error.code === 'store_unavailable'))
        return 'unknown';
      throw error;
    }
  }
}

/** The page that takes the place of the one that was rewritten. */
function replacement({ page: before, tombstonesSinceMs, sums }: Rewritten, commit: Commit): Page {
  const own = maximaOf([commit], before.bases.length);
  const maxima = before.maxima.map((level, i) => (i === 0 ? own : level));
  return { ...before, version: before.version + 1, tombstonesSinceMs, maxima, commits: [commit], sums };
}

/** The sums of a page that holds these batches. */
function sumsOf(page: Page, slots: readonly SlotBytes[]): PageSums {
  const bySlot = new Array<number>(page.bases.length).fill(0);
  for (const slot of slots) bySlot[slot.slot] = slotSum(slot);
  return { bySlot, complete: true, order: page.sums?.order ?? NO_ORDER };
}

/** Objects as first written whose events the pages hold. */
function sourcesOf(pages: readonly Rewritten[]): string[] {
  const commits = pages.flatMap(({ page }) => page.commits);
  return [...new Set(commits.filter(({ absolute }) => !absolute).map(({ object }) => object.id))];
}

/** What the footer says of batches that hold their base offsets: each one's span reaches from the end of the one before. */
function describe(slot: SlotBytes): FooterBatch[] {
  const batches: FooterBatch[] = [];
  let end = slot.firstOffset;
  for (const part of slot.parts) {
    for (let at = 0; at < part.length; ) {
      const header = batchHeader(part, at);
      const next = baseOffset(part, at) + header.offsetSpan;
      batches.push({ ...header, span: next - end, part: transactionPart(part, at) });
      end = next;
      at += header.lengthBytes;
    }
  }
  return batches;
}
