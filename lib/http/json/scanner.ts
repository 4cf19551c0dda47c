import { isUtf8 } from 'node:buffer';
import { HttpError } from '../http-error.ts';

/*
 * Why not JSON.parse: a value that is parsed and written again is not the value that was sent (12345678901234567890 and
 * 1.0 come out as other numbers), costs two passes and a tree of objects per record. The scanner checks the text against
 * RFC 8259, byte by byte, and leaves it where it is.
 */

const SPACE = 0x20;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_U = 0x75;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** 1 for bytes that end the quick run through a string: the quote, the backslash, control characters. */
const STOPS = new Uint8Array(256).fill(1, 0, SPACE);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;

const ESCAPES = new Uint8Array(256);
for (const char of '"\\/bfnrt') ESCAPES[char.charCodeAt(0)] = 1;

const HEX = new Uint8Array(256);
for (const char of '0123456789abcdefABCDEF') HEX[char.charCodeAt(0)] = 1;

const LITERALS: ReadonlyMap<number, Uint8Array> = new Map(
  ['true', 'false', 'null'].map((text) => [text.charCodeAt(0), Buffer.from(text)]),
);

/** What a value begins with, told by its first byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null';

/**
 * A cursor over JSON text in UTF-8 (checked by the caller with `isUtf8`) that validates what it passes. Nothing is
 * allocated per value, and depth costs one byte per level, so no nesting can exhaust the stack.
 *
 * @throws HttpError `json_invalid` with the position, `json_too_deep`
 * @example
 * const scanner = new JsonScanner(Buffer.from('[1, 2]'), 500);
 * scanner.value(); // scanner.at is 6
 */
export class JsonScanner {
  bytes: Uint8Array;
  at = 0;
  end: number;
  /** Whether white space was met since this was last set to false. */
  spaced = false;
  /** Whether the last string had an escape in it. */
  escaped = false;
  /** Per open container of the value under way: 1 for an object, 0 for an array. */
  readonly #open: Uint8Array;

