// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { writeInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeTopicPartitionsRequestTopicRequest {
  readonly name: string;
}

export interface DescribeTopicPartitionsRequestCursor {
  readonly topicName: string;
  readonly partitionIndex: number;
}

export interface DescribeTopicPartitionsRequest {
  readonly topics: readonly DescribeTopicPartitionsRequestTopicRequest[];
  readonly responsePartitionLimit: number;
  readonly cursor: DescribeTopicPartitionsRequestCursor | null;
}

function readDescribeTopicPartitionsRequestTopicRequest(r: KafkaReader): DescribeTopicPartitionsRequestTopicRequest {
  const it: DescribeTopicPartitionsRequestTopicRequest = {
    name: r.string(),
  };
  r.skipTags();
  return it;
}

function readDescribeTopicPartitionsRequestCursor(r: KafkaReader): DescribeTopicPartitionsRequestCursor {
  const it: DescribeTopicPartitionsRequestCursor = {
    topicName: r.string(),
    partitionIndex: r.i32(),
  };
  r.skipTags();
  return it;
}

export function readDescribeTopicPartitionsRequest(r: KafkaReader, v: number): DescribeTopicPartitionsRequest {
  const it: DescribeTopicPartitionsRequest = {
    topics: r.array(1, v, readDescribeTopicPartitionsRequestTopicRequest),
    responsePartitionLimit: r.i32(),
    cursor: r.nullable(v, readDescribeTopicPartitionsRequestCursor),
  };
  r.skipTags();
  return it;
}

export interface DescribeTopicPartitionsResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly leaderEpoch?: number;
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly eligibleLeaderReplicas?: readonly number[] | null;
  readonly lastKnownElr?: readonly number[] | null;
  readonly offlineReplicas: readonly number[];
}

export interface DescribeTopicPartitionsResponseTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId: string;
  readonly isInternal?: boolean;
  readonly partitions: readonly DescribeTopicPartitionsResponsePartition[];
  readonly topicAuthorizedOperations?: number;
}

export interface DescribeTopicPartitionsResponseCursor {
  readonly topicName: string;
  readonly partitionIndex: number;
}

export interface DescribeTopicPartitionsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DescribeTopicPartitionsResponseTopic[];
  readonly nextCursor?: DescribeTopicPartitionsResponseCursor | null;
}

function writeDescribeTopicPartitionsResponsePartition(
  w: KafkaWriter,
  v: number,
  it: DescribeTopicPartitionsResponsePartition,
): void {
  w.i16(it.errorCode);
  w.i32(it.partitionIndex);
  w.i32(it.leaderId);
  w.i32(it.leaderEpoch ?? -1);
  w.array(v, it.replicaNodes, writeInt32);
  w.array(v, it.isrNodes, writeInt32);
  w.nullableArray(v, it.eligibleLeaderReplicas ?? null, writeInt32);
  w.nullableArray(v, it.lastKnownElr ?? null, writeInt32);
  w.array(v, it.offlineReplicas, writeInt32);
  w.noTags();
}

function writeDescribeTopicPartitionsResponseTopic(
  w: KafkaWriter,
  v: number,
  it: DescribeTopicPartitionsResponseTopic,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.name);
  w.uuid(it.topicId);
  w.bool(it.isInternal ?? false);
  w.array(v, it.partitions, writeDescribeTopicPartitionsResponsePartition);
  w.i32(it.topicAuthorizedOperations ?? -2147483648);
  w.noTags();
}

function writeDescribeTopicPartitionsResponseCursor(
  w: KafkaWriter,
  _v: number,
  it: DescribeTopicPartitionsResponseCursor,
): void {
  w.string(it.topicName);
  w.i32(it.partitionIndex);
  w.noTags();
}

export function writeDescribeTopicPartitionsResponse(
  w: KafkaWriter,
  v: number,
  it: DescribeTopicPartitionsResponse,
): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.topics, writeDescribeTopicPartitionsResponseTopic);
  w.nullable(v, it.nextCursor ?? null, writeDescribeTopicPartitionsResponseCursor);
  w.noTags();
}
