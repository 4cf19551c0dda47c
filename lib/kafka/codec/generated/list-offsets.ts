// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ListOffsetsRequestListOffsetsPartition {
  readonly partitionIndex: number;
  readonly currentLeaderEpoch: number; // version >= 4
  readonly timestamp: number;
}

export interface ListOffsetsRequestListOffsetsTopic {
  readonly name: string;
  readonly partitions: readonly ListOffsetsRequestListOffsetsPartition[];
}

export interface ListOffsetsRequest {
  readonly replicaId: number;
  readonly isolationLevel: number; // version >= 2
  readonly topics: readonly ListOffsetsRequestListOffsetsTopic[];
}

function readListOffsetsRequestListOffsetsPartition(r: KafkaReader, v: number): ListOffsetsRequestListOffsetsPartition {
  const it: ListOffsetsRequestListOffsetsPartition = {
    partitionIndex: r.i32(),
    currentLeaderEpoch: v >= 4 ? r.i32() : -1,
    timestamp: r.i64(),
  };
  r.skipTags();
  return it;
}

function readListOffsetsRequestListOffsetsTopic(r: KafkaReader, v: number): ListOffsetsRequestListOffsetsTopic {
  const it: ListOffsetsRequestListOffsetsTopic = {
    name: r.string(),
    partitions: r.array(12, v, readListOffsetsRequestListOffsetsPartition),
  };
  r.skipTags();
  return it;
}

export function readListOffsetsRequest(r: KafkaReader, v: number): ListOffsetsRequest {
  const it: ListOffsetsRequest = {
    replicaId: r.i32(),
    isolationLevel: v >= 2 ? r.i8() : 0,
    topics: r.array(2, v, readListOffsetsRequestListOffsetsTopic),
  };
  r.skipTags();
  return it;
}

export interface ListOffsetsResponseListOffsetsPartitionResponse {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly timestamp?: number;
  readonly offset?: number;
  readonly leaderEpoch?: number; // version >= 4
}

export interface ListOffsetsResponseListOffsetsTopicResponse {
  readonly name: string;
  readonly partitions: readonly ListOffsetsResponseListOffsetsPartitionResponse[];
}

export interface ListOffsetsResponse {
  readonly throttleTimeMs?: number; // version >= 2
  readonly topics: readonly ListOffsetsResponseListOffsetsTopicResponse[];
}

function writeListOffsetsResponseListOffsetsPartitionResponse(
  w: KafkaWriter,
  v: number,
  it: ListOffsetsResponseListOffsetsPartitionResponse,
): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
  w.i64(it.timestamp ?? -1);
  w.i64(it.offset ?? -1);
  if (v >= 4) {
    w.i32(it.leaderEpoch ?? -1);
  } else if (it.leaderEpoch !== undefined && it.leaderEpoch !== -1) w.misplaced('leaderEpoch', v);
  w.noTags();
}

function writeListOffsetsResponseListOffsetsTopicResponse(
  w: KafkaWriter,
  v: number,
  it: ListOffsetsResponseListOffsetsTopicResponse,
): void {
  w.string(it.name);
  w.array(v, it.partitions, writeListOffsetsResponseListOffsetsPartitionResponse);
  w.noTags();
}

export function writeListOffsetsResponse(w: KafkaWriter, v: number, it: ListOffsetsResponse): void {
  if (v >= 2) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.array(v, it.topics, writeListOffsetsResponseListOffsetsTopicResponse);
  w.noTags();
}