  constructor(bytes: Uint8Array, depthMax: number) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.#open = new Uint8Array(depthMax);
  }

  /** Starts over on other bytes. */
  reset(bytes: Uint8Array, at = 0, end = bytes.length): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** The kind of the value that comes next, after white space. */
  kind(): JsonKind {
    this.space();
    const byte = this.at < this.end ? this.bytes[this.at]! : -1;
    if (byte === OPEN_OBJECT) return 'object';
    if (byte === QUOTE) return 'string';
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return 'number';
    if (byte === OPEN_ARRAY) return 'array';
    if (byte === 0x6e) return 'null';
    if (byte === 0x74) return 'true';
    if (byte === 0x66) return 'false';
    throw this.fail('a value');
  }

  /** Passes over one value, whatever it is. */
  value(): void {
    let depth = 0;
    const open = this.#open;
    for (;;) {
      this.space();
      const byte = this.at < this.end ? this.bytes[this.at]! : -1;
      if (byte === QUOTE) {
        this.string();
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (depth === open.length) throw this.#tooDeep();
        this.at++;
        const object = byte === OPEN_OBJECT;
        open[depth++] = object ? 1 : 0;
        if (!this.closes(object ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          if (object) this.name();
          continue;
        }
        depth--;
      } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
        this.number();
      } else {
        this.literal(byte);
      }
      depth = this.#climb(depth);
      if (depth === 0) return;
    }
  }

  /** Behind a value: closes what ends here, and stands where the next value begins. Returns what is still open. */
  #climb(from: number): number {
    let depth = from;
    while (depth > 0) {
      const object = this.#open[depth - 1] === 1;
      if (this.another(object ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        if (object) this.name();
        return depth;
      }
      depth--;
    }
    return 0;
  }

  /** Passes the opening byte of an object or array; false where it is empty, and then it is passed whole. */
  enter(kind: 'object' | 'array'): boolean {
    this.expect(kind === 'object' ? OPEN_OBJECT : OPEN_ARRAY, kind === 'object' ? '"{"' : '"["');
    return !this.closes(kind === 'object' ? CLOSE_OBJECT : CLOSE_ARRAY);
  }

  /** Behind a member: true where a comma says that another follows, false where the object or array ends. */
  next(kind: 'object' | 'array'): boolean {
    return this.another(kind === 'object' ? CLOSE_OBJECT : CLOSE_ARRAY);
  }

  another(close: number): boolean {
    this.space();
    const byte = this.at < this.end ? this.bytes[this.at]! : -1;
    if (byte === COMMA) {
      this.at++;
      return true;
    }
    if (byte !== close) throw this.fail(close === CLOSE_OBJECT ? '"," or "}"' : '"," or "]"');
    this.at++;
    return false;
  }

  closes(close: number): boolean {
    this.space();
    if (this.at >= this.end || this.bytes[this.at] !== close) return false;
    this.at++;
    return true;
  }

  /** Passes a member's name and the colon behind it. The name's text lies in [nameAt, nameEnd). */
  nameAt = 0;
  nameEnd = 0;
  name(): void {
    this.space();
    if (this.at >= this.end || this.bytes[this.at] !== QUOTE) throw this.fail('a name in double quotes');
    this.nameAt = this.at + 1;
    this.string();
    this.nameEnd = this.at - 1;
    this.expect(COLON, '":"');
  }

  /** Passes a string, quotes included, and notes in `escaped` whether its text stands there as it is. */
  string(): void {
    const bytes = this.bytes;
    const end = this.end;
    let at = this.at + 1;
    this.escaped = false;
    for (;;) {
      while (at < end && STOPS[bytes[at]!] === 0) at++;
      const byte = at < end ? bytes[at]! : -1;
      this.at = at;
      if (byte === QUOTE) {
        this.at = at + 1;
        return;
      }
      if (byte !== BACKSLASH) throw this.fail(byte < 0 ? 'the end of the string' : 'an escape for a control character');
      this.escaped = true;
      at = this.#escape(at);
    }
  }

  #escape(at: number): number {
    const byte = at + 1 < this.end ? this.bytes[at + 1]! : 0;
    if (ESCAPES[byte] === 1) return at + 2;
    if (byte !== LETTER_U) throw this.fail('an escape such as \\n or \\u0041');
    for (let i = at + 2; i < at + 6; i++) {
      if (i >= this.end || HEX[this.bytes[i]!] === 0) throw this.fail('four hexadecimal digits behind \\u');
    }
    return at + 6;
  }

  number(): void {
    if (this.bytes[this.at] === MINUS) this.at++;
    if (this.at < this.end && this.bytes[this.at] === ZERO) this.at++;
    else this.#digits();
    if (this.at < this.end && this.bytes[this.at] === DOT) {
      this.at++;
      this.#digits();
    }
    const byte = this.at < this.end ? this.bytes[this.at]! | 0x20 : 0;
    if (byte !== 0x65) return;
    this.at++;
    const sign = this.at < this.end ? this.bytes[this.at] : 0;
    if (sign === PLUS || sign === MINUS) this.at++;
    this.#digits();
  }

  #digits(): void {
    const from = this.at;
    while (this.at < this.end && this.bytes[this.at]! >= ZERO && this.bytes[this.at]! <= NINE) this.at++;
    if (this.at === from) throw this.fail('a digit');
  }

  literal(first: number): void {
    const text = LITERALS.get(first);
    if (!text) throw this.fail('a value');
    for (let i = 0; i < text.length; i++) {
      if (this.at + i >= this.end || this.bytes[this.at + i] !== text[i]) throw this.fail('true, false or null');
    }
    this.at += text.length;
  }

  space(): void {
    const bytes = this.bytes;
    let at = this.at;
    while (at < this.end) {
      const byte = bytes[at]!;
      if (byte > SPACE || (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB)) break;
      at++;
    }
    if (at === this.at) return;
    this.at = at;
    this.spaced = true;
  }

  expect(byte: number, what: string): void {
    this.space();
    if (this.at >= this.end || this.bytes[this.at] !== byte) throw this.fail(what);
    this.at++;
  }

  /** @throws HttpError json_invalid where anything but white space is left */
  finish(): void {
    this.space();
    if (this.at < this.end) throw this.fail('the end');
  }

  /** The text of the string that began at `from` and was just passed. */
  text(from: number): string {
    const plain = asBuffer(this.bytes).toString('utf8', from + 1, this.at - 1);
    return this.escaped ? (JSON.parse(`"${plain}"`) as string) : plain;
  }

  fail(expected: string): HttpError {
    if (this.at >= this.end) {
      return new HttpError('json_invalid', `The JSON ends at position ${this.end}, where ${expected} was expected.`);
    }
    const byte = this.bytes[this.at]!;
    const shown = byte > SPACE && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16)}`;
    return new HttpError(
      'json_invalid',
      `Invalid JSON at position ${this.at}: ${shown} where ${expected} was expected.`,
    );
  }

  #tooDeep(): HttpError {
    const max = this.#open.length;
    return new HttpError('json_too_deep', `The JSON is nested more than ${max} deep, at position ${this.at}.`);
  }
}

/**
 * Takes the white space outside strings out of valid JSON in [from, to), in place, and returns the new end. What is left
 * is the text as it was written: numbers and escapes are not touched.
 */
export function compactJson(bytes: Uint8Array, from: number, to: number): number {
  let out = from;
  let inString = false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (inString) {
      bytes[out++] = byte;
      if (byte === BACKSLASH) bytes[out++] = bytes[++at]!;
      else if (byte === QUOTE) inString = false;
    } else if (byte > SPACE) {
      bytes[out++] = byte;
      inString = byte === QUOTE;
    }
  }
  return out;
}

/** Whether stored bytes are one JSON value in UTF-8. */
export function isJson(view: Uint8Array, scanner: JsonScanner): boolean {
  if (!isUtf8(view)) return false;
  scanner.reset(view);
  try {
    scanner.value();
    scanner.finish();
    return true;
  } catch (error) {
    if (error instanceof HttpError) return false;
    throw error;
  }
}

/** The same memory as a Buffer, which has the fast slices and writes. */
export function asBuffer(view: Uint8Array): Buffer {
  return Buffer.isBuffer(view) ? view : Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
