import { writeI32, writeI64 } from '../bytes/index.ts';
import { crc32c } from './crc32c.ts';
import { RecordError } from './errors.ts';
import * as layout from './layout.ts';
import { type BatchInfo, CODECS, type Codec } from './model.ts';

const TWO_32 = 0x1_0000_0000;

/**
 * The whole length in bytes of the batch that begins at `at`, read from its prefix alone; the bytes may end before it.
 *
 * @throws RecordError `record_truncated` where not even the prefix is there, `record_invalid` for a length below a
 * header's.
 * @example
 * for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) visit(batchHeader(bytes, at));
 */
export function batchLength(bytes: Uint8Array, at = 0): number {
  if (at + layout.BATCH_PREFIX_BYTES > bytes.length) {
    throw new RecordError(
      'record_truncated',
      `A batch begins at byte ${at}, but ${bytes.length - at} bytes are left; its prefix alone takes ${layout.BATCH_PREFIX_BYTES}.`,
    );
  }
  const length = i32(bytes, at + layout.LENGTH_AT) + layout.BATCH_PREFIX_BYTES;
  // Formats 0 and 1 have shorter headers: their magic byte explains more than their length would.
  if (length < layout.BATCH_HEADER_BYTES) {
    requireMagic(bytes, at);
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${at} gives its length as ${length} bytes; a header alone takes ${layout.BATCH_HEADER_BYTES}.`,
    );
  }
  return length;
}

/**
 * What the header of the batch at `at` says, for readers that trust stored bytes: neither CRC nor contents are looked
 * at, and records may be cut off. Allocates the one object it returns.
 *
 * @throws RecordError `record_truncated`, `record_magic`, `record_codec`; `record_invalid` for a length, a count or an
 * offset delta that cannot be, or a 64-bit number beyond 2^53 - 1.
 */
export function batchHeader(bytes: Uint8Array, at = 0): BatchInfo {
  const lengthBytes = batchLength(bytes, at);
  if (at + layout.BATCH_HEADER_BYTES > bytes.length) {
    requireMagic(bytes, at);
    throw new RecordError(
      'record_truncated',
      `The batch at byte ${at} has ${bytes.length - at} of the ${layout.BATCH_HEADER_BYTES} bytes of its header.`,
    );
  }
  requireMagic(bytes, at);
  const attributes = i16(bytes, at + layout.ATTRIBUTES_AT);
  const recordCount = i32(bytes, at + layout.RECORD_COUNT_AT);
  const lastOffsetDelta = i32(bytes, at + layout.LAST_OFFSET_DELTA_AT);
  if (recordCount < 0 || lastOffsetDelta < 0) {
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${at} claims ${recordCount} records and a last offset delta of ${lastOffsetDelta}; neither can be negative.`,
    );
  }
  return {
    position: at,
    lengthBytes,
    recordCount,
    offsetSpan: lastOffsetDelta + 1,
    baseTimestampMs: i64(bytes, at, layout.BASE_TIMESTAMP_AT, 'base timestamp'),
    maxTimestampMs: i64(bytes, at, layout.MAX_TIMESTAMP_AT, 'max timestamp'),
    codec: batchCodec(attributes, at),
    timestampType: (attributes & layout.LOG_APPEND_TIME_BIT) === 0 ? 'CreateTime' : 'LogAppendTime',
    producerId: i64(bytes, at, layout.PRODUCER_ID_AT, 'producer id'),
    producerEpoch: i16(bytes, at + layout.PRODUCER_EPOCH_AT),
    baseSequence: i32(bytes, at + layout.BASE_SEQUENCE_AT),
    transactional: (attributes & layout.TRANSACTIONAL_BIT) !== 0,
    control: (attributes & layout.CONTROL_BIT) !== 0,
    attributes,
  };
}

/** Whether the batch at `at` is part of a transaction, or the marker that ends one. Allocates nothing. */
export function isOfTransaction(bytes: Uint8Array, at = 0): boolean {
  return (bytes[at + layout.ATTRIBUTES_AT + 1]! & (layout.TRANSACTIONAL_BIT | layout.CONTROL_BIT)) !== 0;
}

/** The offset of the first record; in stored bytes, whatever the producer wrote. @throws RecordError `record_invalid` */
export function baseOffset(bytes: Uint8Array, at = 0): number {
  return i64(bytes, at, layout.BASE_OFFSET_AT, 'base offset');
}

/** Sets the base offset in place; it is outside the CRC, which stays right. */
export function patchBaseOffset(bytes: Uint8Array, at: number, offset: number): void {
  writeI64(bytes, at + layout.BASE_OFFSET_AT, offset);
}

/** Sets the partition leader epoch in place; it too is outside the CRC. */
export function patchLeaderEpoch(bytes: Uint8Array, at: number, epoch: number): void {
  writeI32(bytes, at + layout.LEADER_EPOCH_AT, epoch);
}

/**
 * Turns the batch at `at` into one of log-append time, in place: sets the timestamp type, makes `appendMs` its max
 * timestamp, which readers then give to every record, and computes the CRC anew. The records are not touched.
 * The batch has been checked before.
 */
export function stampLogAppendTime(bytes: Uint8Array, at: number, appendMs: number): void {
  const attributes = i16(bytes, at + layout.ATTRIBUTES_AT) | layout.LOG_APPEND_TIME_BIT;
  bytes[at + layout.ATTRIBUTES_AT] = attributes >> 8;
  bytes[at + layout.ATTRIBUTES_AT + 1] = attributes;
  writeI64(bytes, at + layout.MAX_TIMESTAMP_AT, appendMs);
  sealCrc(bytes, at, at + batchLength(bytes, at));
}

/** Computes and writes the CRC of the batch in `bytes[at, end)`. */
export function sealCrc(bytes: Uint8Array, at: number, end: number): void {
  writeI32(bytes, at + layout.CRC_AT, crc32c(bytes.subarray(at + layout.ATTRIBUTES_AT, end)));
}

/** The CRC that the batch at `at` carries, as an unsigned number. */
export function storedCrc(bytes: Uint8Array, at: number): number {
  return i32(bytes, at + layout.CRC_AT) >>> 0;
}

function batchCodec(attributes: number, at: number): Codec {
  const number = attributes & layout.CODEC_BITS;
  const codec = CODECS[number];
  if (codec === undefined) {
    throw new RecordError(
      'record_codec',
      `The batch at byte ${at} names compression ${number}; known are 0 to 4 (${CODECS.join(', ')}).`,
    );
  }
  return codec;
}

/** @throws RecordError `record_magic` where the batch at `at` is not a RecordBatch v2. */
export function requireMagic(bytes: Uint8Array, at: number): void {
  const magic = bytes[at + layout.MAGIC_AT];
  if (magic === layout.MAGIC || magic === undefined) return;
  const means = magic < layout.MAGIC ? `message format ${magic}, of Kafka before 0.11` : 'no known message format';
  throw new RecordError(
    'record_magic',
    `The batch at byte ${at} has magic ${magic}: ${means}. Only magic 2 (RecordBatch v2) is supported.`,
  );
}

function i16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

function i32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function i64(bytes: Uint8Array, at: number, field: number, name: string): number {
  const value = i32(bytes, at + field) * TWO_32 + (i32(bytes, at + field + 4) >>> 0);
  if (!Number.isSafeInteger(value)) {
    throw new RecordError('record_invalid', `The ${name} of the batch at byte ${at} is not within ±(2^53 - 1).`);
  }
  return value;
}
