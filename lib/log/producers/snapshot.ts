import { Reader, Writer } from '../../bytes/index.ts';
import { LogError } from '../model.ts';
import { type BatchMark, type ProducerEntry, sequenceAfter } from './entry.ts';

/**
 * The state of a ledger's producers as a page carries it: some 25 bytes per producer and partition. It is complete as of
 * the page's end, so that whoever takes producers over reads one page and what came after it.
 */

const LAYOUT = 1;
/** Stands where nobody has counted yet: a rebuilt ledger. The pages' own footers tell then. */
const UNREAD = 0;

/** An item holds 400 KB, and each KB is billed: with some 10,000 producers at work the longest idle are let go. */
export const SNAPSHOT_BYTES_MAX = 256 * 1024;

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
    if (writer.view().length > SNAPSHOT_BYTES_MAX) break;
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
    const batches = Array.from({ length: reader.uvarint() }, () => {
      const firstSequence = reader.varint() + sequenceAfter(before);
      const span = reader.uvarint();
      before = { firstSequence, span, baseOffset: reader.uvarint() + before.baseOffset + before.span };
      return before;
    });
    entries.push({ slot, producerId, epoch, batches, lastMs });
  }
  return entries;
}
