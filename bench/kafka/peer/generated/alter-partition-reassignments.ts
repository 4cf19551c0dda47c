// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsRequestReassignablePartition,
  type AlterPartitionReassignmentsRequestReassignableTopic,
  type AlterPartitionReassignmentsResponse,
  type AlterPartitionReassignmentsResponseReassignablePartitionResponse,
  type AlterPartitionReassignmentsResponseReassignableTopicResponse,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeAlterPartitionReassignmentsRequestReassignablePartition(
  w: KafkaWriter,
  v: number,
  it: Sparse<AlterPartitionReassignmentsRequestReassignablePartition>,
): void {
  w.i32(it.partitionIndex ?? 0);
  w.nullableArray(v, it.replicas ?? null, writeInt32);
  w.noTags();
}

function writeAlterPartitionReassignmentsRequestReassignableTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<AlterPartitionReassignmentsRequestReassignableTopic>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitions ?? [], writeAlterPartitionReassignmentsRequestReassignablePartition);
  w.noTags();
}

export function writeAlterPartitionReassignmentsRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<AlterPartitionReassignmentsRequest>,
): void {
  w.i32(it.timeoutMs ?? 60000);
  if (v >= 1) {
    w.bool(it.allowReplicationFactorChange ?? true);
  } else if (it.allowReplicationFactorChange !== undefined && it.allowReplicationFactorChange !== true)
    w.misplaced('allowReplicationFactorChange', v);
  w.array(v, it.topics ?? [], writeAlterPartitionReassignmentsRequestReassignableTopic);
  w.noTags();
}

function readAlterPartitionReassignmentsResponseReassignablePartitionResponse(
  r: KafkaReader,
): Whole<AlterPartitionReassignmentsResponseReassignablePartitionResponse> {
  const it: Whole<AlterPartitionReassignmentsResponseReassignablePartitionResponse> = {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readAlterPartitionReassignmentsResponseReassignableTopicResponse(
  r: KafkaReader,
  v: number,
): Whole<AlterPartitionReassignmentsResponseReassignableTopicResponse> {
  const it: Whole<AlterPartitionReassignmentsResponseReassignableTopicResponse> = {
    name: r.string(),
    partitions: r.array(7, v, readAlterPartitionReassignmentsResponseReassignablePartitionResponse),
  };
  r.skipTags();
  return it;
}

export function readAlterPartitionReassignmentsResponse(
  r: KafkaReader,
  v: number,
): Whole<AlterPartitionReassignmentsResponse> {
  const it: Whole<AlterPartitionReassignmentsResponse> = {
    throttleTimeMs: r.i32(),
    allowReplicationFactorChange: v >= 1 ? r.bool() : true,
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    responses: r.array(2, v, readAlterPartitionReassignmentsResponseReassignableTopicResponse),
  };
  r.skipTags();
  return it;
}
