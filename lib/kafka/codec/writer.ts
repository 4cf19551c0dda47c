import { BytesError, Writer, writeI32 } from '../../bytes/index.ts';
import { KafkaProtocolError } from '../errors.ts';
import { PART_BYTES_MIN, STRING_BYTES_MAX } from './limits.ts';

/** A message ready to be sent: its length, then its bytes, in order. Views of records are among the parts. */
export interface Frame {
  readonly parts: readonly Uint8Array[];
  /** Of all parts, the four bytes of the length among them. */
  readonly sizeBytes: number;
}

/** Record batches one after the other, as one view or several: cached segments are not copied together. */
export type Views = Uint8Array | readonly Uint8Array[];

/** Writes one value at `version`. */
export type Write<T> = (writer: KafkaWriter, version: number, value: T) => void;

const LENGTH_BYTES = 4;

/**
 * A `Writer` that knows Kafka's types. Small things are copied into its memory; large views are noted with the place
 * where they belong and sent as they are.
 *
 * @throws KafkaProtocolError `kafka_unwritable` for what the version at hand cannot say.
 */
export class KafkaWriter extends Writer {
  flexible: boolean;
  #views: { at: number; view: Uint8Array }[] = [];
  #viewsBytes = 0;

  constructor(flexible: boolean, sizeBytes?: number) {
    super(sizeBytes);
    this.flexible = flexible;
    this.length = LENGTH_BYTES;
  }

  /** What was written, with its length before it. The writer is spent: its memory belongs to the frame. */
  frame(): Frame {
    const sizeBytes = this.length + this.#viewsBytes;
    writeI32(this.bytes, 0, sizeBytes - LENGTH_BYTES);
    const parts: Uint8Array[] = [];
    let from = 0;
    for (const { at, view } of this.#views) {
      if (at > from) parts.push(this.bytes.subarray(from, at));
      parts.push(view);
      from = at;
    }
    if (this.length > from) parts.push(this.bytes.subarray(from, this.length));
    return { parts, sizeBytes };
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  string(text: string): void {
    // Letters take three bytes at most, so up to 42 of them the length is known to be one byte.
    if (this.flexible && text.length <= 42) {
      const at = this.reserve(1);
      this.length = at + 1;
      const length = this.utf8(text);
      // Not in one line: the text may have moved the writer to a larger memory.
      this.bytes[at] = length + 1;
      return;
    }
    const length = Buffer.byteLength(text);
    if (length > STRING_BYTES_MAX) throw unwritable(`A string of ${length} bytes: ${STRING_BYTES_MAX} are allowed.`);
    if (this.flexible) this.uvarint(length + 1);
    else this.i16(length);
    this.utf8(text);
  }

  nullableString(text: string | null): void {
    if (text !== null) this.string(text);
    else if (this.flexible) this.u8(0);
    else this.i16(-1);
  }

  /** 32 hexadecimal digits. */
  uuid(text: string): void {
    const at = this.reserve(16);
    if (text.length !== 32 || this.bytes.write(text, at, 'hex') !== 16) {
      throw unwritable(`"${text}" is not a UUID of 32 hexadecimal digits.`);
    }
    this.length = at + 16;
  }

  data(views: Views): void {
    if (views instanceof Uint8Array) {
      this.#count(views.length);
      this.#view(views);
      return;
    }
    let length = 0;
    for (const view of views) length += view.length;
    this.#count(length);
    for (const view of views) this.#view(view);
  }

  nullableData(views: Views | null): void {
    if (views === null) this.#count(-1);
    else this.data(views);
  }

  array<T>(version: number, items: readonly T[], write: Write<T>): void {
    this.#count(items.length);
    for (const item of items) write(this, version, item);
  }

  nullableArray<T>(version: number, items: readonly T[] | null, write: Write<T>): void {
    if (items === null) this.#count(-1);
    else this.array(version, items, write);
  }

  nullable<T>(version: number, value: T | null, write: Write<T>): void {
    this.u8(value === null ? 0xff : 1);
    if (value !== null) write(this, version, value);
  }

  /** Ends a struct that has no tagged fields to write. */
  noTags(): void {
    if (this.flexible) this.u8(0);
  }

  /** One tagged field: its tag, its length, and what `write` makes of `value`. */
  tag<T>(tag: number, version: number, value: T, write: Write<T>): void {
    this.uvarint(tag);
    const body = new KafkaWriter(true, 64);
    write(body, version, value);
    const { parts, sizeBytes } = body.frame();
    this.uvarint(sizeBytes - LENGTH_BYTES);
    parts.forEach((part, i) => {
      this.#view(i === 0 ? part.subarray(LENGTH_BYTES) : part);
    });
  }

  /** `value`, where `version` has no way to say null. */
  present<T>(value: T | null, name: string, version: number): T {
    if (value === null) throw unwritable(`"${name}" is null, which version ${version} does not allow.`);
    return value;
  }

  /** Called where a field that must not get lost has no place in `version`. */
  misplaced(name: string, version: number): never {
    throw unwritable(`"${name}" has no place in version ${version}; leave it out there.`);
  }

  #count(count: number): void {
    if (this.flexible) this.uvarint(count + 1);
    else this.i32(count);
  }

  #view(view: Uint8Array): void {
    if (view.length < PART_BYTES_MIN) {
      this.raw(view);
      return;
    }
    this.#views.push({ at: this.length, view });
    this.#viewsBytes += view.length;
  }
}

/** Runs `write`; a number that does not fit its field is our fault as much as a misplaced one. */
export function writing(what: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof BytesError || error instanceof KafkaProtocolError)) throw error;
    throw new KafkaProtocolError('kafka_unwritable', `${what}: ${error.message}`, { cause: error });
  }
}

function unwritable(message: string): KafkaProtocolError {
  return new KafkaProtocolError('kafka_unwritable', message);
}
