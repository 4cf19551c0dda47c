import { baseOffset, RecordCursor, type RecordView } from '../../record/index.ts';
import { HttpError } from '../http-error.ts';
import { JsonScanner } from '../json/scanner.ts';
import { JsonWriter } from '../json/writer.ts';
import type { HttpLimits } from '../limits.ts';
import type { EmbeddedFormat } from '../reply.ts';

/** How much longer records are in an answer than as they are stored, names and numbers included: a guess. */
const BASE64_GROWTH = 1.5;
const JSON_GROWTH = 1.2;

/**
 * The records of fetched batches as v2's JSON array, written as bytes: a stored JSON value goes out as the text that it
 * is, once it is checked.
 *
 * @example
 * const body = new RecordsBody('json', { recordsMax: 10, bytesMax: 1 << 20 }, limits);
 * position = body.add('orders', 0, position, fetched.batches);
 * body.done(); // [{"topic":"orders","key":null,"value":{"total":12},"partition":0,"offset":7,"timestamp":…,"headers":[]}]
 */
export class RecordsBody {
  readonly #out = new JsonWriter();
  readonly #format: EmbeddedFormat;
  readonly #scanner: JsonScanner;
  readonly #recordsMax: number;
  readonly #bytesMax: number;
  readonly #answerBytesMax: number;
  /** A record did not fit any more. */
  #closed = false;
  #count = 0;
  #dataBytes = 0;

  constructor(format: EmbeddedFormat, room: { recordsMax: number; bytesMax: number }, limits: HttpLimits) {
    this.#format = format;
    this.#recordsMax = room.recordsMax;
    this.#bytesMax = room.bytesMax;
    this.#answerBytesMax = limits.answerBytesMax;
    this.#scanner = new JsonScanner(new Uint8Array(0), limits.jsonDepthMax);
    this.#out.ascii('[');
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes that were written so far. */
  get sizeBytes(): number {
    return this.#out.length;
  }

  get full(): boolean {
    return this.#closed || this.#count >= this.#recordsMax || this.#dataBytes >= this.#bytesMax;
  }

  /**
   * Adds the records from `fromOffset` on, until the body is full. Returns the offset to read next. A record that can't
   * be shown, or does not fit, ends the body before it, and is an error (or fits) where it would come first: so a reader
   * gets what it can.
   *
   * @throws HttpError value_not_json
   */
  add(topic: string, partition: number, fromOffset: number, batches: readonly Uint8Array[]): number {
    let next = fromOffset;
    const stored = batches.reduce((sum, { length }) => sum + length, 0);
    this.#out.expect(Math.min(stored, this.#bytesMax) * (this.#format === 'binary' ? BASE64_GROWTH : JSON_GROWTH));
    for (const bytes of batches) {
      for (let at = 0; at < bytes.length; ) {
        if (this.full) return next;
        const cursor = new RecordCursor(bytes, { at });
        const end = baseOffset(bytes, at) + cursor.batch.offsetSpan;
        at += cursor.batch.lengthBytes;
        if (end <= next) continue;
        if (!cursor.batch.control) {
          const stopped = this.#addBatch(topic, partition, next, cursor);
          if (stopped !== undefined) return stopped;
        }
        next = end;
      }
    }
    return next;
  }

  /** Where the body is full, or a record can't be shown, the offset of the first record that is not in it. */
  #addBatch(topic: string, partition: number, fromOffset: number, cursor: RecordCursor): number | undefined {
    const record = cursor.record;
    while (cursor.next()) {
      if (record.offset < fromOffset) continue;
      if (this.full || !this.#addRecord(topic, partition, record)) return record.offset;
    }
    return undefined;
  }

  #addRecord(topic: string, partition: number, record: RecordView): boolean {
    const out = this.#out;
    const start = out.length;
    const { key, value } = record;
    out.ascii(this.#count === 0 ? '{"topic":' : ',{"topic":').string(topic);
    if (!this.#data('"key"', key) || !this.#data('"value"', value)) {
      out.cut(start);
      if (this.#count > 0) return false;
      throw new HttpError(
        'value_not_json',
        `The record at offset ${record.offset} of partition ${partition} of topic "${topic}" is not JSON. Read it in the binary format, or set the position to ${record.offset + 1} to pass over it.`,
      );
    }
    out.ascii(`,"partition":${partition},"offset":${record.offset},"timestamp":${record.timestampMs},"headers":[`);
    if (record.headerCount > 0) this.#headers(record);
    out.ascii(']}');
    if (this.#count > 0 && out.length >= this.#answerBytesMax) {
      out.cut(start);
      this.#closed = true;
      return false;
    }
    this.#count++;
    this.#dataBytes += (key?.length ?? 0) + (value?.length ?? 0);
    return true;
  }

  #data(name: string, view: Uint8Array | null): boolean {
    this.#out.ascii(`,${name}:`);
    if (this.#format === 'json') return this.#out.json(view, this.#scanner);
    this.#out.base64(view);
    return true;
  }

  #headers(record: RecordView): void {
    let first = true;
    for (const [name, value] of record.headers()) {
      this.#out
        .ascii(first ? '{"name":' : ',{"name":')
        .string(name)
        .ascii(',"value":')
        .base64(value)
        .ascii('}');
      first = false;
    }
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#out.ascii(']').done();
  }
}
