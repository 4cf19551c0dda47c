import { VARINT_BYTES_MAX, varintBytes, Writer, writeI32, writeI64, writeVarint } from '../bytes/index.ts';
import { compress } from './compress.ts';
import { RecordError } from './errors.ts';
import { sealCrc } from './header.ts';
import * as layout from './layout.ts';
import { CODECS, type Codec, type EventInput, type Header } from './model.ts';
import type { RecordView } from './records.ts';

/** What a batch says of itself besides its records. */
export interface BatchOptions {
  /** `none` unless given. */
  codec?: Codec;
  /** The codec's own level, for gzip (1 to 9) and zstd (1 to 22); each has its usual default. */
  level?: number;
  /** -1 (not idempotent) unless given, and so epoch and sequence. */
  producerId?: number;
  producerEpoch?: number;
  baseSequence?: number;
  transactional?: boolean;
  control?: boolean;
  /** 0 unless given: whoever appends the batch decides. */
  baseOffset?: number;
}

/** Where a builder's memory starts, header included: a small request without growing. */
const FIRST_BYTES = 1024;
/** Up to here a loop beats the call that `set` is. */
const LOOP_BYTES_MAX = 32;
/** Length, attributes, three deltas and lengths: everything of a record but key, value and headers. */
const RECORD_OVERHEAD_BYTES_MAX = 1 + 6 * VARINT_BYTES_MAX;
const NO_HEADERS: readonly Header[] = [];

/**
 * Collects records into one batch. It writes them straight into one growing buffer and keeps nothing per record; the
 * buffer stays with the builder, `build` copies the finished batch out of it.
 *
 * @throws RecordError `record_invalid` for offset deltas that do not rise or a time that is not an integer.
 * @example
 * const builder = new BatchBuilder({ codec: 'zstd' });
 * builder.append(null, Buffer.from('hello'), clock.nowMs());
 * const batch = builder.build();
 */
export class BatchBuilder {
  readonly #options: BatchOptions;
  readonly #writer = new Writer(FIRST_BYTES);
  #recordCount = 0;
  #lastOffsetDelta = -1;
  #baseTimestampMs = layout.NONE;
  #maxTimestampMs = layout.NONE;

