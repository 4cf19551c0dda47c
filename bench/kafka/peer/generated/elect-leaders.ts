// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type ElectLeadersRequest,
  type ElectLeadersRequestTopicPartitions,
  type ElectLeadersResponse,
  type ElectLeadersResponsePartitionResult,
  type ElectLeadersResponseReplicaElectionResult,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeElectLeadersRequestTopicPartitions(
  w: KafkaWriter,
  v: number,
  it: Sparse<ElectLeadersRequestTopicPartitions>,
): void {
  w.string(it.topic ?? '');
  w.array(v, it.partitions ?? [], writeInt32);
  w.noTags();
}

export function writeElectLeadersRequest(w: KafkaWriter, v: number, it: Sparse<ElectLeadersRequest>): void {
  if (v >= 1) {
    w.u8(it.electionType ?? 0);
  } else if (it.electionType !== undefined && it.electionType !== 0) w.misplaced('electionType', v);
  w.nullableArray(
    v,
    it.topicPartitions === undefined ? [] : it.topicPartitions,
    writeElectLeadersRequestTopicPartitions,
  );
  w.i32(it.timeoutMs ?? 60000);
  w.noTags();
}

function readElectLeadersResponsePartitionResult(r: KafkaReader): Whole<ElectLeadersResponsePartitionResult> {
  const it: Whole<ElectLeadersResponsePartitionResult> = {
    partitionId: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readElectLeadersResponseReplicaElectionResult(
  r: KafkaReader,
  v: number,
): Whole<ElectLeadersResponseReplicaElectionResult> {
  const it: Whole<ElectLeadersResponseReplicaElectionResult> = {
    topic: r.string(),
    partitionResult: r.array(7, v, readElectLeadersResponsePartitionResult),
  };
  r.skipTags();
  return it;
}

export function readElectLeadersResponse(r: KafkaReader, v: number): Whole<ElectLeadersResponse> {
  const it: Whole<ElectLeadersResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: v >= 1 ? r.i16() : 0,
    replicaElectionResults: r.array(2, v, readElectLeadersResponseReplicaElectionResult),
  };
  r.skipTags();
  return it;
}
