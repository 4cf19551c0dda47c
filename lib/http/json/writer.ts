import { asBuffer, isJson, type JsonScanner } from './scanner.ts';

const FIRST_BYTES = 4 * 1024;

/**
 * JSON as bytes, built up in one buffer that doubles: texts, stored bytes as they are, base64. No string is made of a
 * stored value on the way.
 *
 * @example
 * const out = new JsonWriter();
 * out.ascii('{"value":').bytes(value).ascii('}').done();
 */
export class JsonWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Text of ASCII characters alone. */
  ascii(text: string): this {
    this.#reserve(text.length);
    this.#length += this.#buffer.write(text, this.#length, text.length, 'latin1');
    return this;
  }

  /** Any text, quoted and escaped. */
  string(text: string): this {
    const quoted = JSON.stringify(text);
    const sizeBytes = Buffer.byteLength(quoted);
    this.#reserve(sizeBytes);
    this.#length += this.#buffer.write(quoted, this.#length, sizeBytes, 'utf8');
    return this;
  }

  bytes(view: Uint8Array): this {
    this.#reserve(view.length);
    this.#buffer.set(view, this.#length);
    this.#length += view.length;
    return this;
  }

  /** Bytes as a base64 string in quotes, or null. */
  base64(view: Uint8Array | null): this {
    if (view === null) return this.ascii('null');
    const text = asBuffer(view).toString('base64');
    return this.ascii('"').ascii(text).ascii('"');
  }

  /**
   * Stored bytes as the JSON that they are, or null; false, and nothing written, where they are not JSON.
   */
  json(view: Uint8Array | null, scanner: JsonScanner): boolean {
    if (view === null) {
      this.ascii('null');
      return true;
    }
    if (!isJson(view, scanner)) return false;
    this.bytes(view);
    return true;
  }

  /** Says that about so much is to come: one buffer of that size instead of many that double. */
  expect(count: number): void {
    this.#reserve(count);
  }

  /** Takes back what was written behind `length`. */
  cut(length: number): void {
    this.#length = length;
  }

  /** What was written, on the writer's own memory: the writer is done with. */
  done(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(Math.ceil(needed), this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
