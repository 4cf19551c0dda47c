// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsRequestListPartitionReassignmentsTopics,
  type ListPartitionReassignmentsResponse,
  type ListPartitionReassignmentsResponseOngoingPartitionReassignment,
  type ListPartitionReassignmentsResponseOngoingTopicReassignment,
  readInt32,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeListPartitionReassignmentsRequestListPartitionReassignmentsTopics(
  w: KafkaWriter,
  v: number,
  it: Sparse<ListPartitionReassignmentsRequestListPartitionReassignmentsTopics>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitionIndexes ?? [], writeInt32);
  w.noTags();
}

export function writeListPartitionReassignmentsRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<ListPartitionReassignmentsRequest>,
): void {
  w.i32(it.timeoutMs ?? 60000);
  w.nullableArray(v, it.topics ?? null, writeListPartitionReassignmentsRequestListPartitionReassignmentsTopics);
  w.noTags();
}

function readListPartitionReassignmentsResponseOngoingPartitionReassignment(
  r: KafkaReader,
  v: number,
): Whole<ListPartitionReassignmentsResponseOngoingPartitionReassignment> {
  const it: Whole<ListPartitionReassignmentsResponseOngoingPartitionReassignment> = {
    partitionIndex: r.i32(),
    replicas: r.array(4, v, readInt32),
    addingReplicas: r.array(4, v, readInt32),
    removingReplicas: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readListPartitionReassignmentsResponseOngoingTopicReassignment(
  r: KafkaReader,
  v: number,
): Whole<ListPartitionReassignmentsResponseOngoingTopicReassignment> {
  const it: Whole<ListPartitionReassignmentsResponseOngoingTopicReassignment> = {
    name: r.string(),
    partitions: r.array(7, v, readListPartitionReassignmentsResponseOngoingPartitionReassignment),
  };
  r.skipTags();
  return it;
}

export function readListPartitionReassignmentsResponse(
  r: KafkaReader,
  v: number,
): Whole<ListPartitionReassignmentsResponse> {
  const it: Whole<ListPartitionReassignmentsResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    topics: r.array(2, v, readListPartitionReassignmentsResponseOngoingTopicReassignment),
  };
  r.skipTags();
  return it;
}
