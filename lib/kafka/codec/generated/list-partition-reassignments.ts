// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32, writeInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ListPartitionReassignmentsRequestListPartitionReassignmentsTopics {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export interface ListPartitionReassignmentsRequest {
  readonly timeoutMs: number;
  readonly topics: readonly ListPartitionReassignmentsRequestListPartitionReassignmentsTopics[] | null;
}

function readListPartitionReassignmentsRequestListPartitionReassignmentsTopics(
  r: KafkaReader,
  v: number,
): ListPartitionReassignmentsRequestListPartitionReassignmentsTopics {
  const it: ListPartitionReassignmentsRequestListPartitionReassignmentsTopics = {
    name: r.string(),
    partitionIndexes: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

export function readListPartitionReassignmentsRequest(r: KafkaReader, v: number): ListPartitionReassignmentsRequest {
  const it: ListPartitionReassignmentsRequest = {
    timeoutMs: r.i32(),
    topics: r.nullableArray(2, v, readListPartitionReassignmentsRequestListPartitionReassignmentsTopics),
  };
  r.skipTags();
  return it;
}

export interface ListPartitionReassignmentsResponseOngoingPartitionReassignment {
  readonly partitionIndex: number;
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

export interface ListPartitionReassignmentsResponseOngoingTopicReassignment {
  readonly name: string;
  readonly partitions: readonly ListPartitionReassignmentsResponseOngoingPartitionReassignment[];
}

export interface ListPartitionReassignmentsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topics: readonly ListPartitionReassignmentsResponseOngoingTopicReassignment[];
}

function writeListPartitionReassignmentsResponseOngoingPartitionReassignment(
  w: KafkaWriter,
  v: number,
  it: ListPartitionReassignmentsResponseOngoingPartitionReassignment,
): void {
  w.i32(it.partitionIndex);
  w.array(v, it.replicas, writeInt32);
  w.array(v, it.addingReplicas, writeInt32);
  w.array(v, it.removingReplicas, writeInt32);
  w.noTags();
}

function writeListPartitionReassignmentsResponseOngoingTopicReassignment(
  w: KafkaWriter,
  v: number,
  it: ListPartitionReassignmentsResponseOngoingTopicReassignment,
): void {
  w.string(it.name);
  w.array(v, it.partitions, writeListPartitionReassignmentsResponseOngoingPartitionReassignment);
  w.noTags();
}

export function writeListPartitionReassignmentsResponse(
  w: KafkaWriter,
  v: number,
  it: ListPartitionReassignmentsResponse,
): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.array(v, it.topics, writeListPartitionReassignmentsResponseOngoingTopicReassignment);
  w.noTags();
}
