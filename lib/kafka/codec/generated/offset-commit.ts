// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface OffsetCommitRequestPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number; // version >= 6
  readonly committedMetadata: string | null;
}

export interface OffsetCommitRequestTopic {
  readonly name: string;
  readonly partitions: readonly OffsetCommitRequestPartition[];
}

export interface OffsetCommitRequest {
  readonly groupId: string;
  readonly generationIdOrMemberEpoch: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null; // version >= 7
  readonly retentionTimeMs: number; // version <= 4
  readonly topics: readonly OffsetCommitRequestTopic[];
}

function readOffsetCommitRequestPartition(r: KafkaReader, v: number): OffsetCommitRequestPartition {
  const it: OffsetCommitRequestPartition = {
    partitionIndex: r.i32(),
    committedOffset: r.i64(),
    committedLeaderEpoch: v >= 6 ? r.i32() : -1,
    committedMetadata: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readOffsetCommitRequestTopic(r: KafkaReader, v: number): OffsetCommitRequestTopic {
  const it: OffsetCommitRequestTopic = {
    name: r.string(),
    partitions: r.array(13, v, readOffsetCommitRequestPartition),
  };
  r.skipTags();
  return it;
}

export function readOffsetCommitRequest(r: KafkaReader, v: number): OffsetCommitRequest {
  const it: OffsetCommitRequest = {
    groupId: r.string(),
    generationIdOrMemberEpoch: r.i32(),
    memberId: r.string(),
    groupInstanceId: v >= 7 ? r.nullableString() : null,
    retentionTimeMs: v <= 4 ? r.i64() : -1,
    topics: r.array(2, v, readOffsetCommitRequestTopic),
  };
  r.skipTags();
  return it;
}

export interface OffsetCommitResponsePartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

export interface OffsetCommitResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetCommitResponsePartition[];
}

export interface OffsetCommitResponse {
  readonly throttleTimeMs?: number; // version >= 3
  readonly topics: readonly OffsetCommitResponseTopic[];
}

function writeOffsetCommitResponsePartition(w: KafkaWriter, _v: number, it: OffsetCommitResponsePartition): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
  w.noTags();
}

function writeOffsetCommitResponseTopic(w: KafkaWriter, v: number, it: OffsetCommitResponseTopic): void {
  w.string(it.name);
  w.array(v, it.partitions, writeOffsetCommitResponsePartition);
  w.noTags();
}

export function writeOffsetCommitResponse(w: KafkaWriter, v: number, it: OffsetCommitResponse): void {
  if (v >= 3) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.array(v, it.topics, writeOffsetCommitResponseTopic);
  w.noTags();
}
