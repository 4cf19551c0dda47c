import { HttpError } from '../http-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * Cuts a stream of JSON objects (one behind the other, with or without white space between) into its objects. It finds
 * where they end; whether they are valid is for the parser to say.
 *
 * @throws HttpError json_invalid for what is not an object, body_too_large for one that is over the limit,
 *   request_invalid for more of them in one push than `objectsMax`
 * @example
 * splitter.push(Buffer.from('{"a":1} {"b"')); // ['{"a":1}']
 * splitter.push(Buffer.from(':2}')); // ['{"b":2}']
 */
export class JsonSplitter {
  readonly #objectBytesMax: number;
  readonly #objectsMax: number;
  /** The object that is not complete yet, in [0, #length). */
  #rest = Buffer.alloc(0);
  #length = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(objectBytesMax: number, objectsMax = Number.POSITIVE_INFINITY) {
    this.#objectBytesMax = objectBytesMax;
    this.#objectsMax = objectsMax;
  }

  /** Bytes that are kept for the next push. */
  get heldBytes(): number {
    return this.#rest.length;
  }

  /** The objects that `chunk` completes, as views that stay valid. */
  push(chunk: Uint8Array): Uint8Array[] {
    const objects: Uint8Array[] = [];
    let start = this.#depth > 0 ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#depth === 0) {
        if (byte <= 0x20) continue;
        if (byte !== OPEN) throw notAnObject(byte);
        start = at;
        this.#depth = 1;
      } else if (this.#step(byte)) {
        // Counted here: a body of empty objects is many times as large in memory.
        if (objects.length === this.#objectsMax) throw this.#tooMany();
        objects.push(this.#take(chunk.subarray(start, at + 1)));
        start = -1;
      }
    }
    if (start >= 0) this.#keep(chunk.subarray(start));
    return objects;
  }

  /** @throws HttpError json_invalid where an object is not complete */
  end(): void {
    if (this.#depth === 0) return;
    throw new HttpError('json_invalid', `The JSON ends within an object, ${this.#length} bytes after its beginning.`);
  }

  /** Moves over one byte inside an object; true where that ends it. */
  #step(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN || byte === OPEN_ARRAY) this.#depth++;
    else if (byte === CLOSE || byte === CLOSE_ARRAY) this.#depth--;
    return this.#depth === 0;
  }

  #take(last: Uint8Array): Uint8Array {
    if (this.#length === 0) {
      if (last.length > this.#objectBytesMax) throw this.#tooLarge();
      return last;
    }
    this.#keep(last);
    const whole = this.#rest.subarray(0, this.#length);
    this.#rest = Buffer.alloc(0);
    this.#length = 0;
    return whole;
  }

  #keep(part: Uint8Array): void {
    const needed = this.#length + part.length;
    if (needed > this.#objectBytesMax) throw this.#tooLarge();
    if (needed > this.#rest.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#rest.length * 2));
      larger.set(this.#rest.subarray(0, this.#length));
      this.#rest = larger;
    }
    this.#rest.set(part, this.#length);
    this.#length = needed;
  }

  #tooMany(): HttpError {
    return new HttpError('request_invalid', `One request takes at most ${this.#objectsMax} records.`);
  }

  #tooLarge(): HttpError {
    return new HttpError(
      'body_too_large',
      `A record has more than the ${this.#objectBytesMax} bytes that are allowed.`,
    );
  }
}

function notAnObject(byte: number): HttpError {
  const shown = byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16)}`;
  return new HttpError('json_invalid', `Each record is a JSON object: "{" was expected where ${shown} stands.`);
}
