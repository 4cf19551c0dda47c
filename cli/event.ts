/*
 * Events as the command has them, and what they are over HTTP: REST Proxy v2's binary format.
 */
import type { BinaryRecord } from '../lib/client/index.ts';

/** An event that was read. */
export interface EventOut {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly EventHeader[];
}

export type EventHeader = readonly [name: string, value: Buffer | null];

/** An event to be written. */
export interface EventIn {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly partition?: number | undefined;
  readonly timestampMs?: number | undefined;
  readonly headers?: readonly EventHeader[] | undefined;
}

/** The Content-Type and Accept of keys and values in base64. */
export const BINARY = 'application/vnd.kafka.binary.v2+json';

export function eventOf(record: BinaryRecord): EventOut {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: record.timestamp,
    key: bytesOf(record.key),
    value: bytesOf(record.value),
    headers: record.headers.map(({ name, value }) => [name, bytesOf(value)] as const),
  };
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}

/** An event as a record of a v2 produce body, in JSON text. Base64 needs no escapes, so it is put together by hand. */
export function recordText({ key, value, partition, timestampMs, headers }: EventIn): string {
  let text = `{"value":${base64Text(value)}`;
  if (key !== null) text += `,"key":${base64Text(key)}`;
  if (partition !== undefined) text += `,"partition":${partition}`;
  if (timestampMs !== undefined) text += `,"timestamp":${timestampMs}`;
  if (headers !== undefined && headers.length > 0) {
    const list = headers.map(([name, bytes]) => `{"name":${JSON.stringify(name)},"value":${base64Text(bytes)}}`);
    text += `,"headers":[${list.join(',')}]`;
  }
  return `${text}}`;
}

function base64Text(bytes: Buffer | null): string {
  return bytes === null ? 'null' : `"${bytes.toString('base64')}"`;
}
