/** One event as a route carries it. Bytes are views into the fetched batch. */
export interface RouteEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
  /** The event as it was read, where a transform has changed it: that is what dead letters hold, to be tried again. */
  readonly original?: RouteEvent;
}

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * An event as patterns and transforms see it. `key` and header values are text, or base64 where the bytes are not UTF-8;
 * `value` is the parsed JSON, at most 500 levels deep, else the text, else base64. Of headers with one name the last counts.
 */
export interface Envelope {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly headers: { readonly [name: string]: string | null };
  readonly value: Json;
}

/** The names that an envelope has: a pattern that begins with another one can never match. */
export const ENVELOPE_FIELDS = [
  'topic',
  'partition',
  'offset',
  'timestamp',
  'timestampMs',
  'key',
  'headers',
  'value',
] as const satisfies readonly (keyof Envelope)[];

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of the bytes, or undefined where they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch (thrown) {
    if (thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

/** Text of the bytes, or base64 where they are not UTF-8. */
export function textOrBase64(bytes: Uint8Array): string {
  return utf8Text(bytes) ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * The envelope of an event. Nothing is decoded before it is asked for, and nothing twice: a pattern over keys and
 * headers never parses a value.
 *
 * @example
 * envelopeOf({ ...event, value: Buffer.from('{"delay":61}') }).value; // { delay: 61 }
 */
export function envelopeOf(event: RouteEvent): Envelope {
  let key: string | null | undefined;
  let headers: Envelope['headers'] | undefined;
  let value: Json | undefined;
  return {
    topic: event.topic,
    partition: event.partition,
    offset: event.offset,
    timestampMs: event.timestampMs,
    get timestamp() {
      return isoTime(event.timestampMs);
    },
    get key() {
      key ??= event.key && textOrBase64(event.key);
      return key;
    },
    get headers() {
      headers ??= Object.fromEntries(event.headers.map(([name, bytes]) => [name, bytes && textOrBase64(bytes)]));
      return headers;
    },
    get value() {
      value ??= decodedValue(event.value);
      return value;
    },
  };
}

/** A timestamp comes from producers: one that no Date can hold stays a number. */
function isoTime(timestampMs: number): string {
  const date = new Date(timestampMs);
  return Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString();
}

/** As HTTP takes. What walks a value (a pattern, JSON.stringify) does so on the stack, which one event must not exhaust. */
const JSON_DEPTH_MAX = 500;

/** Whether JSON is nested deeper than allowed; says nothing of texts that are no JSON. */
function isDeep(text: string): boolean {
  if (text.length <= 2 * JSON_DEPTH_MAX) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (char === ']' || char === '}') depth--;
  }
  return false;
}

function decodedValue(bytes: Uint8Array | null): Json {
  if (bytes === null) return null;
  const text = utf8Text(bytes);
  if (text === undefined) return textOrBase64(bytes);
  if (isDeep(text)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}
