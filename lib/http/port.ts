import type { Clock, Random } from '../bytes/index.ts';
import type { Routes } from '../route/index.ts';
import type { MetaStore } from '../store/index.ts';
import type { ConfigEntry, EventIn, Placed, ProduceOptions } from '../topic/index.ts';

export type { EventIn, Placed, ProduceOptions };

/*
 * What HTTP needs of the services, in HTTP's own words: the classes of lib/topic, lib/group and lib/route satisfy these
 * by their shape.
 */

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
  readonly error?: (Error & { readonly code: string }) | undefined;
}

export interface OffsetRange {
  readonly logStartOffset: number;
  readonly highWatermark: number;
}

export interface EventsPort {
  produce(topic: string, events: readonly EventIn[], options?: ProduceOptions): Promise<readonly Placed[]>;
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
  /** All settings with their values, defaults included. */
  config(name: string): Promise<readonly ConfigEntry[]>;
  /** Sets the named keys; null takes a key back to its default. */
  alter(name: string, config: Record<string, string | null>): Promise<TopicInfo>;
  addPartitions(name: string, partitions: number): Promise<TopicInfo>;
  delete(name: string): Promise<void>;
}

/** Partitions of one topic, as groups list them; without a name where the topic is gone. */
export interface TopicPartitions {
  readonly topic: string | undefined;
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** What a member of a group is told. */
export interface MemberAnswer {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly assignment: readonly TopicPartitions[];
  /** What it must stop reading, and then leave out of its `ownedPartitions`. */
  readonly revoking: readonly TopicPartitions[];
  readonly settled: boolean;
}

export interface HeartbeatIn {
  readonly memberId: string;
  /** 0 joins. */
  readonly memberEpoch: number;
  readonly clientId?: string;
  readonly subscription: { readonly topics: readonly string[] } | { readonly pattern: string };
  readonly sessionTimeoutMs: number;
  readonly ownedPartitions?: readonly { readonly topicId: string; readonly partitions: readonly number[] }[];
}

export interface OffsetIn {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string;
}

export interface CommittedOut {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string | undefined;
}

export interface MemberOut extends MemberAnswer {
  readonly instanceId: string | undefined;
  readonly clientId: string | undefined;
}

export interface GroupOut {
  readonly group: string;
  readonly state: 'empty' | 'stable' | 'reconciling';
  readonly assignor: string;
  readonly members: readonly MemberOut[];
}

export interface LagOut {
  readonly total: number;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly committed: number | undefined;
    readonly highWatermark: number;
    readonly lag: number | undefined;
    readonly memberId: string | undefined;
  }[];
}

export interface GroupsPort {
  heartbeat(group: string, request: HeartbeatIn): Promise<MemberAnswer>;
  leave(group: string, request: { readonly memberId: string }): Promise<void>;
  commit(
    group: string,
    offsets: readonly OffsetIn[],
    as: { readonly memberId: string; readonly memberEpoch: number } | 'anyone',
  ): Promise<void>;
  committed(group: string, topic?: string): Promise<readonly CommittedOut[]>;
  lag(group: string): Promise<LagOut>;
  list(): Promise<readonly { readonly group: string; readonly members: number }[]>;
  describe(group: string): Promise<GroupOut>;
  delete(group: string): Promise<void>;
}

/** Routes, but for starting and ending their work. */
export type RoutesPort = Omit<Routes, 'start' | 'close'>;

/** All that the HTTP API stands on. */
export interface HttpServices {
  readonly topics: TopicsPort;
  readonly events: EventsPort;
  readonly groups: GroupsPort;
  readonly routes: RoutesPort;
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
}
