import { isUtf8 } from 'node:buffer';
import { CliError } from './errors.ts';
import type { EventHeader, EventIn, EventOut } from './event.ts';

/*
 * Events as lines of JSON, written by `consume --json` and read by `produce --json-lines`:
 *
 *   {"topic":"orders","partition":0,"offset":7,"timestamp":1760000000000,"key":"o-1","value":{"total":12},"headers":[{"name":"from","value":"web"}]}
 *
 * Nothing is lost on the way there and back. Keys and values are text; one that is not UTF-8 is in `keyBase64` or
 * `valueBase64` instead. A value that is a JSON object or array stands there as it is, byte for byte; anything else is a
 * string, so the value `12` is "12". null is no key, and a tombstone as a value.
 */

/** One event as a line, without its end. */
export function jsonLine(event: EventOut): string {
  const { topic, partition, offset, timestampMs, key, value, headers } = event;
  let line = `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestampMs}`;
  line += `,${textMember('key', key)},${embeddable(value) ? `"value":${value}` : textMember('value', value)}`;
  if (headers.length > 0) {
    const list = headers.map(([name, bytes]) => `{"name":${JSON.stringify(name)},${textMember('value', bytes)}}`);
    line += `,"headers":[${list.join(',')}]`;
  }
  return `${line}}`;
}

function textMember(name: string, bytes: Buffer | null): string {
  if (bytes === null) return `"${name}":null`;
  return isUtf8(bytes)
    ? `"${name}":${JSON.stringify(bytes.toString())}`
    : `"${name}Base64":"${bytes.toString('base64')}"`;
}

/** Whether the value is a JSON object or array that begins at its first byte, ends at its last, and fits a line. */
function embeddable(value: Buffer | null): value is Buffer {
  if (value === null || value.length < 2) return false;
  const brackets = `${String.fromCharCode(value[0]!)}${String.fromCharCode(value.at(-1)!)}`;
  if (brackets !== '{}' && brackets !== '[]') return false;
  if (value.includes(10) || value.includes(13) || !isUtf8(value)) return false;
  try {
    JSON.parse(value.toString());
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const MEMBERS: ReadonlySet<string> = new Set([
  'topic',
  'partition',
  'offset',
  'timestamp',
  'key',
  'keyBase64',
  'value',
  'valueBase64',
  'headers',
]);

/**
 * The event that a line describes. `topic` and `offset` are passed over, so that what was consumed can be produced again
 * elsewhere; so is `partition`, unless `keepPartition`, as another topic may have fewer.
 *
 * @throws CliError input_invalid, naming the line by its number
 */
export function parseJsonLine(line: Buffer, lineNumber: number, options: { keepPartition: boolean }): EventIn {
  const wrong = (what: string, cause?: unknown) =>
    new CliError('input_invalid', `Line ${lineNumber} ${what}.`, { cause });
  if (!isUtf8(line)) throw wrong('is not UTF-8');
  const text = line.toString();
  const object = objectOf(text, wrong);
  for (const name of Object.keys(object)) {
    if (!MEMBERS.has(name))
      throw wrong(`has an unknown member "${name.slice(0, 40)}"; there are ${[...MEMBERS].join(', ')}`);
  }
  const { partition, timestamp } = object;
  if (timestamp !== undefined && !isWhole(timestamp)) throw wrong('needs milliseconds since 1970 as its timestamp');
  if (partition !== undefined && !isWhole(partition)) throw wrong('needs a whole number as its partition');
  if (!('value' in object) && !('valueBase64' in object)) throw wrong('has no value; null is a tombstone');
  return {
    key: dataOf(object, 'key', text, wrong),
    value: dataOf(object, 'value', text, wrong),
    timestampMs: timestamp,
    partition: options.keepPartition ? partition : undefined,
    headers: headersOf(object.headers, wrong),
  };
}

type Wrong = (what: string, cause?: unknown) => CliError;

function objectOf(text: string, wrong: Wrong): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON (${error instanceof Error ? error.message : 'unreadable'})`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('is no JSON object');
  return value as Record<string, unknown>;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function dataOf(object: Record<string, unknown>, name: 'key' | 'value', text: string, wrong: Wrong): Buffer | null {
  const base64 = object[`${name}Base64`];
  if (base64 !== undefined) return base64Of(base64, `${name}Base64`, wrong);
  const value = object[name];
  if (value === null || value === undefined) return null;
  // Numbers and objects keep the spelling they came in: 1.0 stays 1.0, and 2^60 stays what it is.
  return Buffer.from(typeof value === 'string' ? value : memberText(text, name));
}

function base64Of(value: unknown, name: string, wrong: Wrong): Buffer {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw wrong(`needs base64 as its ${name}`);
  return Buffer.from(value, 'base64');
}

function headersOf(headers: unknown, wrong: Wrong): EventHeader[] | undefined {
  if (headers === undefined || headers === null) return undefined;
  if (typeof headers !== 'object') throw wrong('needs an array or an object as its headers');
  if (!Array.isArray(headers)) return Object.entries(headers).map(([name, value]) => [name, headerText(value, wrong)]);
  return headers.map((header: unknown): EventHeader => {
    const { name, value, valueBase64 } = (header ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') throw wrong('needs a name in each of its headers');
    return [name, valueBase64 === undefined ? headerText(value, wrong) : base64Of(valueBase64, 'valueBase64', wrong)];
  });
}

function headerText(value: unknown, wrong: Wrong): Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return Buffer.from(value);
  throw wrong('needs text or null as the value of a header');
}

/** The text of a member's value in the text of an object that is known to be JSON; of several, the last, as JSON.parse has it. */
function memberText(text: string, member: string): string {
  let found = '';
  let depth = 0;
  let name: string | undefined;
  let from = -1;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    const mark = token[0];
    if (mark[0] === '"') {
      if (depth === 1 && from < 0) name = mark;
      continue;
    }
    if (depth === 1 && mark === ':' && from < 0) from = token.index + 1;
    if (depth === 1 && (mark === ',' || mark === '}')) {
      if (from >= 0 && name !== undefined && JSON.parse(name) === member) found = text.slice(from, token.index).trim();
      from = -1;
      name = undefined;
    }
    if (mark === '{' || mark === '[') depth++;
    else if (mark === '}' || mark === ']') depth--;
  }
  return found;
}
