import type { RouteEvent } from '../../../lib/route/envelope.ts';
import type { SinkBatch, SinkContext } from '../../../lib/route/sink.ts';

/** What one event is to have that is not usual. */
export type EventWish = Partial<Pick<RouteEvent, 'offset' | 'timestampMs' | 'headers'>> & {
  readonly key?: string | null | Uint8Array;
  readonly value?: unknown;
};

/** A batch of topic `orders`, partition 3; values are texts, bytes, null, or else become JSON. */
export function batchOf(wishes: readonly EventWish[], more: Partial<SinkBatch> = {}): SinkBatch {
  const events = wishes.map(({ key = null, value, offset, timestampMs = 1_700_000_000_000, headers = [] }, index) => ({
    topic: 'orders',
    partition: 3,
    offset: offset ?? index,
    timestampMs,
    key: typeof key === 'string' ? Buffer.from(key) : key,
    value: bytesOf(value),
    headers,
  }));
  const [from, to] = [events[0]?.offset ?? 0, (events.at(-1)?.offset ?? 0) + 1];
  return { topic: 'orders', topicId: 'topic-1', partition: 3, from, to, events, ...more };
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

export function contextOf(more: Partial<SinkContext> = {}): SinkContext {
  return { route: 'late', run: '01ROUTE/0', signal: new AbortController().signal, ...more };
}
