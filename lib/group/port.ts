import type { PartitionRef, TopicLayout } from '../log/index.ts';

/** What groups need to know of topics. */
export interface TopicDirectory {
  /** The layout of a topic, or undefined where there is none of that name. */
  layout(name: string): Promise<TopicLayout | undefined>;
  /** Names of all topics, for subscriptions by pattern. */
  names(): Promise<readonly string[]>;
}

/** What groups need to know of the log, for lag and resets. */
export interface LogOffsets {
  /** Per partition, in the order asked: its first readable offset, and the one that its next record will get. */
  offsets(refs: readonly PartitionRef[]): Promise<readonly { logStartOffset: number; highWatermark: number }[]>;
  /** The first record with a timestamp at or after `timestampMs`, or undefined where there is none. */
  offsetForTime(
    ref: PartitionRef,
    timestampMs: number,
  ): Promise<{ readonly offset: number; readonly timestampMs: number } | undefined>;
}
