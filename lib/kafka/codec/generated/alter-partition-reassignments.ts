// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface AlterPartitionReassignmentsRequestReassignablePartition {
  readonly partitionIndex: number;
  readonly replicas: readonly number[] | null;
}

export interface AlterPartitionReassignmentsRequestReassignableTopic {
  readonly name: string;
  readonly partitions: readonly AlterPartitionReassignmentsRequestReassignablePartition[];
}

export interface AlterPartitionReassignmentsRequest {
  readonly timeoutMs: number;
  readonly allowReplicationFactorChange: boolean; // version >= 1
  readonly topics: readonly AlterPartitionReassignmentsRequestReassignableTopic[];
}

function readAlterPartitionReassignmentsRequestReassignablePartition(
  r: KafkaReader,
  v: number,
): AlterPartitionReassignmentsRequestReassignablePartition {
  const it: AlterPartitionReassignmentsRequestReassignablePartition = {
    partitionIndex: r.i32(),
    replicas: r.nullableArray(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readAlterPartitionReassignmentsRequestReassignableTopic(
  r: KafkaReader,
  v: number,
): AlterPartitionReassignmentsRequestReassignableTopic {
  const it: AlterPartitionReassignmentsRequestReassignableTopic = {
    name: r.string(),
    partitions: r.array(5, v, readAlterPartitionReassignmentsRequestReassignablePartition),
  };
  r.skipTags();
  return it;
}

export function readAlterPartitionReassignmentsRequest(r: KafkaReader, v: number): AlterPartitionReassignmentsRequest {
  const it: AlterPartitionReassignmentsRequest = {
    timeoutMs: r.i32(),
    allowReplicationFactorChange: v >= 1 ? r.bool() : true,
    topics: r.array(2, v, readAlterPartitionReassignmentsRequestReassignableTopic),
  };
  r.skipTags();
  return it;
}

export interface AlterPartitionReassignmentsResponseReassignablePartitionResponse {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export interface AlterPartitionReassignmentsResponseReassignableTopicResponse {
  readonly name: string;
  readonly partitions: readonly AlterPartitionReassignmentsResponseReassignablePartitionResponse[];
}

export interface AlterPartitionReassignmentsResponse {
  readonly throttleTimeMs: number;
  readonly allowReplicationFactorChange?: boolean; // version >= 1
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly responses: readonly AlterPartitionReassignmentsResponseReassignableTopicResponse[];
}

function writeAlterPartitionReassignmentsResponseReassignablePartitionResponse(
  w: KafkaWriter,
  _v: number,
  it: AlterPartitionReassignmentsResponseReassignablePartitionResponse,
): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.noTags();
}

function writeAlterPartitionReassignmentsResponseReassignableTopicResponse(
  w: KafkaWriter,
  v: number,
  it: AlterPartitionReassignmentsResponseReassignableTopicResponse,
): void {
  w.string(it.name);
  w.array(v, it.partitions, writeAlterPartitionReassignmentsResponseReassignablePartitionResponse);
  w.noTags();
}

export function writeAlterPartitionReassignmentsResponse(
  w: KafkaWriter,
  v: number,
  it: AlterPartitionReassignmentsResponse,
): void {
  w.i32(it.throttleTimeMs);
  if (v >= 1) {
    w.bool(it.allowReplicationFactorChange ?? true);
  }
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.array(v, it.responses, writeAlterPartitionReassignmentsResponseReassignableTopicResponse);
  w.noTags();
}
