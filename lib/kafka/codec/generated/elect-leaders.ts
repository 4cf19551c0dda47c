// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ElectLeadersRequestTopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface ElectLeadersRequest {
  readonly electionType: number; // version >= 1
  readonly topicPartitions: readonly ElectLeadersRequestTopicPartitions[] | null;
  readonly timeoutMs: number;
}

function readElectLeadersRequestTopicPartitions(r: KafkaReader, v: number): ElectLeadersRequestTopicPartitions {
  const it: ElectLeadersRequestTopicPartitions = {
    topic: r.string(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

export function readElectLeadersRequest(r: KafkaReader, v: number): ElectLeadersRequest {
  const it: ElectLeadersRequest = {
    electionType: v >= 1 ? r.i8() : 0,
    topicPartitions: r.nullableArray(2, v, readElectLeadersRequestTopicPartitions),
    timeoutMs: r.i32(),
  };
  r.skipTags();
  return it;
}

export interface ElectLeadersResponsePartitionResult {
  readonly partitionId: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export interface ElectLeadersResponseReplicaElectionResult {
  readonly topic: string;
  readonly partitionResult: readonly ElectLeadersResponsePartitionResult[];
}

export interface ElectLeadersResponse {
  readonly throttleTimeMs: number;
  readonly errorCode?: number; // version >= 1
  readonly replicaElectionResults: readonly ElectLeadersResponseReplicaElectionResult[];
}

function writeElectLeadersResponsePartitionResult(
  w: KafkaWriter,
  _v: number,
  it: ElectLeadersResponsePartitionResult,
): void {
  w.i32(it.partitionId);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.noTags();
}

function writeElectLeadersResponseReplicaElectionResult(
  w: KafkaWriter,
  v: number,
  it: ElectLeadersResponseReplicaElectionResult,
): void {
  w.string(it.topic);
  w.array(v, it.partitionResult, writeElectLeadersResponsePartitionResult);
  w.noTags();
}

export function writeElectLeadersResponse(w: KafkaWriter, v: number, it: ElectLeadersResponse): void {
  w.i32(it.throttleTimeMs);
  if (v >= 1) {
    w.i16(it.errorCode ?? 0);
  } else if (it.errorCode !== undefined && it.errorCode !== 0) w.misplaced('errorCode', v);
  w.array(v, it.replicaElectionResults, writeElectLeadersResponseReplicaElectionResult);
  w.noTags();
}
