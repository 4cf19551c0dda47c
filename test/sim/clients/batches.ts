import {
  BatchBuilder,
  type BatchOptions,
  baseOffset,
  batchHeader,
  batchLength,
  controlType,
  type EventRecord,
  type Header,
  readRecords,
} from '../../../lib/record/index.ts';
import type { Isolation, Seen } from '../../checker/index.ts';
import type { Chance } from '../chance.ts';

/** A record as clients of the simulation send it. */
export interface SimulatedRecord {
  readonly key: string | undefined;
  readonly value: string;
  /** It has no value then, and is named by a header. */
  readonly tombstone?: boolean;
}

const NAME = 'name';
/** Of the records that have a key, so many delete it. */
const TOMBSTONES = 0.2;

/** A record of a topic with so many keys: sometimes one that deletes what its key had. */
export function recordOf(chance: Chance, keys: number, value: string): SimulatedRecord {
  if (keys === 0) return { key: undefined, value };
  return { key: `k${chance.below(keys)}`, value, tombstone: chance.is(TOMBSTONES) };
}

/** What a record that was read is named by: its value, or what it has in place of one. */
export function nameOf({ value, headers }: Pick<EventRecord, 'value' | 'headers'>): string {
  return Buffer.from(value ?? headers.find(([name]) => name === NAME)?.[1] ?? []).toString();
}

/** A batch of records, all of one time. */
export function batchOf(options: BatchOptions, records: readonly SimulatedRecord[], timestampMs: number): Uint8Array {
  const builder = new BatchBuilder(options);
  for (const { key, value, tombstone = false } of records) {
    const bytes = Buffer.from(value);
    const headers: Header[] = tombstone ? [[NAME, bytes]] : [];
    builder.append(key === undefined ? null : Buffer.from(key), tombstone ? null : bytes, timestampMs, headers);
  }
  return builder.build();
}

/** What a fetch of one partition gave to a consumer. */
export interface Fetched {
  readonly records: readonly Seen[];
  /** Where it reads on. */
  readonly nextOffset: number;
}

/**
 * What a consumer makes of the batches that a fetch from `fetchOffset` returned, as Kafka's does: what lies before it is
 * skipped, control records and records of aborted transactions are not shown.
 */
export function consumed(
  batches: readonly Uint8Array[],
  fetchOffset: number,
  { isolation, aborted }: { isolation: Isolation; aborted: readonly { producerId: number; firstOffset: number }[] },
): Fetched {
  const bytes = batches.length === 1 ? batches[0]! : new Uint8Array(Buffer.concat(batches));
  const records: Seen[] = [];
  let nextOffset = fetchOffset;
  const starts = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const abortedNow = new Set<number>();
  for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
    const header = batchHeader(bytes, at);
    const end = baseOffset(bytes, at) + header.offsetSpan;
    while (starts.length > 0 && starts[0]!.firstOffset < end) abortedNow.add(starts.shift()!.producerId);
    nextOffset = Math.max(nextOffset, end);
    if (header.control) {
      for (const { key } of readRecords(bytes, { at })) {
        if (controlType(key) === 'abort') abortedNow.delete(header.producerId);
      }
      continue;
    }
    if (isolation === 'committed' && header.transactional && abortedNow.has(header.producerId)) continue;
    for (const record of readRecords(bytes, { at })) {
      if (record.offset >= fetchOffset) records.push([record.offset, nameOf(record)]);
    }
  }
  return { records, nextOffset };
}
