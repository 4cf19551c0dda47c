import type { Write } from '../store/index.ts';

/*
 * What routes need of the floors below, in their own words: the classes of lib/topic, lib/group and lib/log satisfy
 * these by their shape.
 */

/** A write of a transaction that only tests its condition. */
export type Check = Extract<Write, { write: 'check' }>;

export interface RouteTopics {
  /** @throws an error with code `topic_unknown` */
  describe(name: string): Promise<{ readonly topicId: string; readonly partitions: number; readonly width: number }>;
}

/** An event to produce. */
export interface EventOut {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestampMs?: number;
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[];
}

export interface RouteEvents {
  /** The same idempotency key and fingerprint land once, and get the first answer again. */
  produce(
    topic: string,
    events: EventOut[],
    options?: { idempotencyKey?: string; fingerprint?: Uint8Array },
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]>;
  fetch(
    reads: { topic: string; partition: number; offset: number; maxBytes: number }[],
    options: { maxBytes: number; minBytes: number; maxWaitMs: number; signal?: AbortSignal },
  ): Promise<readonly RouteFetched[]>;
  /** In the order of `partitions`. */
  offsets(
    topic: string,
    partitions: readonly number[],
  ): Promise<readonly { readonly logStartOffset: number; readonly highWatermark: number }[]>;
  /** The first record at or after the time, or undefined where there is none. */
  offsetForTime(
    topic: string,
    partition: number,
    timestampMs: number,
  ): Promise<{ readonly offset: number } | undefined>;
}

/** One partition's answer. */
export interface RouteFetched {
  /** Whole batches with their offsets; the first may begin before the offset asked for. */
  readonly batches: readonly Uint8Array[];
  /** Where the next read goes on. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly error?: (Error & { readonly code: string }) | undefined;
}

export interface RouteGroups {
  /** Commits under the guard alone. @throws an error with code `group_fenced` where the guard does not hold */
  commit(
    group: string,
    offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
    as: { readonly guard: Check },
  ): Promise<void>;
  committed(
    group: string,
    topic?: string,
  ): Promise<readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]>;
  /** Forgets the group. @throws an error with code `group_unknown` */
  delete(group: string): Promise<void>;
}

export interface RouteLog {
  /** Calls back after each commit made by this process; returns what ends it. */
  onCommit(listener: (ledger: { readonly topicId: string; readonly index: number }) => void): () => void;
  /** Holds while the ledger's partitions have just these high watermarks: nothing was committed since they were read. */
  unchangedSince(
    ledger: { readonly topicId: string; readonly index: number },
    highWatermarks: readonly number[],
  ): Check;
}
