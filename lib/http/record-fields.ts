import { requireUtf8 } from './body.ts';
import { HttpError } from './http-error.ts';
import { asBuffer, compactJson, type JsonKind, JsonScanner } from './json/scanner.ts';
import type { HttpLimits } from './limits.ts';

const VALUE = Buffer.from('value');
const KEY = Buffer.from('key');

export type EventHeader = readonly [name: string, value: Uint8Array | null];

/**
 * Reads the members that records have in both APIs, from JSON text in place. Views that it returns lie on the text,
 * which is changed where white space is taken out.
 *
 * @throws HttpError from every method: json_invalid, json_too_deep, request_invalid, which begins with `place()`
 */
export class RecordFields {
  readonly json: JsonScanner;
  readonly limits: HttpLimits;
  readonly #bytes: Buffer;
  readonly #place: () => string;

  constructor(bytes: Uint8Array, limits: HttpLimits, place: () => string) {
    requireUtf8(bytes);
    this.#bytes = asBuffer(bytes);
    this.#place = place;
    this.json = new JsonScanner(bytes, limits.jsonDepthMax);
    this.limits = limits;
  }

  /** Passes a member's name and returns it; an escaped one is not decoded, as no known name needs it. */
  name(): string {
    this.json.name();
    const { nameAt, nameEnd } = this.json;
    // Nearly all members are these two; making a string of each name would cost as much as reading its value.
    if (nameEnd - nameAt === 5 && this.#isAt(nameAt, VALUE)) return 'value';
    if (nameEnd - nameAt === 3 && this.#isAt(nameAt, KEY)) return 'key';
    return this.#bytes.toString('latin1', nameAt, nameEnd);
  }

  #isAt(at: number, text: Uint8Array): boolean {
    for (let i = 0; i < text.length; i++) if (this.#bytes[at + i] !== text[i]) return false;
    return true;
  }

  /** A JSON value as text without white space; null for JSON null. */
  jsonText(): Uint8Array | null {
    const json = this.json;
    const kind = json.kind();
    const from = json.at;
    json.spaced = false;
    json.value();
    if (kind === 'null') return null;
    const to = json.spaced ? compactJson(this.#bytes, from, json.at) : json.at;
    // Half the price of Buffer.subarray, which makes another Buffer.
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, to - from);
  }

  /** A JSON value that is a record's key: partitions are chosen by its bytes, so a string has one spelling only. */
  jsonKey(): Uint8Array | null {
    const kind = this.json.kind();
    const from = this.json.at;
    const text = this.jsonText();
    return kind === 'string' && this.json.escaped ? Buffer.from(JSON.stringify(this.json.text(from))) : text;
  }

  /** A string's characters, or null. */
  string(what: string): string | null {
    const from = this.#skip(what, 'string', 'a string');
    return from < 0 ? null : this.json.text(from);
  }

  /**
   * A base64 string's bytes, or null. Node passes over what is not base64, so the length tells.
   * @param why said behind what is wrong
   */
  base64(what: string, why = ''): Uint8Array | null {
    const from = this.#skip(what, 'string', 'a base64 string', why);
    if (from < 0) return null;
    const text = this.json.text(from);
    const bytes = Buffer.from(text, 'base64');
    const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
    const digits = text.length - padding;
    if (digits % 4 === 1 || bytes.length !== Math.floor((digits * 3) / 4)) {
      throw this.wrong(`has a ${what} that is not base64${why}`);
    }
    return bytes;
  }

  /** A whole number from 0; undefined for JSON null. */
  integer(what: string): number | undefined {
    const from = this.#skip(what, 'number', 'a whole number from 0');
    if (from < 0) return undefined;
    const value = Number(this.#bytes.toString('latin1', from, this.json.at));
    if (!Number.isSafeInteger(value) || value < 0) throw this.wrong(`must have a whole number from 0 as its ${what}`);
    return value;
  }

  /** An array of `{"name": …, "value": base64 or null}`; undefined for JSON null. */
  headers(): EventHeader[] | undefined {
    const json = this.json;
    if (json.kind() === 'null') {
      json.value();
      return undefined;
    }
    if (json.kind() !== 'array') throw this.wrong('must have an array as its headers');
    const headers: EventHeader[] = [];
    let sizeBytes = 0;
    if (!json.enter('array')) return headers;
    do {
      const header = this.#header();
      sizeBytes += Buffer.byteLength(header[0]) + (header[1]?.length ?? 0);
      const { headersMax, headerBytesMax } = this.limits;
      if (headers.length === headersMax || sizeBytes > headerBytesMax) {
        throw this.wrong(`may have at most ${headersMax} headers of ${headerBytesMax} bytes together`);
      }
      headers.push(header);
    } while (json.next('array'));
    return headers;
  }

  #header(): EventHeader {
    let name: string | null = null;
    let value: Uint8Array | null = null;
    if (this.json.kind() !== 'object') throw this.wrong('must have objects with "name" and "value" as its headers');
    if (this.json.enter('object')) {
      do {
        const member = this.name();
        if (member === 'name') name = this.string('header name');
        else if (member === 'value') value = this.base64('header value');
        else throw this.wrong(`has an unknown member "${member.slice(0, 40)}" in a header`);
      } while (this.json.next('object'));
    }
    if (name === null) throw this.wrong('has a header without a name');
    return [name, value];
  }

  keyWithin(key: Uint8Array | null): Uint8Array | null {
    const max = this.limits.keyBytesMax;
    if (key !== null && key.length > max) {
      throw this.wrong(`has a key of ${key.length} bytes; at most ${max} are allowed`);
    }
    return key;
  }

  /** Passes a value of `kind`, or null; returns where it began, or -1 for null. */
  #skip(what: string, kind: JsonKind, shown: string, why = ''): number {
    const found = this.json.kind();
    const from = this.json.at;
    if (found !== kind && found !== 'null') throw this.wrong(`must have ${shown} as its ${what}${why}`);
    this.json.value();
    return found === 'null' ? -1 : from;
  }

  wrong(what: string): HttpError {
    return new HttpError('request_invalid', `${this.#place()} ${what}.`);
  }
}