  constructor(options: BatchOptions = {}) {
    this.#options = options;
    this.#writer.length = layout.BATCH_HEADER_BYTES;
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** What the batch takes without compression, header included: exact for `none`, an upper estimate otherwise. */
  get sizeBytes(): number {
    return this.#writer.length;
  }

  /** Adds a record at the next offset. Key, value and headers are copied. */
  append(
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestampMs: number,
    headers: readonly Header[] = NO_HEADERS,
  ): void {
    this.appendAt(this.#lastOffsetDelta + 1, key, value, timestampMs, headers);
  }

  /** Adds a record at `offsetDelta` after the batch's first offset, which is beyond those added before. */
  appendAt(
    offsetDelta: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestampMs: number,
    headers: readonly Header[] = NO_HEADERS,
  ): void {
    const headerBytes = headers.length === 0 ? 1 : headersBytes(headers);
    const tailBytes = fieldBytes(key) + fieldBytes(value) + headerBytes;
    this.#begin(offsetDelta, timestampMs, tailBytes);
    this.#field(key);
    this.#field(value);
    const writer = this.#writer;
    if (headers.length === 0) writer.bytes[writer.length++] = 0;
    else this.#headers(headers);
  }

  /**
   * Adds a record that was read from another batch, byte for byte but for its deltas: keyed compaction keeps what it
   * does not understand, and does not decode what it does not need.
   */
  copy(offsetDelta: number, record: RecordView): void {
    const start = record.keyLengthAt;
    const tailBytes = record.end - start;
    this.#begin(offsetDelta, record.timestampMs, tailBytes);
    copyInto(this.#writer.bytes, this.#writer.length, record.bytes, start, tailBytes);
    this.#writer.length += tailBytes;
  }

  /**
   * The finished batch in memory of its own, and the builder empty again. `lastOffsetDelta` is given where the batch
   * takes more offsets than its last record needs, as after compaction; a batch of no records is possible only so.
   */
  build(lastOffsetDelta = this.#lastOffsetDelta): Uint8Array {
    if (lastOffsetDelta < this.#lastOffsetDelta || lastOffsetDelta < 0 || lastOffsetDelta > 0x7fffffff) {
      throw new RecordError(
        'record_invalid',
        `A batch whose last record has offset delta ${this.#lastOffsetDelta} cannot end at ${lastOffsetDelta}: ${
          this.#lastOffsetDelta < 0 ? 'add a record first' : 'its end is that delta or more, below 2^31'
        }.`,
      );
    }
    const codec = this.#options.codec ?? 'none';
    const written = this.#writer.view();
    const batch = codec === 'none' ? Buffer.from(written) : withCompressedRecords(written, codec, this.#options.level);
    this.#writeHeader(batch, lastOffsetDelta);
    sealCrc(batch, 0, batch.length);
    this.reset();
    return batch;
  }

  /** Forgets all records. */
  reset(): void {
    this.#writer.length = layout.BATCH_HEADER_BYTES;
    this.#recordCount = 0;
    this.#lastOffsetDelta = -1;
    this.#baseTimestampMs = layout.NONE;
    this.#maxTimestampMs = layout.NONE;
  }

  /** Writes a record's length, attributes and deltas, and makes room for the `tailBytes` that follow. */
  #begin(offsetDelta: number, timestampMs: number, tailBytes: number): void {
    if (!(offsetDelta > this.#lastOffsetDelta && offsetDelta <= 0x7fffffff) || !Number.isSafeInteger(timestampMs)) {
      throw new RecordError(
        'record_invalid',
        `A record at offset delta ${offsetDelta} with time ${timestampMs} cannot follow delta ${this.#lastOffsetDelta}: deltas rise, up to 2^31 - 1, and times are whole milliseconds.`,
      );
    }
    if (this.#recordCount === 0) {
      this.#baseTimestampMs = timestampMs;
      this.#maxTimestampMs = timestampMs;
    } else if (timestampMs > this.#maxTimestampMs) {
      this.#maxTimestampMs = timestampMs;
    }
    const timestampDelta = timestampMs - this.#baseTimestampMs;
    const writer = this.#writer;
    let at = writer.reserve(RECORD_OVERHEAD_BYTES_MAX + tailBytes);
    const bytes = writer.bytes;
    at = writeVarint(bytes, at, 1 + varintBytes(timestampDelta) + varintBytes(offsetDelta) + tailBytes);
    bytes[at++] = 0; // a record's attributes: none are defined
    at = writeVarint(bytes, at, timestampDelta);
    writer.length = writeVarint(bytes, at, offsetDelta);
    this.#recordCount++;
    this.#lastOffsetDelta = offsetDelta;
  }

  /** A key or a value: its length, -1 for null, and its bytes, in room made before. */
  #field(field: Uint8Array | null): void {
    const writer = this.#writer;
    if (field === null) {
      writer.bytes[writer.length++] = 1; // zigzag of -1
      return;
    }
    const at = writeVarint(writer.bytes, writer.length, field.length);
    copyInto(writer.bytes, at, field, 0, field.length);
    writer.length = at + field.length;
  }

  #headers(headers: readonly Header[]): void {
    const writer = this.#writer;
    writer.length = writeVarint(writer.bytes, writer.length, headers.length);
    for (const [key, value] of headers) {
      writer.length = writeVarint(writer.bytes, writer.length, Buffer.byteLength(key));
      writer.length += writer.bytes.write(key, writer.length);
      this.#field(value);
    }
  }

  #writeHeader(batch: Uint8Array, lastOffsetDelta: number): void {
    const options = this.#options;
    const attributes =
      CODECS.indexOf(options.codec ?? 'none') |
      (options.transactional ? layout.TRANSACTIONAL_BIT : 0) |
      (options.control ? layout.CONTROL_BIT : 0);
    const epoch = options.producerEpoch ?? layout.NONE;
    writeI64(batch, layout.BASE_OFFSET_AT, options.baseOffset ?? 0);
    writeI32(batch, layout.LENGTH_AT, batch.length - layout.BATCH_PREFIX_BYTES);
    writeI32(batch, layout.LEADER_EPOCH_AT, layout.NONE);
    batch[layout.MAGIC_AT] = layout.MAGIC;
    batch[layout.ATTRIBUTES_AT] = 0;
    batch[layout.ATTRIBUTES_AT + 1] = attributes;
    writeI32(batch, layout.LAST_OFFSET_DELTA_AT, lastOffsetDelta);
    writeI64(batch, layout.BASE_TIMESTAMP_AT, this.#baseTimestampMs);
    writeI64(batch, layout.MAX_TIMESTAMP_AT, this.#maxTimestampMs);
    writeI64(batch, layout.PRODUCER_ID_AT, options.producerId ?? layout.NONE);
    batch[layout.PRODUCER_EPOCH_AT] = epoch >> 8;
    batch[layout.PRODUCER_EPOCH_AT + 1] = epoch;
    writeI32(batch, layout.BASE_SEQUENCE_AT, options.baseSequence ?? layout.NONE);
    writeI32(batch, layout.RECORD_COUNT_AT, this.#recordCount);
  }
}

/**
 * Makes one batch of `events`, at consecutive offsets.
 *
 * @throws RecordError `record_invalid` where there is no event, or a time is not an integer.
 * @example
 * encodeBatch([{ key: null, value: Buffer.from('hello'), timestampMs: 0 }], { codec: 'gzip' });
 */
export function encodeBatch(events: Iterable<EventInput>, options: BatchOptions = {}): Uint8Array {
  const builder = new BatchBuilder(options);
  for (const event of events) builder.append(event.key, event.value, event.timestampMs, event.headers);
  return builder.build();
}

/** A header's room, then the compressed records of `written`, which begins with a header's room itself. */
function withCompressedRecords(written: Uint8Array, codec: Codec, level: number | undefined): Buffer {
  const records = compress(codec, written.subarray(layout.BATCH_HEADER_BYTES), level);
  const batch = Buffer.allocUnsafe(layout.BATCH_HEADER_BYTES + records.length);
  batch.set(records, layout.BATCH_HEADER_BYTES);
  return batch;
}

function fieldBytes(field: Uint8Array | null): number {
  return field === null ? 1 : varintBytes(field.length) + field.length;
}

function headersBytes(headers: readonly Header[]): number {
  let total = varintBytes(headers.length);
  for (const [key, value] of headers) {
    const keyBytes = Buffer.byteLength(key);
    total += varintBytes(keyBytes) + keyBytes + fieldBytes(value);
  }
  return total;
}

function copyInto(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): void {
  if (length > LOOP_BYTES_MAX) {
    to.set(start === 0 && length === from.length ? from : from.subarray(start, start + length), at);
    return;
  }
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}
