import {
  baseOffset,
  batchHeader,
  checkBatches,
  checkRecords,
  DEFAULT_LIMITS,
  RecordError,
} from '../../record/index.ts';
import { eachObject, StoreError } from '../../store/index.ts';
import { spansOf } from '../commit.ts';
import { readFooter } from '../footers.ts';
import { type Head, headKey, parseHead, tailBases } from '../head.ts';
import { type Commit, type LedgerRef, LogError, ledgerName, ledgersOf, type Run, type TopicLayout } from '../model.ts';
import { type Page, pageEnds } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { type FooterRun, OBJECT_PREFIX, objectKey, parseObjectKey } from '../segment.ts';
import { walkPages } from './names.ts';

/** One thing that is not as it must be. */
export interface Problem {
  /** `ledger`: its order is broken. `object`: bytes are missing or changed. */
  kind: 'ledger' | 'object';
  /** The ledger, by topic id and index. */
  ledger: string;
  message: string;
}

export interface VerifyReport {
  problems: Problem[];
  ledgers: number;
  pages: number;
  commits: number;
  objects: number;
  batches: number;
  records: number;
  bytes: number;
  /** Objects that no ledger names: the collector takes them in time. */
  unnamedObjects: number;
}

export interface VerifyOptions {
  /** Reads every byte and checks every CRC; else only ledgers and footers. True unless given. */
  deep?: boolean;
  onProgress?: (done: { ledgers: number; ofLedgers: number; report: Readonly<VerifyReport> }) => void;
}

/**
 * Walks all of the log and proves what it must hold: pages follow each other without a hole, offsets are dense and add
 * up to the head, every named byte range is there and is what its footer and its CRC say. Reads only. While others write,
 * each ledger is judged as of one moment.
 */
export async function verify(
  parts: LogParts,
  topics: readonly TopicLayout[],
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const report: VerifyReport = {
    problems: [],
    ledgers: 0,
    pages: 0,
    commits: 0,
    objects: 0,
    batches: 0,
    records: 0,
    bytes: 0,
    unnamedObjects: 0,
  };
  const named = new Set<string>();
  const all = topics.flatMap((layout) => ledgersOf(layout).map((one) => ({ ...one, width: layout.width })));
  for (const { ledger, slots, width } of all) {
    await new LedgerCheck(parts, ledger, width, report, named, options.deep ?? true).run(slots);
    report.ledgers++;
    options.onProgress?.({ ledgers: report.ledgers, ofLedgers: all.length, report });
  }
  report.objects = named.size;
  report.unnamedObjects = await countUnnamed(parts, named);
  return report;
}

async function countUnnamed(parts: LogParts, named: ReadonlySet<string>): Promise<number> {
  let unnamed = 0;
  for await (const { key } of eachObject(parts.objects, OBJECT_PREFIX)) {
    if (!named.has(parseObjectKey(key)?.id ?? '')) unnamed++;
  }
  return unnamed;
}

/** The check of one ledger. */
class LedgerCheck {
  readonly #parts: LogParts;
  readonly #ledger: LedgerRef;
  readonly #width: number;
  readonly #report: VerifyReport;
  readonly #named: Set<string>;
  readonly #deep: boolean;

  constructor(
    parts: LogParts,
    ledger: LedgerRef,
    width: number,
    report: VerifyReport,
    named: Set<string>,
    deep: boolean,
  ) {
    this.#parts = parts;
    this.#ledger = ledger;
    this.#width = width;
    this.#report = report;
    this.#named = named;
    this.#deep = deep;
  }

  async run(slots: number): Promise<void> {
    const item = await this.#parts.items.get(headKey(this.#ledger));
    if (!item) return this.#problem('ledger', 'It has no head.');
    let head: Head;
    try {
      head = parseHead(item);
      if (head.nextOffsets.length < slots) {
        this.#problem('ledger', `Its head has ${head.nextOffsets.length} partitions; the topic gives it ${slots}.`);
      }
      const ends = await this.#checkPages(head);
      await this.#checkTail(head, ends);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#problem('ledger', error.message);
    }
  }

  /** Pages are there from the first kept one on, each beginning where the one before ended. Returns where they end. */
  async #checkPages(head: Head): Promise<number[] | undefined> {
    let expected = head.firstPage;
    let ends: number[] | undefined;
    for await (const { index, page } of walkPages(this.#parts.items, this.#ledger)) {
      if (index < head.firstPage || index >= head.pages) continue;
      if (index !== expected) {
        this.#problem('ledger', `Pages ${expected} to ${index - 1} are missing.`);
        ends = undefined;
      }
      this.#checkBases(page, index, ends);
      ends = pageEnds(page);
      this.#report.pages++;
      const offsets = [...page.bases];
      for (const commit of page.commits) await this.#checkCommit(commit, offsets, `page ${index}`, head.logStarts);
      expected = index + 1;
    }
    if (expected < head.pages) {
      this.#problem('ledger', `Pages ${expected} to ${head.pages - 1} are missing.`);
      return undefined;
    }
    return ends;
  }

