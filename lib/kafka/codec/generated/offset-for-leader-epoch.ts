// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface OffsetForLeaderEpochRequestOffsetForLeaderPartition {
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly leaderEpoch: number;
}

export interface OffsetForLeaderEpochRequestOffsetForLeaderTopic {
  readonly topic: string;
  readonly partitions: readonly OffsetForLeaderEpochRequestOffsetForLeaderPartition[];
}

export interface OffsetForLeaderEpochRequest {
  readonly replicaId: number; // version >= 3
  readonly topics: readonly OffsetForLeaderEpochRequestOffsetForLeaderTopic[];
}

function readOffsetForLeaderEpochRequestOffsetForLeaderPartition(
  r: KafkaReader,
): OffsetForLeaderEpochRequestOffsetForLeaderPartition {
  const it: OffsetForLeaderEpochRequestOffsetForLeaderPartition = {
    partition: r.i32(),
    currentLeaderEpoch: r.i32(),
    leaderEpoch: r.i32(),
  };
  r.skipTags();
  return it;
}

function readOffsetForLeaderEpochRequestOffsetForLeaderTopic(
  r: KafkaReader,
  v: number,
): OffsetForLeaderEpochRequestOffsetForLeaderTopic {
  const it: OffsetForLeaderEpochRequestOffsetForLeaderTopic = {
    topic: r.string(),
    partitions: r.array(12, v, readOffsetForLeaderEpochRequestOffsetForLeaderPartition),
  };
  r.skipTags();
  return it;
}

export function readOffsetForLeaderEpochRequest(r: KafkaReader, v: number): OffsetForLeaderEpochRequest {
  const it: OffsetForLeaderEpochRequest = {
    replicaId: v >= 3 ? r.i32() : -2,
    topics: r.array(2, v, readOffsetForLeaderEpochRequestOffsetForLeaderTopic),
  };
  r.skipTags();
  return it;
}

export interface OffsetForLeaderEpochResponseEpochEndOffset {
  readonly errorCode: number;
  readonly partition: number;
  readonly leaderEpoch?: number;
  readonly endOffset?: number;
}

export interface OffsetForLeaderEpochResponseOffsetForLeaderTopicResult {
  readonly topic: string;
  readonly partitions: readonly OffsetForLeaderEpochResponseEpochEndOffset[];
}

export interface OffsetForLeaderEpochResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetForLeaderEpochResponseOffsetForLeaderTopicResult[];
}

function writeOffsetForLeaderEpochResponseEpochEndOffset(
  w: KafkaWriter,
  _v: number,
  it: OffsetForLeaderEpochResponseEpochEndOffset,
): void {
  w.i16(it.errorCode);
  w.i32(it.partition);
  w.i32(it.leaderEpoch ?? -1);
  w.i64(it.endOffset ?? -1);
  w.noTags();
}

function writeOffsetForLeaderEpochResponseOffsetForLeaderTopicResult(
  w: KafkaWriter,
  v: number,
  it: OffsetForLeaderEpochResponseOffsetForLeaderTopicResult,
): void {
  w.string(it.topic);
  w.array(v, it.partitions, writeOffsetForLeaderEpochResponseEpochEndOffset);
  w.noTags();
}

export function writeOffsetForLeaderEpochResponse(w: KafkaWriter, v: number, it: OffsetForLeaderEpochResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.topics, writeOffsetForLeaderEpochResponseOffsetForLeaderTopicResult);
  w.noTags();
}
