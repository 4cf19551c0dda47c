import type { Log, TopicLayout } from '../log/index.ts';

/** What groups need to know of topics. */
export interface TopicDirectory {
  /** The layout of a topic, or undefined where there is none of that name. */
  layout(name: string): Promise<TopicLayout | undefined>;
  /** Names of all topics, for subscriptions by pattern. */
  names(): Promise<readonly string[]>;
}

/** What groups need to know of the log, for lag and resets. */
export type LogOffsets = Pick<Log, 'offsets' | 'offsetForTime'>;
