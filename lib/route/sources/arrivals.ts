import type { EventIn } from '../../topic/index.ts';
import { keyOf } from './key.ts';
import type { Arrival } from './land.ts';
import type { SourceSettings } from './settings.ts';
import type { SourceRecord } from './source.ts';

/** Names the record that an event came from: who reads the topic can tell what came twice. */
export const SOURCE_ID_HEADER = 'source.id';

/** What an event source brought: what is to land, and what its failures are called there. */
export interface SourceBatch {
  readonly arrivals: readonly Arrival[];
  /** The `itemIdentifier` of each, in the same order. */
  readonly reportedAs: readonly string[];
}

/**
 * The events of a Lambda event for a source's topic.
 *
 * @throws SourceError `source_event_unknown`
 * @example
 * readSource(event, parseSource({ kind: 'kinesis', topic: 'clicks' })).arrivals.length;
 */
export function readSource(event: unknown, settings: SourceSettings): SourceBatch {
  const records = settings.kind.read(event, settings);
  const arrivals = records.map(
    (record): Arrival => ({
      id: record.id,
      topic: settings.topic,
      lane: record.lane,
      events: [eventOf(record, settings)],
    }),
  );
  return { arrivals, reportedAs: records.map(({ reportedAs }) => reportedAs) };
}

function eventOf(record: SourceRecord, { key }: SourceSettings): EventIn {
  return {
    key: keyOf(record, key),
    value: record.value,
    timestampMs: record.timestampMs,
    headers: [[SOURCE_ID_HEADER, Buffer.from(record.id)], ...record.attributes],
  };
}
