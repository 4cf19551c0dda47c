// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DeleteRecordsRequestDeleteRecordsPartition {
  readonly partitionIndex: number;
  readonly offset: number;
}

export interface DeleteRecordsRequestDeleteRecordsTopic {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsRequestDeleteRecordsPartition[];
}

export interface DeleteRecordsRequest {
  readonly topics: readonly DeleteRecordsRequestDeleteRecordsTopic[];
  readonly timeoutMs: number;
}

function readDeleteRecordsRequestDeleteRecordsPartition(r: KafkaReader): DeleteRecordsRequestDeleteRecordsPartition {
  const it: DeleteRecordsRequestDeleteRecordsPartition = {
    partitionIndex: r.i32(),
    offset: r.i64(),
  };
  r.skipTags();
  return it;
}

function readDeleteRecordsRequestDeleteRecordsTopic(r: KafkaReader, v: number): DeleteRecordsRequestDeleteRecordsTopic {
  const it: DeleteRecordsRequestDeleteRecordsTopic = {
    name: r.string(),
    partitions: r.array(12, v, readDeleteRecordsRequestDeleteRecordsPartition),
  };
  r.skipTags();
  return it;
}

export function readDeleteRecordsRequest(r: KafkaReader, v: number): DeleteRecordsRequest {
  const it: DeleteRecordsRequest = {
    topics: r.array(2, v, readDeleteRecordsRequestDeleteRecordsTopic),
    timeoutMs: r.i32(),
  };
  r.skipTags();
  return it;
}

export interface DeleteRecordsResponseDeleteRecordsPartitionResult {
  readonly partitionIndex: number;
  readonly lowWatermark: number;
  readonly errorCode: number;
}

export interface DeleteRecordsResponseDeleteRecordsTopicResult {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsResponseDeleteRecordsPartitionResult[];
}

export interface DeleteRecordsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DeleteRecordsResponseDeleteRecordsTopicResult[];
}

function writeDeleteRecordsResponseDeleteRecordsPartitionResult(
  w: KafkaWriter,
  _v: number,
  it: DeleteRecordsResponseDeleteRecordsPartitionResult,
): void {
  w.i32(it.partitionIndex);
  w.i64(it.lowWatermark);
  w.i16(it.errorCode);
  w.noTags();
}

function writeDeleteRecordsResponseDeleteRecordsTopicResult(
  w: KafkaWriter,
  v: number,
  it: DeleteRecordsResponseDeleteRecordsTopicResult,
): void {
  w.string(it.name);
  w.array(v, it.partitions, writeDeleteRecordsResponseDeleteRecordsPartitionResult);
  w.noTags();
}

export function writeDeleteRecordsResponse(w: KafkaWriter, v: number, it: DeleteRecordsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.topics, writeDeleteRecordsResponseDeleteRecordsTopicResult);
  w.noTags();
}
