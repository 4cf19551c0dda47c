import type { EventIn } from '../../topic/index.ts';
import { HttpError } from '../http-error.ts';
import type { HttpLimits } from '../limits.ts';
import { type EventHeader, RecordFields } from '../record-fields.ts';
import { eventOf } from '../v2/produce-body.ts';

/** How a key or value stands in a v3 record. */
export type DataType = 'BINARY' | 'JSON' | 'STRING';

/** One record of a v3 produce request, and what its receipt says of it. */
export interface RecordIn {
  /** Where the record may name it. */
  readonly topic: string | undefined;
  readonly event: EventIn;
  readonly keyType: DataType | undefined;
  readonly valueType: DataType | undefined;
}

interface Data {
  readonly type: DataType | undefined;
  readonly bytes: Uint8Array | null;
}

const NONE: Data = { type: undefined, bytes: null };
const TYPES: ReadonlySet<string> = new Set(['BINARY', 'JSON', 'STRING'] satisfies DataType[]);

/**
 * One record of v3: `{"partition_id":…,"key":{"type":"STRING","data":…},"value":{"type":"JSON","data":…},"headers":[…],"timestamp":…}`.
 * JSON data is kept as the text that came, without white space; BINARY is base64. The timestamp is ISO 8601, or, beyond
 * REST Proxy, milliseconds since 1970. With `named`, it may have `topic_name`, too, and messages begin with its place.
 *
 * @throws HttpError json_invalid, json_too_deep, request_invalid
 */
export function parseRecord(bytes: Uint8Array, limits: HttpLimits, named?: { readonly place: string }): RecordIn {
  const fields = new RecordFields(bytes, limits, () => named?.place ?? 'The record');
  const json = fields.json;
  let key = NONE;
  let value = NONE;
  let topic: string | undefined;
  let partition: number | undefined;
  let timestampMs: number | undefined;
  let headers: EventHeader[] | undefined;
  if (json.kind() !== 'object') throw new HttpError('request_invalid', 'A record must be a JSON object.');
  if (json.enter('object')) {
    do {
      const name = fields.name();
      if (name === 'key') key = data(fields, 'key');
      else if (name === 'value') value = data(fields, 'value');
      else if (named && name === 'topic_name') topic = fields.string('topic_name') ?? undefined;
      else if (name === 'partition_id') partition = fields.integer('partition_id');
      else if (name === 'timestamp') timestampMs = timestamp(fields);
      else if (name === 'headers') headers = fields.headers();
      else throw fields.wrong(`has an unknown member "${name.slice(0, 40)}"`);
    } while (json.next('object'));
  }
  json.finish();
  const event = eventOf(fields.keyWithin(key.bytes), value.bytes, { partition, timestampMs, headers });
  return { topic, event, keyType: key.type, valueType: value.type };
}

/** `data` may come before the `type` that says what it is, so its place is noted and read last. */
function data(fields: RecordFields, what: 'key' | 'value'): Data {
  const json = fields.json;
  if (json.kind() === 'null') {
    json.value();
    return NONE;
  }
  if (json.kind() !== 'object') throw fields.wrong(`must have an object with "type" and "data" as its ${what}`);
  let type: string | null = null;
  let dataAt = -1;
  if (json.enter('object')) {
    do {
      const name = fields.name();
      if (name === 'type') type = fields.string(`${what}'s type`);
      else if (name === 'data') {
        json.space();
        dataAt = json.at;
        json.value();
      } else throw fields.wrong(`has "${name.slice(0, 40)}" in its ${what}; schemas are not supported`);
    } while (json.next('object'));
  }
  if (type === null || !isType(type)) throw fields.wrong(`must have BINARY, JSON or STRING as its ${what}'s type`);
  if (dataAt < 0) return { type, bytes: null };
  const behind = json.at;
  json.at = dataAt;
  const bytes = dataBytes(fields, type, what);
  json.at = behind;
  return { type, bytes };
}

function isType(type: string): type is DataType {
  return TYPES.has(type);
}

function dataBytes(fields: RecordFields, type: DataType, what: 'key' | 'value'): Uint8Array | null {
  if (type === 'JSON') return what === 'key' ? fields.jsonKey() : fields.jsonText();
  if (type === 'BINARY') return fields.base64(what);
  const text = fields.string(what);
  return text === null ? null : Buffer.from(text);
}

function timestamp(fields: RecordFields): number | undefined {
  if (fields.json.kind() !== 'string') return fields.integer('timestamp');
  const text = fields.string('timestamp') ?? '';
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw fields.wrong('must have a timestamp such as 2026-01-31T08:00:00Z, not before 1970');
  }
  return ms;
}