  #checkBases(page: Page, index: number, before: readonly number[] | undefined): void {
    before?.forEach((end, slot) => {
      const base = page.bases[slot] ?? 0;
      if (base === end) return;
      this.#problem(
        'ledger',
        `Page ${index} begins partition slot ${slot} at offset ${base}; the page before ends at ${end}.`,
      );
    });
  }

  async #checkTail(head: Head, ends: readonly number[] | undefined): Promise<void> {
    const bases = tailBases(head);
    const spans = spansOf(head.tail, bases.length);
    bases.forEach((base, slot) => {
      const end = ends?.[slot] ?? (head.pages === 0 ? 0 : undefined);
      if (end !== undefined && base !== end) {
        const counted = `${head.nextOffsets[slot]} less the ${spans[slot]} of its tail`;
        this.#problem('ledger', `Slot ${slot}: pages end at offset ${end}, but the head has ${counted}.`);
      }
      if (head.logStarts[slot]! > head.nextOffsets[slot]!) {
        this.#problem(
          'ledger',
          `Slot ${slot}: the log starts at ${head.logStarts[slot]}, after its end, ${head.nextOffsets[slot]}.`,
        );
      }
    });
    const offsets = [...bases];
    for (const commit of head.tail) await this.#checkCommit(commit, offsets, 'the tail', head.logStarts);
  }

  /** A commit's object is there, and its footer and bytes are those that the commit names. Moves `offsets` over it. */
  async #checkCommit(commit: Commit, offsets: number[], where: string, starts: readonly number[]): Promise<void> {
    this.#report.commits++;
    this.#named.add(commit.object.id);
    const firsts = commit.runs.map((run) => {
      const first = offsets[run.slot] ?? 0;
      offsets[run.slot] = first + run.span;
      return first;
    });
    try {
      const footer = await readFooter(this.#parts.objects, commit.object);
      for (const [i, run] of commit.runs.entries()) {
        if (run.lengthBytes > 0) await this.#checkRun(commit, run, firsts[i]!, footer);
      }
    } catch (error) {
      const gone = error instanceof StoreError && error.code === 'object_missing';
      if (!gone && !(error instanceof LogError) && !(error instanceof RecordError)) throw error;
      // What lies before the log start may be gone already.
      if (gone && commit.runs.every((run) => offsets[run.slot]! <= starts[run.slot]!)) return;
      this.#problem(
        'object',
        `${objectKey(commit.object)}, named in ${where}: ${gone ? 'it is not there.' : error.message}`,
      );
    }
  }

  async #checkRun(commit: Commit, run: Run, first: number, footer: readonly FooterRun[]): Promise<void> {
    const partition = this.#ledger.index * this.#width + run.slot;
    const found = footer.find(
      (one) => one.position === run.position && one.partition === partition && one.topicId === this.#ledger.topicId,
    );
    if (!found || found.lengthBytes !== run.lengthBytes) {
      throw new LogError(
        'log_corrupt',
        `its footer does not have the run at byte ${run.position} of partition ${partition}.`,
      );
    }
    this.#report.batches += found.batches.length;
    this.#report.bytes += run.lengthBytes;
    if (this.#deep) await this.#checkBytes(commit, run, first, partition);
  }

  async #checkBytes(commit: Commit, run: Run, first: number, partition: number): Promise<void> {
    const to = run.position + run.lengthBytes;
    const bytes = await this.#parts.objects.get(objectKey(commit.object), run.position, to);
    if (bytes.length < run.lengthBytes) throw new LogError('log_corrupt', `it ends before byte ${to}.`);
    let offset = first;
    for (const info of checkBatches(bytes, { sparse: true, batchBytesMax: Number.MAX_SAFE_INTEGER })) {
      const base = commit.absolute ? baseOffset(bytes, info.position) : offset;
      if (base < offset) {
        throw new LogError(
          'log_corrupt',
          `a batch of partition ${partition} has offset ${base}, but ${offset} is due.`,
        );
      }
      checkRecords(bytes, { at: info.position, decompressedBytesMax: DEFAULT_LIMITS.decompressedBytesMax });
      this.#report.records += batchHeader(bytes, info.position).recordCount;
      offset = base + info.offsetSpan;
    }
    const end = first + run.span;
    if (commit.absolute ? offset > end : offset !== end) {
      throw new LogError(
        'log_corrupt',
        `its batches of partition ${partition} end at offset ${offset}, the ledger says ${end}.`,
      );
    }
  }

  #problem(kind: Problem['kind'], message: string): void {
    this.#report.problems.push({ kind, ledger: ledgerName(this.#ledger), message });
  }
}
