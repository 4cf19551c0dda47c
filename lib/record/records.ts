import { BytesError, Reader } from '../bytes/index.ts';
import { decompress } from './compress.ts';
import { RecordError } from './errors.ts';
import { baseOffset, batchHeader } from './header.ts';
import { BATCH_HEADER_BYTES } from './layout.ts';
import { type BatchInfo, DEFAULT_LIMITS, type EventRecord, type Header } from './model.ts';

/** How to read the records of one batch. */
export interface ReadOptions {
  /** Where the batch begins; 0 unless given. */
  at?: number;
  /** The offset of its first record, where the bytes do not carry it yet; theirs unless given. */
  baseOffset?: number;
  /** What the records may take after decompression; `DEFAULT_LIMITS.decompressedBytesMax` unless given. */
  decompressedBytesMax?: number;
}

/**
 * One record as a window on the batch's bytes (or on its decompressed records): positions, and views made when asked
 * for. A reading loop moves the same window from record to record; what must outlive the step is copied by the caller.
 */
export class RecordView {
  /** What all positions point into. */
  bytes: Uint8Array = EMPTY;
  offset = 0;
  /** The offset's distance from the batch's first. */
  offsetDelta = 0;
  timestampMs = 0;
  /** Where the length of the key stands: from here to `end` no byte depends on the batch around it. */
  keyLengthAt = 0;
  keyAt = 0;
  /** -1 for null. */
  keyBytes = -1;
  valueAt = 0;
  /** -1 for null. */
  valueBytes = -1;
  headerCount = 0;
  headersAt = 0;
  /** Behind the record's last byte. */
  end = 0;

  get key(): Uint8Array | null {
    return this.keyBytes < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyBytes);
  }

  get value(): Uint8Array | null {
    return this.valueBytes < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueBytes);
  }

  /**
   * The headers in their order, read now.
   *
   * @throws RecordError `record_invalid` where they do not fill the record exactly.
   */
  headers(): Header[] {
    const headers: Header[] = [];
    if (this.headerCount === 0) return headers;
    const reader = new Reader(this.bytes, this.headersAt, this.end);
    try {
      for (let i = 0; i < this.headerCount; i++) {
        const key = reader.utf8(reader.varint());
        const valueBytes = reader.varint();
        headers.push([key, valueBytes === -1 ? null : reader.view(valueBytes)]);
      }
    } catch (error) {
      throw asRecordError(error, `The headers of the record at offset ${this.offset}`);
    }
    if (reader.remaining !== 0) {
      throw new RecordError(
        'record_invalid',
        `The record at offset ${this.offset} has ${reader.remaining} bytes behind its ${this.headerCount} headers.`,
      );
    }
    return headers;
  }
}

const EMPTY = new Uint8Array(0);

/**
 * Walks the records of one batch, which is decompressed once. The batch's CRC is not looked at: `checkBatches` did.
 * Allocates the decompressed records and nothing per record.
 *
 * @throws RecordError what `batchHeader` throws; `record_corrupt`, `record_too_large` from decompressing;
 * `record_truncated` for a batch that is cut off; from `next`, `record_invalid` for a record that contradicts itself.
 * @example
 * const cursor = new RecordCursor(batch);
 * while (cursor.next()) sum += cursor.record.valueBytes;
 */
export class RecordCursor {
  readonly batch: BatchInfo;
  /** The record that `next` moved to: always the same object. */
  readonly record = new RecordView();
  readonly #reader: Reader;
  readonly #baseOffset: number;
  readonly #appendTime: boolean;
  #read = 0;

  constructor(bytes: Uint8Array, options: ReadOptions = {}) {
    const at = options.at ?? 0;
    this.batch = batchHeader(bytes, at);
    this.#baseOffset = options.baseOffset ?? baseOffset(bytes, at);
    this.#appendTime = this.batch.timestampType === 'LogAppendTime';
    this.#reader = recordsReader(bytes, this.batch, options.decompressedBytesMax);
    this.record.bytes = this.#reader.bytes;
  }

  /** Moves to the next record; false behind the last. */
  next(): boolean {
    if (this.#read === this.batch.recordCount) {
      this.#requireEnd();
      return false;
    }
    try {
      this.#readRecord();
    } catch (error) {
      throw asRecordError(error, `Record ${this.#read} of the batch at byte ${this.batch.position}`);
    }
    this.#read++;
    return true;
  }

