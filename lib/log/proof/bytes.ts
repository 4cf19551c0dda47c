import {
  baseOffset,
  batchHeader,
  checkBatches,
  checkRecords,
  DEFAULT_LIMITS,
  RecordError,
} from '../../record/index.ts';
import { type ObjectStore, StoreError } from '../../store/index.ts';
import { readFooter } from '../footers.ts';
import { type Commit, type LedgerRef, LogError, type Run } from '../model.ts';
import { type FooterRun, objectKey } from '../segment.ts';
import { batchesSum } from '../sums.ts';
import { transactionPart } from '../transactions/part.ts';
import type { ProblemCode } from './problem.ts';

/** Where a run begins, and where its commit does in that slot. */
interface RunAt {
  readonly first: number;
  readonly base: number;
}

/**
 * An abort marker voids what its producer wrote before it, for readers who go by the commit: it has to say so.
 * @throws LogError `log_corrupt`
 */
function requireVoid({ aborted }: Commit, { slot }: Run, producerId: number, markerAt: number): void {
  const isTold = (aborted ?? []).some(
    (one) => one.slot === slot && one.producerId === producerId && one.markerAt === markerAt,
  );
  if (isTold) return;
  throw new LogError(
    'log_corrupt',
    `it aborts a transaction of producer ${producerId}, but its commit does not say so.`,
  );
}

/** The check of the bytes that a ledger's commits name. */
export class BytesCheck {
  readonly #objects: ObjectStore;
  readonly #ledger: LedgerRef;
  readonly #width: number;
  readonly #deep: boolean;
  readonly #counts: { batches: number; records: number; bytes: number };
  readonly #report: (code: ProblemCode, message: string, object: string) => void;

  constructor(options: {
    objects: ObjectStore;
    ledger: LedgerRef;
    width: number;
    deep: boolean;
    checked: { batches: number; records: number; bytes: number };
    report: (code: ProblemCode, message: string, object: string) => void;
  }) {
    this.#objects = options.objects;
    this.#ledger = options.ledger;
    this.#width = options.width;
    this.#deep = options.deep;
    this.#counts = options.checked;
    this.#report = options.report;
  }

  /**
   * A commit's object is there, and its footer and bytes are those that the commit names. Moves `offsets` over it. Returns the
   * sums of its runs' batches; undefined where they are not known: damaged, or not looked at.
   */
  async check(
    commit: Commit,
    offsets: number[],
    where: string,
    starts: readonly number[],
  ): Promise<number[] | undefined> {
    const firsts = commit.runs.map((run) => {
      const first = offsets[run.slot] ?? 0;
      offsets[run.slot] = first + run.span;
      return first;
    });
    try {
      const footer = await readFooter(this.#objects, commit.object);
      const sums: number[] = [];
      const bases = [...offsets];
      for (const { slot, span } of commit.runs) bases[slot] = (bases[slot] ?? 0) - span;
      for (const [i, run] of commit.runs.entries()) {
        const at = { first: firsts[i]!, base: bases[run.slot]! };
        sums.push(run.lengthBytes > 0 ? await this.#checkRun(commit, run, at, footer) : 0);
      }
      return this.#deep ? sums : undefined;
    } catch (error) {
      const gone = error instanceof StoreError && error.code === 'object_missing';
      if (!gone && !(error instanceof LogError) && !(error instanceof RecordError)) throw error;
      // What lies before the log start may be gone already.
      if (gone && commit.runs.every((run) => offsets[run.slot]! <= starts[run.slot]!)) return undefined;
      const why = gone ? 'it is not there.' : error.message;
      this.#report(
        gone ? 'object_missing' : 'object_damaged',
        `${objectKey(commit.object)}, named in ${where}${this.#partitionsOf(commit, firsts)}: ${why}`,
        objectKey(commit.object),
      );
      return undefined;
    }
  }

  /** Which offsets of which partitions are concerned. */
  #partitionsOf({ runs }: Commit, firsts: readonly number[]): string {
    const told = runs.map(({ slot, span }, i) => {
      return `partition ${this.#ledger.index * this.#width + slot} from offset ${firsts[i]} to ${firsts[i]! + span - 1}`;
    });
    return told.length > 0 ? ` (${told.join('; ')})` : '';
  }

  async #checkRun(commit: Commit, run: Run, at: RunAt, footer: readonly FooterRun[]): Promise<number> {
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
    this.#counts.batches += found.batches.length;
    this.#counts.bytes += run.lengthBytes;
    return this.#deep ? this.#checkBytes(commit, run, at, partition) : 0;
  }

  async #checkBytes(commit: Commit, run: Run, { first, base: from }: RunAt, partition: number): Promise<number> {
    const to = run.position + run.lengthBytes;
    const bytes = await this.#objects.get(objectKey(commit.object), run.position, to);
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
      if (transactionPart(bytes, info.position) === 'abort') requireVoid(commit, run, info.producerId, base - from);
      this.#counts.records += batchHeader(bytes, info.position).recordCount;
      offset = base + info.offsetSpan;
    }
    const end = first + run.span;
    if (commit.absolute ? offset > end : offset !== end) {
      throw new LogError(
        'log_corrupt',
        `its batches of partition ${partition} end at offset ${offset}, the ledger says ${end}.`,
      );
    }
    return batchesSum(bytes);
  }
}
