import { parseUlid, Reader, ulidText, Writer } from '../bytes/index.ts';
import { type AbortedRange, type Commit, LEDGER_WIDTH_MAX, LogError, type Run } from './model.ts';
import { damaged, decoding } from './stored.ts';

/** Set in the first byte where the object's bytes hold their final base offsets. */
const ABSOLUTE = 1;
/** Set where idempotent producers have batches in it. */
const PRODUCERS = 2;
/** Set where abort markers are in it: what they void stands behind the runs. */
const ABORTED = 4;
/** Set where the head's sums count it. */
const COUNTED = 8;
const FLAGS = ABSOLUTE | PRODUCERS | ABORTED | COUNTED;
/** The first byte's upper bits: the version of this layout. */
const VERSION = 1 << 4;

/**
 * A commit as the bytes that stand in a head's tail and in pages: about 30 bytes for one partition, 13 more for each
 * further one. Times are written as differences, since DynamoDB bills by the kilobyte.
 */
export function encodeCommit(commit: Commit): Uint8Array {
  const writer = new Writer(32 + commit.runs.length * 16);
  const aborted = commit.aborted ?? [];
  const flags = (commit.absolute ? ABSOLUTE : 0) | (commit.producers ? PRODUCERS : 0) | (commit.counted ? COUNTED : 0);
  writer.u8(VERSION | flags | (aborted.length > 0 ? ABORTED : 0));
  writer.raw(parseUlid(commit.object.id)!);
  writer.uvarint(commit.object.sizeBytes);
  writer.uvarint(commit.appendTimeMs);
  writer.uvarint(commit.runs.length);
  for (const run of commit.runs) {
    writer.uvarint(run.slot);
    writer.uvarint(run.position);
    writer.uvarint(run.lengthBytes);
    writer.uvarint(run.span);
    writer.varint(run.maxTimestampMs - commit.appendTimeMs);
  }
  if (aborted.length > 0) writeAborted(writer, aborted);
  return writer.view();
}

function writeAborted(writer: Writer, aborted: readonly AbortedRange[]): void {
  writer.uvarint(aborted.length);
  for (const { slot, producerId, firstOffset, markerAt } of aborted) {
    writer.uvarint(slot);
    writer.uvarint(producerId);
    writer.uvarint(firstOffset);
    writer.uvarint(markerAt);
  }
}

/** Four varints. */
const ABORTED_BYTES_MIN = 4;

function readAborted(reader: Reader): AbortedRange[] {
  return Array.from({ length: reader.count(ABORTED_BYTES_MIN) }, () => ({
    slot: reader.uvarint(),
    producerId: reader.uvarint(),
    firstOffset: reader.uvarint(),
    markerAt: reader.uvarint(),
  }));
}

/** @throws LogError `log_corrupt` */
export function decodeCommit(bytes: Uint8Array): Commit {
  return decoding('A commit', () => readCommit(bytes));
}

function readCommit(bytes: Uint8Array): Commit {
  const reader = new Reader(bytes);
  const flags = reader.u8();
  if ((flags & 0xf0) !== VERSION) {
    throw new LogError('log_corrupt', `A commit of layout ${flags >> 4} was found; this version reads layout 1.`);
  }
  if ((flags & 0x0f & ~FLAGS) !== 0) {
    throw new LogError('log_corrupt', `A commit has flags ${flags & 0x0f}, of which this version does not know all.`);
  }
  const id = ulidText(reader.view(16));
  const sizeBytes = reader.uvarint();
  const appendTimeMs = reader.uvarint();
  const runs: Run[] = [];
  for (let left = reader.uvarint(); left > 0; left--) {
    runs.push({
      slot: reader.uvarint(),
      position: reader.uvarint(),
      lengthBytes: reader.uvarint(),
      span: reader.uvarint(),
      maxTimestampMs: reader.varint() + appendTimeMs,
    });
    requireRun(runs.at(-1)!);
  }
  const commit: Commit = { object: { id, sizeBytes }, appendTimeMs, absolute: (flags & ABSOLUTE) !== 0, runs };
  if ((flags & PRODUCERS) !== 0) commit.producers = true;
  if ((flags & COUNTED) !== 0) commit.counted = true;
  if ((flags & ABORTED) !== 0) commit.aborted = readAborted(reader);
  if (reader.remaining > 0) throw new LogError('log_corrupt', `A commit has ${reader.remaining} bytes too many.`);
  return commit;
}

function requireRun({ slot, maxTimestampMs }: Run): void {
  if (slot >= LEDGER_WIDTH_MAX) throw damaged('A commit', `a ledger has no slot ${slot}.`);
  if (!Number.isSafeInteger(maxTimestampMs)) throw damaged('A commit', `${maxTimestampMs} ms is no time.`);
}

/** Offsets that the commits take, per slot. */
export function spansOf(commits: readonly Commit[], slots: number): number[] {
  const spans = new Array<number>(slots).fill(0);
  for (const commit of commits) for (const run of commit.runs) spans[run.slot]! += run.span;
  return spans;
}