  #readRecord(): void {
    const reader = this.#reader;
    const record = this.record;
    const length = reader.varint();
    if (length < 0 || length > reader.remaining) throw lengthError(length, reader.remaining);
    const end = reader.at + length;
    reader.skip(1); // attributes: none are defined
    const timestampDelta = reader.varint();
    record.timestampMs = this.#appendTime ? this.batch.maxTimestampMs : this.batch.baseTimestampMs + timestampDelta;
    const offsetDelta = reader.varint();
    record.offsetDelta = offsetDelta;
    record.offset = this.#baseOffset + offsetDelta;
    record.keyLengthAt = reader.at;
    record.keyBytes = fieldLength(reader);
    record.keyAt = reader.at;
    if (record.keyBytes > 0) reader.skip(record.keyBytes);
    record.valueBytes = fieldLength(reader);
    record.valueAt = reader.at;
    if (record.valueBytes > 0) reader.skip(record.valueBytes);
    const headerCount = reader.varint();
    record.headerCount = headerCount;
    record.headersAt = reader.at;
    record.end = end;
    // A header takes two bytes or more; without headers nothing is left.
    const left = end - reader.at;
    if (headerCount === 0 ? left !== 0 : !(headerCount > 0 && headerCount * 2 <= left)) {
      throw new RecordError('record_invalid', `${headerCount} headers cannot fill the ${left} bytes that are left.`);
    }
    reader.at = end;
  }

  #requireEnd(): void {
    if (this.#reader.remaining === 0) return;
    throw new RecordError(
      'record_invalid',
      `The batch at byte ${this.batch.position} has ${this.#reader.remaining} bytes behind its ${this.#read} records.`,
    );
  }
}

/**
 * Calls `visit` with each record of a batch, always the same window; `false` ends the walk. Returns how many were
 * visited.
 *
 * @throws RecordError as `RecordCursor` does.
 * @example
 * forEachRecord(batch, {}, (record) => totals.add(record.keyBytes + record.valueBytes));
 */
export function forEachRecord(
  bytes: Uint8Array,
  options: ReadOptions,
  visit: (record: RecordView) => undefined | boolean,
): number {
  const cursor = new RecordCursor(bytes, options);
  let visited = 0;
  while (cursor.next()) {
    visited++;
    if (visit(cursor.record) === false) break;
  }
  return visited;
}

/**
 * The records of a batch as objects of their own, one by one; keys, values and header values stay views.
 *
 * @throws RecordError as `RecordCursor` and `RecordView.headers` do.
 * @example
 * for (const { offset, value } of readRecords(batch)) print(offset, value);
 */
export function* readRecords(bytes: Uint8Array, options: ReadOptions = {}): Generator<EventRecord, void, undefined> {
  const cursor = new RecordCursor(bytes, options);
  const record = cursor.record;
  while (cursor.next()) {
    yield {
      offset: record.offset,
      timestampMs: record.timestampMs,
      key: record.key,
      value: record.value,
      headers: record.headers(),
    };
  }
}

/** A reader that stands before the first record and ends behind the last. */
function recordsReader(bytes: Uint8Array, batch: BatchInfo, decompressedBytesMax?: number): Reader {
  const start = batch.position + BATCH_HEADER_BYTES;
  const end = batch.position + batch.lengthBytes;
  if (end > bytes.length) {
    throw new RecordError(
      'record_truncated',
      `The batch at byte ${batch.position} has ${bytes.length - batch.position} of its ${batch.lengthBytes} bytes.`,
    );
  }
  if (batch.codec === 'none') return new Reader(bytes, start, end);
  const limit = decompressedBytesMax ?? DEFAULT_LIMITS.decompressedBytesMax;
  return new Reader(decompress(batch.codec, bytes.subarray(start, end), limit));
}

/** The length of a key or value, -1 for null. */
function fieldLength(reader: Reader): number {
  const length = reader.varint();
  if (length < -1) throw lengthError(length, reader.remaining);
  return length;
}

function lengthError(length: number, remaining: number): RecordError {
  return new RecordError('record_invalid', `A length of ${length} cannot be where ${remaining} bytes are left.`);
}

/** What went wrong while reading `what`, as this folder's error. */
function asRecordError(error: unknown, what: string): unknown {
  if (error instanceof BytesError || (error instanceof RecordError && error.code === 'record_invalid')) {
    return new RecordError('record_invalid', `${what} is broken: ${error.message}`, { cause: error });
  }
  return error;
}
