import { BytesError, VARINT_BYTES_MAX, writeUvarint, writeVarint } from './varint.ts';

/** A writer without a stated size starts here: one small message, no growing. */
const WRITER_BYTES_FIRST = 256;
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const TWO_32 = 0x1_0000_0000;

/**
 * Reads big-endian numbers, varints and views from `bytes[at, end)`; it never reads past `end` and copies nothing.
 * Numbers of 64 bits are safe integers or an error. Allocates nothing but the views that `view` returns.
 *
 * @throws BytesError `bytes_truncated` where too few bytes are left, `bytes_overflow` for a number beyond 2^53 - 1.
 * @example
 * const reader = new Reader(bytes);
 * const key = reader.view(reader.uvarint());
 */
export class Reader {
  bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = Math.min(end, bytes.length);
  }

  /** Starts over on other bytes, so that hot loops can keep one reader. */
  reset(bytes: Uint8Array, at = 0, end = bytes.length): void {
    this.bytes = bytes;
    this.at = at;
    this.end = Math.min(end, bytes.length);
  }

  get remaining(): number {
    return this.end - this.at;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    const at = this.take(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  i32(): number {
    const at = this.take(4);
    const bytes = this.bytes;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  u32(): number {
    return this.i32() >>> 0;
  }

  /** A signed 64-bit number that must be a safe integer. */
  i64(): number {
    const high = this.i32();
    const value = high * TWO_32 + this.u32();
    if (!Number.isSafeInteger(value)) throw tooLarge('A 64-bit number', this.at - 8);
    return value;
  }

  f64(): number {
    const at = this.take(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8).getFloat64(0);
  }

  /** An unsigned varint. */
  uvarint(): number {
    const at = this.at;
    if (at < this.end) {
      const first = this.bytes[at]!;
      if (first < 0x80) {
        this.at = at + 1;
        return first;
      }
    }
    return this.#groups(0);
  }

  /**
   * A varint that counts elements of at least `leastBytes` each: a count of more than the bytes left can hold is an error
   * before anything is made of it.
   */
  count(leastBytes = 1): number {
    const count = this.uvarint();
    if (count * leastBytes <= this.remaining) return count;
    throw new BytesError(
      'bytes_truncated',
      `${count} elements of ${leastBytes} bytes or more were to follow at byte ${this.at}, but ${this.remaining} bytes are left.`,
    );
  }

  /** A zigzag varint. */
  varint(): number {
    const at = this.at;
    const bytes = this.bytes;
    if (at + 1 < this.end) {
      const first = bytes[at]!;
      if (first < 0x80) {
        this.at = at + 1;
        return (first >>> 1) ^ -(first & 1);
      }
      const second = bytes[at + 1]!;
      if (second < 0x80) {
        this.at = at + 2;
        const both = (first & 0x7f) | (second << 7);
        return (both >>> 1) ^ -(both & 1);
      }
    }
    return this.#longVarint();
  }

  /** The next `length` bytes as a view on the same memory. */
  view(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The next `length` bytes as UTF-8 text; bytes that are not UTF-8 become U+FFFD. */
  utf8(length: number): string {
    return UTF8.decode(this.view(length));
  }

  /** Passes over `length` bytes. */
  skip(length: number): void {
    this.take(length);
  }

  /** Claims `length` bytes and returns where they begin. */
  take(length: number): number {
    const at = this.at;
    // Written so that NaN and negative lengths fail too: lengths come from the bytes themselves.
    if (!(length >= 0 && length <= this.end - at)) {
      throw new BytesError(
        'bytes_truncated',
        `${length} bytes were to follow at byte ${at}, but ${this.end - at} are left.`,
      );
    }
    this.at = at + length;
    return at;
  }

  #longVarint(): number {
    const first = this.u8();
    let magnitude = (first & 0x7f) >>> 1;
    if (first >= 0x80) magnitude += this.#groups(1) * 64;
    const value = first & 1 ? -magnitude - 1 : magnitude;
    if (!Number.isSafeInteger(value)) throw tooLarge('A varint', this.at);
    return value;
  }

  /** Groups of seven bits, lowest first; `taken` counts those that a caller has read before. */
  #groups(taken: number): number {
    let value = 0;
    let scale = 1;
    for (let count = taken; count < VARINT_BYTES_MAX; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw tooLarge('A varint', this.at);
        return value;
      }
      scale *= 128;
    }
    throw new BytesError(
      'bytes_overflow',
      `The varint that ends at byte ${this.at} is longer than ${VARINT_BYTES_MAX} bytes.`,
    );
  }
}

/**
 * Writes big-endian numbers, varints and bytes into a buffer that doubles when full. `view()` is what was written so
 * far, on the writer's own memory: it is valid until the next write or reset.
 *
 * @throws BytesError `bytes_overflow` for a number that does not fit its varint.
 * @example
 * const writer = new Writer();
 * writer.i32(7);
 * writer.varint(-3);
 * const written = writer.view();
 */
export class Writer {
  bytes: Buffer;
  length = 0;

  constructor(sizeBytes = WRITER_BYTES_FIRST) {
    this.bytes = Buffer.allocUnsafe(Math.max(sizeBytes, 16));
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.length = 0;
  }

  /** What was written, as a view on the writer's memory. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Makes room for `count` more bytes and returns where they begin, without claiming them. */
  reserve(count: number): number {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
    return this.length;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
    this.length = at + 1;
  }

  i16(value: number): void {
    const at = this.reserve(2);
    this.bytes[at] = value >> 8;
    this.bytes[at + 1] = value;
    this.length = at + 2;
  }

  i32(value: number): void {
    const at = this.reserve(4);
    writeI32(this.bytes, at, value);
    this.length = at + 4;
  }

  /** A safe integer as 64 bits. */
  i64(value: number): void {
    const at = this.reserve(8);
    writeI64(this.bytes, at, value);
    this.length = at + 8;
  }

  f64(value: number): void {
    const at = this.reserve(8);
    new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8).setFloat64(0, value);
    this.length = at + 8;
  }

  uvarint(value: number): void {
    const at = this.reserve(VARINT_BYTES_MAX);
    this.length = writeUvarint(this.bytes, at, value);
  }

  /** A zigzag varint. */
  varint(value: number): void {
    const at = this.reserve(VARINT_BYTES_MAX);
    this.length = writeVarint(this.bytes, at, value);
  }

  /** Copies `view` to the end. */
  raw(view: Uint8Array): void {
    const at = this.reserve(view.length);
    this.bytes.set(view, at);
    this.length = at + view.length;
  }

  /** Copies `text` to the end as UTF-8, without a length before it; returns how many bytes it took. */
  utf8(text: string): number {
    const at = this.reserve(text.length * 3);
    const written = this.bytes.write(text, at);
    this.length = at + written;
    return written;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** Writes the low 32 bits of `value` at `at`, big-endian. */
export function writeI32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/**
 * Writes a safe integer at `at` as 64 bits, big-endian.
 *
 * @throws BytesError `bytes_overflow` for a fraction or a number beyond ±(2^53 - 1).
 */
export function writeI64(bytes: Uint8Array, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw tooLarge(String(value), at);
  writeI32(bytes, at, Math.floor(value / TWO_32) | 0);
  writeI32(bytes, at + 4, value | 0);
}

function tooLarge(what: string, at: number): BytesError {
  return new BytesError('bytes_overflow', `${what} at byte ${at} is not an integer within ±(2^53 - 1).`);
}
