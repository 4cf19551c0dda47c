import { Reader, Writer } from '../../bytes/index.ts';
import { LogError } from '../model.ts';
import { damaged, decoding, isCount } from '../stored.ts';
import { type BatchMark, type ProducerEntry, sequenceAfter } from './entry.ts';

/**
 * The state of a ledger's producers as a page carries it: some 30 bytes per producer and partition. It is complete as of
 * the page's end, so that whoever takes producers over reads one page and what came after it.
 */

const LAYOUT = 1;
/** What a batch takes of a snapshot at least: three varints. */
const MARK_BYTES_MIN = 3;
/** Stands where nobody has counted yet: a rebuilt ledger. The pages' own footers tell then. */
const UNREAD = 0;

/** An item holds 400 KB: with some 8,000 producers at work within the hour the longest silent of them are let go. */
const SNAPSHOT_BYTES_MAX = 256 * 1024;
/**
 * Each page is billed by the kilobyte. Producers that have been silent for an hour, far longer than any client sends a
 * batch again (`delivery.timeout.ms`, two minutes) and than clocks differ, stay only while there is room in this much.
 */
const SILENT_MS = 60 * 60_000;
const SILENT_BYTES_MAX = 4 * 1024;

/** The snapshot of a page that was put together by a rebuild. */
export const UNREAD_SNAPSHOT = Uint8Array.of(UNREAD);

export function isUnread(snapshot: Uint8Array): boolean {
  return snapshot[0] === UNREAD;
}

/** The snapshot of the producers, newest first; undefined where there are none. */
export function encodeSnapshot(entries: readonly ProducerEntry[]): Uint8Array | undefined {
  if (entries.length === 0) return undefined;
  const sorted = [...entries].sort((a, b) => b.lastMs - a.lastMs || a.slot - b.slot || a.producerId - b.producerId);
  const writer = new Writer(64 + sorted.length * 32);
  writer.u8(LAYOUT);
  let beforeMs = sorted[0]!.lastMs;
  writer.uvarint(beforeMs);
  for (const entry of sorted) {
    const isSilent = entry.lastMs < sorted[0]!.lastMs - SILENT_MS;
    if (writer.length > (isSilent ? SILENT_BYTES_MAX : SNAPSHOT_BYTES_MAX)) break;
    writer.uvarint(beforeMs - entry.lastMs);
    beforeMs = entry.lastMs;
    writer.uvarint(entry.slot);
    writer.uvarint(entry.producerId);
    writer.uvarint(entry.epoch);
    writer.uvarint(entry.batches.length);
    let before: BatchMark = { firstSequence: 0, span: 0, baseOffset: 0 };
    for (const batch of entry.batches) {
      writer.varint(batch.firstSequence - sequenceAfter(before));
      writer.uvarint(batch.span);
      writer.uvarint(batch.baseOffset - before.baseOffset - before.span);
      before = batch;
    }
  }
  return writer.view();
}

/** @throws LogError `log_corrupt` */
export function decodeSnapshot(bytes: Uint8Array): ProducerEntry[] {
  return decoding('A snapshot of producers', () => readSnapshot(bytes));
}

function readSnapshot(bytes: Uint8Array): ProducerEntry[] {
  const reader = new Reader(bytes);
  const layout = reader.u8();
  if (layout !== LAYOUT) {
    throw new LogError(
      'log_corrupt',
      `A snapshot of producers has layout ${layout}; this version reads layout ${LAYOUT}.`,
    );
  }
  const entries: ProducerEntry[] = [];
  let lastMs = reader.uvarint();
  while (reader.remaining > 0) {
    lastMs -= reader.uvarint();
    const [slot, producerId, epoch] = [reader.uvarint(), reader.uvarint(), reader.uvarint()];
    let before: BatchMark = { firstSequence: 0, span: 0, baseOffset: 0 };
    const batches = Array.from({ length: reader.count(MARK_BYTES_MIN) }, () => {
      const firstSequence = reader.varint() + sequenceAfter(before);
      const span = reader.uvarint();
      before = { firstSequence, span, baseOffset: reader.uvarint() + before.baseOffset + before.span };
      return before;
    });
    const entry = { slot, producerId, epoch, batches, lastMs };
    requireEntry(entry);
    entries.push(entry);
  }
  return entries;
}

function requireEntry({ producerId, batches, lastMs }: ProducerEntry): void {
  const counts = batches.every(
    ({ firstSequence, baseOffset, span }) => isCount(firstSequence) && isCount(baseOffset + span),
  );
  if (!counts || !isCount(lastMs)) {
    throw damaged('A snapshot of producers', `producer ${producerId} has numbers that cannot be.`);
  }
}
