import { Reader, Writer } from '../bytes/index.ts';
import { partitionForKey } from '../record/index.ts';
import { TopicError } from './errors.ts';

/** What the choice of partitions depended on, kept with an idempotency key so that a retry gets the first answer. */
export interface Placement {
  /** Partitions that the topic had. */
  partitions: number;
  /** Where events without a key went. */
  keyless: number;
}

export function encodePlacement(placement: Placement): Uint8Array {
  const writer = new Writer(16);
  writer.uvarint(placement.partitions);
  writer.uvarint(placement.keyless);
  return writer.view();
}

export function decodePlacement(bytes: Uint8Array): Placement {
  const reader = new Reader(bytes);
  return { partitions: reader.uvarint(), keyless: reader.uvarint() };
}

/** As `encodePlacement`, for several topics, of which the reader knows how many. */
export function encodePlacements(placements: readonly Placement[]): Uint8Array {
  const writer = new Writer(placements.length * 4);
  for (const placement of placements) writer.raw(encodePlacement(placement));
  return writer.view();
}

export function decodePlacements(bytes: Uint8Array): Placement[] {
  const reader = new Reader(bytes);
  const placements: Placement[] = [];
  while (reader.remaining > 0) placements.push({ partitions: reader.uvarint(), keyless: reader.uvarint() });
  return placements;
}

/**
 * The partition of each event: the one it names, else by its key as Kafka's Java producer does, else the one that keyless
 * events share.
 *
 * @throws TopicError `partition_unknown`
 */
export function placeEvents(
  events: readonly { key: Uint8Array | null; partition?: number | undefined }[],
  placement: Placement,
): Int32Array {
  const places = new Int32Array(events.length);
  for (let i = 0; i < events.length; i++) {
    const { key, partition } = events[i]!;
    if (partition !== undefined) {
      if (!(partition >= 0 && partition < placement.partitions)) {
        throw new TopicError(
          'partition_unknown',
          `Event ${i} names partition ${partition}; the topic has 0 to ${placement.partitions - 1}.`,
        );
      }
      places[i] = partition;
    } else places[i] = key === null ? placement.keyless : partitionForKey(key, placement.partitions);
  }
  return places;
}
