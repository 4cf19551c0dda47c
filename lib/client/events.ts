import { ClientError } from './errors.ts';

/** A key or a value: bytes and text as they are, anything else as JSON; null is none. */
export type Data =
  | Uint8Array
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly [name: string]: unknown };

/** An event on its way in. */
export interface EventToSend {
  readonly key?: Data;
  readonly value: Data;
  readonly headers?: readonly (readonly [name: string, value: string | Uint8Array | null])[];
  /** By the key, unless given. */
  readonly partition?: number;
  /** Milliseconds since 1970; the server's time, unless given. */
  readonly timestampMs?: number;
}

/** Where an event landed. */
export interface Placed {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** An event as it was read. */
export interface ClientEvent extends Placed {
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
  /** The value as text; empty for none. */
  text(): string;
  /** The value, which must be JSON. @throws ClientError value_invalid */
  json<T = unknown>(): T;
}

/** What TypeScript would have told. @throws ClientError event_invalid, by its place and never by what is in it */
export function requireEvents(events: readonly EventToSend[]): void {
  if (!Array.isArray(events)) throw new ClientError('event_invalid', 'Events to store come as an array.');
  events.forEach((event: Partial<EventToSend> | null | undefined, i) => {
    if (event?.value !== undefined) return;
    const message = `Event ${i} of ${events.length} has no value: { value } is needed, null where there is none.`;
    throw new ClientError('event_invalid', message);
  });
}

/** An event as v3 takes it. */
export function recordOf(event: EventToSend, topic?: string): object {
  const { key = null, value, headers, partition, timestampMs } = event;
  return {
    ...(topic !== undefined && { topic_name: topic }),
    ...(partition !== undefined && { partition_id: partition }),
    ...(timestampMs !== undefined && { timestamp: timestampMs }),
    ...(headers && {
      headers: headers.map(([name, data]) => ({ name, value: data === null ? null : headerData(data) })),
    }),
    ...(key !== null && { key: dataOf(key) }),
    ...(value !== null && { value: dataOf(value) }),
  };
}

function dataOf(data: Exclude<Data, null>): object {
  if (data instanceof Uint8Array) return { type: 'BINARY', data: base64(data) };
  return typeof data === 'string' ? { type: 'STRING', data } : { type: 'JSON', data };
}

function headerData(data: string | Uint8Array): string {
  return base64(typeof data === 'string' ? new TextEncoder().encode(data) : data);
}

/** A record as REST Proxy v2's binary format gives it: key, value and header values in base64. */
export interface BinaryRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
}

export function eventOf(record: BinaryRecord): ClientEvent {
  const { topic, partition, offset, timestamp, headers } = record;
  const value = bytesOf(record.value);
  const text = () => new TextDecoder().decode(value ?? new Uint8Array(0));
  return {
    topic,
    partition,
    offset,
    timestampMs: timestamp,
    key: bytesOf(record.key),
    value,
    headers: headers.map((header) => [header.name, bytesOf(header.value)] as const),
    text,
    json: <T>() => jsonOf({ topic, partition, offset }, value, text()) as T,
  };
}

/** What the parser says is left out, cause and all: it quotes the value. */
function jsonOf({ topic, partition, offset }: Placed, value: Uint8Array | null, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const what = value === null ? 'has no value' : `has a value of ${value.length} bytes that is not JSON`;
    const message = `The event at offset ${offset} of topic "${topic}", partition ${partition}, ${what}; take its bytes (value) or its text().`;
    throw new ClientError('value_invalid', message);
  }
}

/** Characters that one call of `fromCharCode` is given: more would be too many arguments. */
const PIECE = 8_192;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
