import { RecordError } from './errors.ts';
import { BATCH_HEADER_BYTES } from './layout.ts';
import { type ReadOptions, RecordCursor } from './records.ts';

/** What a walk over all records of a batch found. */
export interface RecordTotals {
  /** Records whose key is null: a compacted topic has no use for them. */
  nullKeys: number;
  /** The records without compression. */
  sizeBytes: number;
  /** The longest key, 0 where none has one. */
  keyBytesMax: number;
  headerCountMax: number;
}

/**
 * Walks all records of a batch that `checkBatches` accepted and makes sure of what its header promised: as many
 * records, at rising offsets within its span, none later than its max timestamp, headers whole. Decompresses where
 * needed.
 *
 * @throws RecordError `record_invalid` where the header promised otherwise; else as `RecordCursor` does.
 */
export function checkRecords(bytes: Uint8Array, options: ReadOptions = {}): RecordTotals {
  const cursor = new RecordCursor(bytes, options);
  const { record, batch } = cursor;
  const totals: RecordTotals = { nullKeys: 0, sizeBytes: record.bytes.length, keyBytesMax: 0, headerCountMax: 0 };
  if (batch.codec === 'none') totals.sizeBytes = batch.lengthBytes - BATCH_HEADER_BYTES;
  let before = -1;
  let latestMs = Number.NEGATIVE_INFINITY;
  while (cursor.next()) {
    if (record.offsetDelta <= before || record.offsetDelta >= batch.offsetSpan) {
      throw new RecordError(
        'record_invalid',
        `The batch at byte ${batch.position} has offset delta ${record.offsetDelta} behind ${before}; deltas rise and stay below ${batch.offsetSpan}.`,
      );
    }
    before = record.offsetDelta;
    if (record.timestampMs > latestMs) latestMs = record.timestampMs;
    if (record.headerCount > 0) record.headers();
    if (record.keyBytes < 0) totals.nullKeys++;
    if (record.keyBytes > totals.keyBytesMax) totals.keyBytesMax = record.keyBytes;
    if (record.headerCount > totals.headerCountMax) totals.headerCountMax = record.headerCount;
  }
  if (latestMs > batch.maxTimestampMs) {
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${batch.position} has a record of ${latestMs}, later than its max timestamp ${batch.maxTimestampMs}.`,
    );
  }
  return totals;
}
