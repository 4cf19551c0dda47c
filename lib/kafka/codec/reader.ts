import { BytesError, Reader } from '../../bytes/index.ts';
import { KafkaProtocolError } from '../errors.ts';
import { ELEMENTS_MAX, STRING_BYTES_MAX } from './limits.ts';

const TWO_32 = 0x1_0000_0000;
/** Up to here a string is put together letter by letter, which takes less than the call of a decoder (70 ns). */
const SHORT_STRING_BYTES = 8;

/** Reads one value at `version`. */
export type Read<T> = (reader: KafkaReader, version: number) => T;

/**
 * A `Reader` that knows Kafka's types. `flexible` chooses between the two notations: lengths and counts of fixed size,
 * or varints that are one more than the number (KIP-482). Views stay on the frame's memory.
 *
 * It allocates in proportion to the frame: a count is compared with the bytes left before anything is made of it, and
 * one message has at most `ELEMENTS_MAX` elements.
 *
 * @throws KafkaProtocolError or BytesError; `decodeRequest` makes one of the two.
 */
export class KafkaReader extends Reader {
  flexible: boolean;
  #elementsLeft = ELEMENTS_MAX;
  /** The same bytes, with `Buffer`'s methods. */
  #buffer: Buffer | null;

  constructor(bytes: Uint8Array, at: number, flexible: boolean) {
    super(bytes, at);
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : null;
    this.flexible = flexible;
  }

  bool(): boolean {
    return this.u8() !== 0;
  }

  /**
   * A 64-bit number; one beyond 2^53 - 1 is read as 2^53 - 1, for it is an offset or a time that nothing reaches, such
   * as Java's Long.MAX_VALUE for "the end of time", and the answer to it is the same.
   */
  override i64(): number {
    const high = this.i32();
    const value = high * TWO_32 + this.u32();
    if (Number.isSafeInteger(value)) return value;
    return value < 0 ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
  }

  string(): string {
    const text = this.nullableString();
    if (text === null) throw nullFound('A string', this.at);
    return text;
  }

  nullableString(): string | null {
    const length = this.flexible ? this.uvarint() - 1 : this.i16();
    if (length < 0) return this.#absent(length);
    if (length > STRING_BYTES_MAX) {
      throw new KafkaProtocolError(
        'kafka_malformed',
        `A string of ${length} bytes begins at byte ${this.at}; ${STRING_BYTES_MAX} are allowed.`,
      );
    }
    return this.utf8(length);
  }

  /** Faster than the `Reader`'s own, whose decoder needs a view for each text. */
  override utf8(length: number): string {
    const at = this.take(length);
    const { bytes } = this;
    if (length > SHORT_STRING_BYTES) return this.#decoded(at, at + length);
    let text = '';
    for (let i = at; i < at + length; i++) {
      const byte = bytes[i]!;
      if (byte > 0x7f) return this.#decoded(at, at + length);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** 32 hexadecimal digits: a value that can be a key and does not keep the frame in memory. */
  uuid(): string {
    const at = this.take(16);
    this.#buffer ??= bufferOn(this.bytes);
    return this.#buffer.toString('hex', at, at + 16);
  }

  data(): Uint8Array {
    const view = this.nullableData();
    if (view === null) throw nullFound('A byte array', this.at);
    return view;
  }

  nullableData(): Uint8Array | null {
    const length = this.#length();
    return length < 0 ? this.#absent(length) : this.view(length);
  }

  /** `leastBytes`: what one element takes at least, in any version. */
  array<T>(leastBytes: number, version: number, read: Read<T>): T[] {
    const items = this.nullableArray(leastBytes, version, read);
    if (items === null) throw nullFound('An array', this.at);
    return items;
  }

  nullableArray<T>(leastBytes: number, version: number, read: Read<T>): T[] | null {
    const count = this.#length();
    if (count < 0) return this.#absent(count);
    this.#claim(count, leastBytes);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read(this, version));
    return items;
  }

  /** A struct that may be missing: a byte before it tells. */
  nullable<T>(version: number, read: Read<T>): T | null {
    const mark = this.i8();
    return mark < 0 ? this.#absent(mark) : read(this, version);
  }

  /** Passes over tagged fields where none is known. */
  skipTags(): void {
    if (!this.flexible) return;
    if (this.at < this.end && this.bytes[this.at] === 0) this.at++;
    else this.tags(0, null, ignore);
  }

  /** Gives each tagged field to `take`, which reads those that it knows; what it leaves is passed over. */
  tags<T>(version: number, into: T, take: (reader: KafkaReader, version: number, tag: number, into: T) => void): void {
    if (!this.flexible) return;
    const count = this.uvarint();
    this.#claim(count, 2);
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint();
      const length = this.uvarint();
      const from = this.take(length);
      const { end } = this;
      this.at = from;
      this.end = from + length;
      take(this, version, tag, into);
      this.at = this.end;
      this.end = end;
    }
  }

  #decoded(from: number, to: number): string {
    this.#buffer ??= bufferOn(this.bytes);
    return this.#buffer.toString('utf8', from, to);
  }

  #length(): number {
    return this.flexible ? this.uvarint() - 1 : this.i32();
  }

  #absent(length: number): null {
    if (length === -1) return null;
    throw new KafkaProtocolError(
      'kafka_malformed',
      `A length before byte ${this.at} is ${length}; at least -1 is right.`,
    );
  }

  #claim(count: number, leastBytes: number): void {
    this.#elementsLeft -= count;
    if (count * leastBytes <= this.remaining && this.#elementsLeft >= 0) return;
    throw new KafkaProtocolError(
      'kafka_too_many',
      `${count} elements were to follow at byte ${this.at}. Of at least ${leastBytes} bytes each they must fit into ` +
        `${this.remaining} bytes, and one message has at most ${ELEMENTS_MAX}.`,
    );
  }
}

/** Runs `read`; whatever is wrong with the bytes, the error says in which message (`what`) they are. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BytesError) {
      const code = error.code === 'bytes_truncated' ? 'kafka_truncated' : 'kafka_malformed';
      throw new KafkaProtocolError(code, `${what}: ${error.message}`, { cause: error });
    }
    if (error instanceof KafkaProtocolError) {
      throw new KafkaProtocolError(error.code, `${what}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function ignore(): void {}

function bufferOn({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function nullFound(what: string, at: number): KafkaProtocolError {
  return new KafkaProtocolError(
    'kafka_malformed',
    `${what} before byte ${at} is null, which this version does not allow.`,
  );
}
