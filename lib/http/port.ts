import type { Clock, Random } from '../bytes/index.ts';
import type { MetaStore } from '../store/index.ts';

/*
 * What HTTP needs of the services, in HTTP's own words: the classes of lib/topic, lib/group and lib/route satisfy these
 * by their shape.
 */

/** One event as a produce request has it. */
export interface EventIn {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestampMs?: number;
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[];
  readonly partition?: number;
}

export interface ProduceOptions {
  /** The same key and fingerprint get the first answer again. */
  readonly idempotencyKey?: string;
  readonly fingerprint?: Uint8Array;
}

/** Where an event landed. */
export interface Placed {
  readonly partition: number;
  readonly offset: number;
}

export interface FetchRead {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchOptions {
  readonly maxBytes: number;
  readonly minBytes: number;
  readonly maxWaitMs: number;
  readonly signal?: AbortSignal;
}

export interface FetchAnswer {
  /** Whole batches with their offsets; the first may begin before the offset asked for. */
  readonly batches: readonly Uint8Array[];
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly error?: Error & { readonly code: string };
}

export interface OffsetRange {
  readonly logStartOffset: number;
  readonly highWatermark: number;
}

export interface EventsPort {
  produce(topic: string, events: EventIn[], options?: ProduceOptions): Promise<readonly Placed[]>;
  fetch(reads: FetchRead[], options: FetchOptions): Promise<readonly FetchAnswer[]>;
  /** In the order of `partitions`. */
  offsets(topic: string, partitions: readonly number[]): Promise<readonly OffsetRange[]>;
}

export interface TopicInfo {
  readonly name: string;
  readonly partitions: number;
  /** What was set; defaults are not in it. */
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicsPort {
  create(name: string, options: { partitions?: number; config?: Record<string, string> }): Promise<TopicInfo>;
  describe(name: string): Promise<TopicInfo>;
  list(): Promise<readonly TopicInfo[]>;
  /** Sets the named keys; null takes a key back to its default. */
  alter(name: string, config: Record<string, string | null>): Promise<TopicInfo>;
  addPartitions(name: string, partitions: number): Promise<TopicInfo>;
  delete(name: string): Promise<void>;
}

/** All that the HTTP API stands on. */
export interface HttpServices {
  readonly topics: TopicsPort;
  readonly events: EventsPort;
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
}
