import type { RouteEvent } from '../../../lib/route/envelope.ts';
import type { Outcome, SinkBatch, SinkContext } from '../../../lib/route/sink.ts';

export const TOPIC_ID = '01K9TOPIC';

/** An event of the topic `orders`, partition 0. */
export function eventAt(offset: number, of: Partial<RouteEvent> = {}): RouteEvent {
  return {
    topic: 'orders',
    partition: 0,
    offset,
    timestampMs: 1_790_000_000_000,
    key: null,
    value: Buffer.from(`{"n":${offset}}`),
    headers: [],
    ...of,
  };
}

/** Events with these keys, one after the other. */
export function keyed(...keys: (string | null)[]): RouteEvent[] {
  return keys.map((key, offset) => eventAt(offset, { key: key === null ? null : Buffer.from(key) }));
}

export function batchOf(events: readonly RouteEvent[]): SinkBatch {
  const [from, to] = [events[0]!.offset, events.at(-1)!.offset + 1];
  return { topic: 'orders', topicId: TOPIC_ID, partition: 0, from, to, events };
}

export function contextOf(signal: AbortSignal = new AbortController().signal): SinkContext {
  const none = () => {
    throw new Error('No sink on AWS stores a position in the stores of events.');
  };
  return { route: 'to-aws', run: '01K9ROUTE/1', signal, positions: { beside: none, moved: none } };
}

/** What became of each event, in one word. */
export function words(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ is }) => is);
}
