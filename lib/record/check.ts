import { crc32c } from './crc32c.ts';
import { RecordError } from './errors.ts';
import { batchHeader, batchLength, requireMagic, storedCrc } from './header.ts';
import { ATTRIBUTES_AT, BATCH_HEADER_BYTES } from './layout.ts';
import { type BatchInfo, type BatchLimits, DEFAULT_LIMITS } from './model.ts';

/** Length, attributes, two deltas, two lengths and a header count, a byte each. */
const RECORD_BYTES_MIN = 7;

/**
 * Checks one or more batches that stand one behind the other and fill `bytes`: lengths, magic, CRC-32C, codec, record
 * count against offsets, producer fields. Nothing is decompressed and no record is looked at (`checkRecords` does
 * that); one object is allocated per batch. Where all batches pass, all were given whole.
 *
 * @throws RecordError `record_truncated`, `record_magic`, `record_crc`, `record_codec`, `record_too_large` or
 * `record_invalid`, for the first batch that fails; its message names the byte where that batch begins.
 * @example
 * for (const { position, lengthBytes, recordCount } of checkBatches(body)) plan(position, lengthBytes, recordCount);
 */
export function checkBatches(bytes: Uint8Array, limits: Partial<BatchLimits> = {}): BatchInfo[] {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const batches: BatchInfo[] = [];
  for (let at = 0; at < bytes.length; ) {
    const batch = checkBatch(bytes, at, all);
    batches.push(batch);
    at += batch.lengthBytes;
  }
  return batches;
}

/**
 * Whether the batch at `at` has the CRC-32C that it carries, and is there whole: what those ask who trust stored bytes
 * otherwise.
 *
 * @throws RecordError as `batchLength`
 */
export function hasItsCrc(bytes: Uint8Array, at = 0): boolean {
  const lengthBytes = batchLength(bytes, at);
  return at + lengthBytes <= bytes.length && computedCrc(bytes, at, lengthBytes) === storedCrc(bytes, at);
}

function computedCrc(bytes: Uint8Array, at: number, lengthBytes: number): number {
  return crc32c(bytes.subarray(at + ATTRIBUTES_AT, at + lengthBytes));
}

function checkBatch(bytes: Uint8Array, at: number, limits: BatchLimits): BatchInfo {
  const lengthBytes = batchLength(bytes, at);
  requireMagic(bytes, at);
  if (lengthBytes > limits.batchBytesMax) {
    throw new RecordError(
      'record_too_large',
      `The batch at byte ${at} takes ${lengthBytes} bytes; ${limits.batchBytesMax} are allowed.`,
    );
  }
  if (at + lengthBytes > bytes.length) {
    throw new RecordError(
      'record_truncated',
      `The batch at byte ${at} has ${bytes.length - at} of the ${lengthBytes} bytes that it announces.`,
    );
  }
  const computed = computedCrc(bytes, at, lengthBytes);
  const stored = storedCrc(bytes, at);
  if (computed !== stored) {
    throw new RecordError(
      'record_crc',
      `The batch at byte ${at} carries CRC-32C ${hex(stored)}, but its bytes have ${hex(computed)}: they changed on the way.`,
    );
  }
  const batch = batchHeader(bytes, at);
  requireCounts(batch, limits);
  requireProducer(batch);
  return batch;
}

function requireCounts(batch: BatchInfo, limits: BatchLimits): void {
  const { recordCount, offsetSpan, position } = batch;
  if (recordCount > limits.recordsMax) {
    throw new RecordError(
      'record_too_large',
      `The batch at byte ${position} has ${recordCount} records; ${limits.recordsMax} are allowed.`,
    );
  }
  if (limits.sparse ? recordCount > offsetSpan : recordCount !== offsetSpan) {
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${position} has ${recordCount} records for ${offsetSpan} offsets (last offset delta + 1).`,
    );
  }
  const recordBytes = batch.lengthBytes - BATCH_HEADER_BYTES;
  if (batch.codec === 'none' && recordCount * RECORD_BYTES_MIN > recordBytes) {
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${position} claims ${recordCount} records in ${recordBytes} bytes; one takes ${RECORD_BYTES_MIN} or more.`,
    );
  }
}

/** Without a producer id, epoch and sequence mean nothing: clients leave 0 or -1 there. */
function requireProducer(batch: BatchInfo): void {
  const { producerId, producerEpoch, baseSequence, control, transactional, position } = batch;
  if (producerId < -1) {
    throw new RecordError('record_invalid', `The batch at byte ${position} has producer id ${producerId}, below -1.`);
  }
  if (producerId === -1) {
    if (!transactional) return;
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${position} is transactional, but names no producer id.`,
    );
  }
  // Markers carry no sequence: they are the coordinator's, not the producer's.
  if (producerEpoch < 0 || (baseSequence < 0 && !control)) {
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${position} of producer ${producerId} has epoch ${producerEpoch} and first sequence ${baseSequence}; neither can be negative.`,
    );
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
