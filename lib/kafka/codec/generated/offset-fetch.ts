// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface OffsetFetchRequestTopic {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export interface OffsetFetchRequestTopics {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export interface OffsetFetchRequestGroup {
  readonly groupId: string;
  readonly memberId: string | null; // version >= 9
  readonly memberEpoch: number; // version >= 9
  readonly topics: readonly OffsetFetchRequestTopics[] | null;
}

export interface OffsetFetchRequest {
  readonly groupId: string; // version <= 7
  readonly topics: readonly OffsetFetchRequestTopic[] | null; // version <= 7
  readonly groups: readonly OffsetFetchRequestGroup[]; // version >= 8
  readonly requireStable: boolean; // version >= 7
}

function readOffsetFetchRequestTopic(r: KafkaReader, v: number): OffsetFetchRequestTopic {
  const it: OffsetFetchRequestTopic = {
    name: r.string(),
    partitionIndexes: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readOffsetFetchRequestTopics(r: KafkaReader, v: number): OffsetFetchRequestTopics {
  const it: OffsetFetchRequestTopics = {
    name: r.string(),
    partitionIndexes: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readOffsetFetchRequestGroup(r: KafkaReader, v: number): OffsetFetchRequestGroup {
  const it: OffsetFetchRequestGroup = {
    groupId: r.string(),
    memberId: v >= 9 ? r.nullableString() : null,
    memberEpoch: v >= 9 ? r.i32() : -1,
    topics: r.nullableArray(2, v, readOffsetFetchRequestTopics),
  };
  r.skipTags();
  return it;
}

export function readOffsetFetchRequest(r: KafkaReader, v: number): OffsetFetchRequest {
  const it: OffsetFetchRequest = {
    groupId: v <= 7 ? r.string() : '',
    topics:
      v <= 7
        ? v >= 2
          ? r.nullableArray(2, v, readOffsetFetchRequestTopic)
          : r.array(2, v, readOffsetFetchRequestTopic)
        : [],
    groups: v >= 8 ? r.array(2, v, readOffsetFetchRequestGroup) : [],
    requireStable: v >= 7 ? r.bool() : false,
  };
  r.skipTags();
  return it;
}

export interface OffsetFetchResponsePartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch?: number; // version >= 5
  readonly metadata: string | null;
  readonly errorCode: number;
}

export interface OffsetFetchResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetFetchResponsePartition[];
}

export interface OffsetFetchResponsePartitions {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch?: number;
  readonly metadata: string | null;
  readonly errorCode: number;
}

export interface OffsetFetchResponseTopics {
  readonly name: string;
  readonly partitions: readonly OffsetFetchResponsePartitions[];
}

export interface OffsetFetchResponseGroup {
  readonly groupId: string;
  readonly topics: readonly OffsetFetchResponseTopics[];
  readonly errorCode?: number;
}

export interface OffsetFetchResponse {
  readonly throttleTimeMs?: number; // version >= 3
  readonly topics?: readonly OffsetFetchResponseTopic[]; // version <= 7
  readonly errorCode?: number; // version >= 2 && version <= 7
  readonly groups?: readonly OffsetFetchResponseGroup[]; // version >= 8
}

function writeOffsetFetchResponsePartition(w: KafkaWriter, v: number, it: OffsetFetchResponsePartition): void {
  w.i32(it.partitionIndex);
  w.i64(it.committedOffset);
  if (v >= 5) {
    w.i32(it.committedLeaderEpoch ?? -1);
  }
  w.nullableString(it.metadata);
  w.i16(it.errorCode);
  w.noTags();
}

function writeOffsetFetchResponseTopic(w: KafkaWriter, v: number, it: OffsetFetchResponseTopic): void {
  w.string(it.name);
  w.array(v, it.partitions, writeOffsetFetchResponsePartition);
  w.noTags();
}

function writeOffsetFetchResponsePartitions(w: KafkaWriter, _v: number, it: OffsetFetchResponsePartitions): void {
  w.i32(it.partitionIndex);
  w.i64(it.committedOffset);
  w.i32(it.committedLeaderEpoch ?? -1);
  w.nullableString(it.metadata);
  w.i16(it.errorCode);
  w.noTags();
}

function writeOffsetFetchResponseTopics(w: KafkaWriter, v: number, it: OffsetFetchResponseTopics): void {
  w.string(it.name);
  w.array(v, it.partitions, writeOffsetFetchResponsePartitions);
  w.noTags();
}

function writeOffsetFetchResponseGroup(w: KafkaWriter, v: number, it: OffsetFetchResponseGroup): void {
  w.string(it.groupId);
  w.array(v, it.topics, writeOffsetFetchResponseTopics);
  w.i16(it.errorCode ?? 0);
  w.noTags();
}

export function writeOffsetFetchResponse(w: KafkaWriter, v: number, it: OffsetFetchResponse): void {
  if (v >= 3) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  if (v <= 7) {
    w.array(v, it.topics ?? [], writeOffsetFetchResponseTopic);
  } else if (it.topics !== undefined && it.topics.length > 0) w.misplaced('topics', v);
  if (v >= 2 && v <= 7) {
    w.i16(it.errorCode ?? 0);
  }
  if (v >= 8) {
    w.array(v, it.groups ?? [], writeOffsetFetchResponseGroup);
  } else if (it.groups !== undefined && it.groups.length > 0) w.misplaced('groups', v);
  w.noTags();
}
