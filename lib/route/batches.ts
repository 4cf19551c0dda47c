import { batchHeader, readRecords } from '../record/index.ts';
import type { RouteEvent } from './envelope.ts';

/** The events of fetched record batches, in offset order; transaction markers are none. Keys and values are views. */
export function* eventsOf(topic: string, partition: number, bytes: Uint8Array): Generator<RouteEvent> {
  for (let at = 0; at < bytes.length; ) {
    const { control, lengthBytes } = batchHeader(bytes, at);
    if (!control) for (const record of readRecords(bytes, { at })) yield { topic, partition, ...record };
    at += lengthBytes;
  }
}
