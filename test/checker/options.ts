import type { PartitionName } from './history.ts';

/** What is allowed beyond what the history itself shows. */
export interface CheckOptions {
  /** Topics of which older records of a key may go. */
  readonly compacted?: ReadonlySet<string>;
  /** Topics whose records may go by retention, and for how long, in ms, each is surely kept after it was sent. */
  readonly expiring?: ReadonlyMap<string, number>;
  /**
   * Writes of transactions that are appended as they come may stand between each other's, as in Kafka, and then are in
   * no order that G0 or G1c could break. True: they must not.
   */
  readonly isolatedWrites?: boolean;
  /** Groups whose members begin at the start, and commit only what polls of theirs have in the history. */
  readonly atLeastOnce?: ReadonlySet<string>;
}

export function topicOf(partition: PartitionName): string {
  return partition.slice(0, partition.lastIndexOf('/'));
}
