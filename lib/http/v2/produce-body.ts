import type { EventIn } from '../../topic/index.ts';
import { HttpError } from '../http-error.ts';
import type { JsonScanner } from '../json/scanner.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../limits.ts';
import { type EventHeader, RecordFields } from '../record-fields.ts';
import { BINARY_TYPE, type ContentType, type EmbeddedFormat, JSON_EMBEDDED_TYPE, parseContentType } from '../reply.ts';

/** Members of the body beside `records`: REST Proxy's schema members, which json and binary have no use for. */
const SCHEMA_MEMBERS: ReadonlySet<string> = new Set(['key_schema', 'key_schema_id', 'value_schema', 'value_schema_id']);

/**
 * The events of a v2 produce body, `{"records":[{"key":…,"value":…,"partition":…,"timestamp":…,"headers":[{"name":…,"value":…}]}]}`.
 * In the json format keys and values are the JSON text as it came, without its white space: views on `bytes`, which is
 * changed for that. In the binary format they are base64. JSON null is no key, and a tombstone as a value.
 *
 * Garbage per record: the event, and a view for each of its key and value.
 *
 * @throws HttpError json_invalid, json_too_deep, request_invalid naming the record
 */
export function parseProduce(bytes: Uint8Array, { format, type }: ContentType, limits: HttpLimits): EventIn[] {
  const why = `: Content-Type ${type} ${type === BINARY_TYPE ? '' : `is taken as ${BINARY_TYPE}, which `}means keys and values in base64. JSON is sent as ${JSON_EMBEDDED_TYPE}`;
  return new ProduceParser(bytes, format, limits, why).body();
}

/**
 * The events of a v2 produce body that came another way than by HTTP, such as through a queue.
 *
 * @throws HttpError as `parseProduce`, and media_type_unsupported
 * @example
 * parseProduceBody(Buffer.from('{"records":[{"value":1}]}'), 'application/vnd.kafka.json.v2+json');
 */
export function parseProduceBody(body: Uint8Array, contentType: string, limits = DEFAULT_HTTP_LIMITS): EventIn[] {
  return parseProduce(body, parseContentType(contentType), limits);
}

class ProduceParser {
  readonly #fields: RecordFields;
  readonly #json: JsonScanner;
  readonly #format: EmbeddedFormat;
  /** Why base64 is looked for, said where there is none. */
  readonly #base64Why: string;
  #events: EventIn[] = [];

  constructor(bytes: Uint8Array, format: EmbeddedFormat, limits: HttpLimits, base64Why: string) {
    this.#fields = new RecordFields(bytes, limits, () => `records[${this.#events.length}]`);
    this.#json = this.#fields.json;
    this.#format = format;
    this.#base64Why = base64Why;
  }

  body(): EventIn[] {
    const json = this.#json;
    let found = false;
    if (json.kind() !== 'object') throw invalid('The body must be an object with "records".');
    if (json.enter('object')) {
      do {
        const name = this.#fields.name();
        if (name === 'records') {
          found = true;
          this.#records();
        } else if (SCHEMA_MEMBERS.has(name)) json.value();
        else throw invalid(`"${name.slice(0, 40)}" is not known beside "records".`);
      } while (json.next('object'));
    }
    json.finish();
    if (!found) throw invalid('The body has no "records".');
    if (this.#events.length === 0) throw invalid('"records" must hold at least one record.');
    return this.#events;
  }

  #records(): void {
    const json = this.#json;
    const max = this.#fields.limits.recordsMax;
    this.#events = [];
    if (json.kind() !== 'array') throw invalid('"records" must be an array.');
    if (!json.enter('array')) return;
    do {
      if (this.#events.length === max) throw invalid(`One request takes at most ${max} records.`);
      if (json.kind() !== 'object') throw this.#fields.wrong('must be an object');
      this.#events.push(this.#record());
    } while (json.next('array'));
  }

  #record(): EventIn {
    const fields = this.#fields;
    let key: Uint8Array | null = null;
    let value: Uint8Array | null = null;
    let partition: number | undefined;
    let timestampMs: number | undefined;
    let headers: EventHeader[] | undefined;
    if (this.#json.enter('object')) {
      do {
        const name = fields.name();
        if (name === 'value')
          value = this.#format === 'json' ? fields.jsonText() : fields.base64('value', this.#base64Why);
        else if (name === 'key')
          key = this.#format === 'json' ? fields.jsonKey() : fields.base64('key', this.#base64Why);
        else if (name === 'partition') partition = fields.integer('partition');
        else if (name === 'timestamp') timestampMs = fields.integer('timestamp');
        else if (name === 'headers') headers = fields.headers();
        else throw fields.wrong(`has an unknown member "${name.slice(0, 40)}"`);
      } while (this.#json.next('object'));
    }
    return eventOf(fields.keyWithin(key), value, { partition, timestampMs, headers });
  }
}

/** An event in which members that were not sent are absent: all of a request have one shape, as clients send them. */
export function eventOf(
  key: Uint8Array | null,
  value: Uint8Array | null,
  rest: { partition: number | undefined; timestampMs: number | undefined; headers: EventHeader[] | undefined },
): EventIn {
  const event: { -readonly [K in keyof EventIn]: EventIn[K] } = { key, value };
  if (rest.partition !== undefined) event.partition = rest.partition;
  if (rest.timestampMs !== undefined) event.timestampMs = rest.timestampMs;
  if (rest.headers !== undefined) event.headers = rest.headers;
  return event;
}

function invalid(message: string): HttpError {
  return new HttpError('request_invalid', message);
}
