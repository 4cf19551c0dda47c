// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface TxnOffsetCommitRequestPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number; // version >= 2
  readonly committedMetadata: string | null;
}

export interface TxnOffsetCommitRequestTopic {
  readonly name: string;
  readonly partitions: readonly TxnOffsetCommitRequestPartition[];
}

export interface TxnOffsetCommitRequest {
  readonly transactionalId: string;
  readonly groupId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly generationId: number; // version >= 3
  readonly memberId: string; // version >= 3
  readonly groupInstanceId: string | null; // version >= 3
  readonly topics: readonly TxnOffsetCommitRequestTopic[];
}

function readTxnOffsetCommitRequestPartition(r: KafkaReader, v: number): TxnOffsetCommitRequestPartition {
  const it: TxnOffsetCommitRequestPartition = {
    partitionIndex: r.i32(),
    committedOffset: r.i64(),
    committedLeaderEpoch: v >= 2 ? r.i32() : -1,
    committedMetadata: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readTxnOffsetCommitRequestTopic(r: KafkaReader, v: number): TxnOffsetCommitRequestTopic {
  const it: TxnOffsetCommitRequestTopic = {
    name: r.string(),
    partitions: r.array(13, v, readTxnOffsetCommitRequestPartition),
  };
  r.skipTags();
  return it;
}

export function readTxnOffsetCommitRequest(r: KafkaReader, v: number): TxnOffsetCommitRequest {
  const it: TxnOffsetCommitRequest = {
    transactionalId: r.string(),
    groupId: r.string(),
    producerId: r.i64(),
    producerEpoch: r.i16(),
    generationId: v >= 3 ? r.i32() : -1,
    memberId: v >= 3 ? r.string() : '',
    groupInstanceId: v >= 3 ? r.nullableString() : null,
    topics: r.array(2, v, readTxnOffsetCommitRequestTopic),
  };
  r.skipTags();
  return it;
}

export interface TxnOffsetCommitResponsePartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

export interface TxnOffsetCommitResponseTopic {
  readonly name: string;
  readonly partitions: readonly TxnOffsetCommitResponsePartition[];
}

export interface TxnOffsetCommitResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly TxnOffsetCommitResponseTopic[];
}

function writeTxnOffsetCommitResponsePartition(w: KafkaWriter, _v: number, it: TxnOffsetCommitResponsePartition): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
  w.noTags();
}

function writeTxnOffsetCommitResponseTopic(w: KafkaWriter, v: number, it: TxnOffsetCommitResponseTopic): void {
  w.string(it.name);
  w.array(v, it.partitions, writeTxnOffsetCommitResponsePartition);
  w.noTags();
}

export function writeTxnOffsetCommitResponse(w: KafkaWriter, v: number, it: TxnOffsetCommitResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.topics, writeTxnOffsetCommitResponseTopic);
  w.noTags();
}
