import { type MillraceError, ulidText, ulidTimeMs } from '../bytes/index.ts';
import {
  type Append,
  type Appended,
  type Commit,
  type LedgerRef,
  ledgerName,
  ledgerOf,
  NO_TIMESTAMP,
  type ObjectRef,
  type Run,
  slotOf,
} from './model.ts';
import { isNamed } from './producers/producers.ts';
import { encodeFooter, type FooterRun } from './segment.ts';
import { batchesSum, residue } from './sums.ts';
import { transactionPart } from './transactions/part.ts';

/** One append on its way into an object. */
export interface Slice {
  append: Append;
  /** Offsets that it takes. */
  span: number;
  /** Set once its ledger has taken it. */
  appended: Appended | undefined;
  /** Set where it is not to be stored, though others of its ledger may be. */
  failure?: MillraceError;
  /** The slice of the same flush that it repeats: it gets that one's offsets. */
  sameAs?: Slice;
}

/** What one ledger gets of a flush: one commit. */
export interface LedgerShare {
  ledger: LedgerRef;
  slices: Slice[];
  /** By slot, in the order of the commit's runs, which is that of `slices`. */
  runs: Run[];
}

/** A segment object ready to be written. */
export interface Segment {
  object: ObjectRef;
  /** The moment in its id: what the ledgers' collection marks are held against. */
  timeMs: number;
  parts: Uint8Array[];
  shares: LedgerShare[];
  /** What the footer tells. */
  footer: FooterRun[];
}

/**
 * Lays slices out as one object: runs sorted by topic and partition, in each the slices in the order given, then the
 * footer. No batch is copied: the parts are the callers' own bytes.
 */
export function layOut(slices: readonly Slice[], ulid: Uint8Array): Segment {
  const sorted = [...slices].sort(byPartition);
  const parts: Uint8Array[] = [];
  const footer: FooterRun[] = [];
  const shares = new Map<string, LedgerShare>();
  let position = 0;
  let before: Slice | undefined;
  for (const slice of sorted) {
    const { to, batches } = slice.append;
    const ledger = ledgerOf(to);
    const name = ledgerName(ledger);
    let share = shares.get(name);
    if (!share) {
      share = { ledger, slices: [], runs: [] };
      shares.set(name, share);
    }
    if (!before || byPartition(before, slice) !== 0) {
      share.runs.push({ slot: slotOf(to), position, lengthBytes: 0, span: 0, maxTimestampMs: NO_TIMESTAMP, sum: 0 });
      footer.push({ ...to, position, lengthBytes: 0, batches: [] });
    }
    addSlice(slice, share.runs.at(-1)!, footer.at(-1)!);
    share.slices.push(slice);
    parts.push(batches);
    position += batches.length;
    before = slice;
  }
  const trailer = encodeFooter(footer);
  parts.push(trailer);
  const object = { id: ulidText(ulid), sizeBytes: position + trailer.length };
  return { object, timeMs: ulidTimeMs(ulid), parts, shares: [...shares.values()], footer };
}

function addSlice(slice: Slice, run: Run, footer: FooterRun): void {
  run.lengthBytes += slice.append.batches.length;
  run.span += slice.span;
  run.sum = residue(run.sum! + batchesSum(slice.append.batches));
  footer.lengthBytes = run.lengthBytes;
  for (const info of slice.append.infos) {
    run.maxTimestampMs = Math.max(run.maxTimestampMs, info.maxTimestampMs);
    footer.batches.push({
      lengthBytes: info.lengthBytes,
      span: info.offsetSpan,
      maxTimestampMs: info.maxTimestampMs,
      producerId: info.producerId,
      producerEpoch: info.producerEpoch,
      baseSequence: info.baseSequence,
      part: transactionPart(slice.append.batches, info.position),
    });
  }
}

function byPartition(a: Slice, b: Slice): number {
  const x = a.append.to;
  const y = b.append.to;
  if (x.topicId !== y.topicId) return x.topicId < y.topicId ? -1 : 1;
  return x.partition - y.partition;
}

/** The commit that names a share's bytes. */
export function commitOf(segment: Segment, share: LedgerShare, nowMs: number): Commit {
  const producers = share.slices.some(({ append }) => isNamed(append));
  return {
    object: segment.object,
    // A clock that jumped back must not date a commit before its object.
    appendTimeMs: Math.max(nowMs, segment.timeMs),
    absolute: false,
    ...(producers && { producers }),
    runs: share.runs,
  };
}

/** Gives each slice of a share its offsets, counted from the offsets that its partitions had before the commit. */
export function assignOffsets(
  share: LedgerShare,
  before: { nextOffsets: readonly number[]; logStarts: readonly number[] },
  appendTimeMs: number,
): void {
  const next = [...before.nextOffsets];
  for (const slice of share.slices) {
    const slot = slotOf(slice.append.to);
    slice.appended = { baseOffset: next[slot]!, logStartOffset: before.logStarts[slot]!, appendTimeMs };
    next[slot]! += slice.span;
  }
}
