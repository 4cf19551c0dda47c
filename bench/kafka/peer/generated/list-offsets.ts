// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  KafkaReader,
  KafkaWriter,
  ListOffsetsRequest,
  ListOffsetsRequestListOffsetsPartition,
  ListOffsetsRequestListOffsetsTopic,
  ListOffsetsResponse,
  ListOffsetsResponseListOffsetsPartitionResponse,
  ListOffsetsResponseListOffsetsTopicResponse,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeListOffsetsRequestListOffsetsPartition(
  w: KafkaWriter,
  v: number,
  it: Sparse<ListOffsetsRequestListOffsetsPartition>,
): void {
  w.i32(it.partitionIndex ?? 0);
  if (v >= 4) {
    w.i32(it.currentLeaderEpoch ?? -1);
  }
  w.i64(it.timestamp ?? 0);
  w.noTags();
}

function writeListOffsetsRequestListOffsetsTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<ListOffsetsRequestListOffsetsTopic>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitions ?? [], writeListOffsetsRequestListOffsetsPartition);
  w.noTags();
}

export function writeListOffsetsRequest(w: KafkaWriter, v: number, it: Sparse<ListOffsetsRequest>): void {
  w.i32(it.replicaId ?? 0);
  if (v >= 2) {
    w.u8(it.isolationLevel ?? 0);
  } else if (it.isolationLevel !== undefined && it.isolationLevel !== 0) w.misplaced('isolationLevel', v);
  w.array(v, it.topics ?? [], writeListOffsetsRequestListOffsetsTopic);
  w.noTags();
}

function readListOffsetsResponseListOffsetsPartitionResponse(
  r: KafkaReader,
  v: number,
): Whole<ListOffsetsResponseListOffsetsPartitionResponse> {
  const it: Whole<ListOffsetsResponseListOffsetsPartitionResponse> = {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
    timestamp: r.i64(),
    offset: r.i64(),
    leaderEpoch: v >= 4 ? r.i32() : -1,
  };
  r.skipTags();
  return it;
}

function readListOffsetsResponseListOffsetsTopicResponse(
  r: KafkaReader,
  v: number,
): Whole<ListOffsetsResponseListOffsetsTopicResponse> {
  const it: Whole<ListOffsetsResponseListOffsetsTopicResponse> = {
    name: r.string(),
    partitions: r.array(22, v, readListOffsetsResponseListOffsetsPartitionResponse),
  };
  r.skipTags();
  return it;
}

export function readListOffsetsResponse(r: KafkaReader, v: number): Whole<ListOffsetsResponse> {
  const it: Whole<ListOffsetsResponse> = {
    throttleTimeMs: v >= 2 ? r.i32() : 0,
    topics: r.array(2, v, readListOffsetsResponseListOffsetsTopicResponse),
  };
  r.skipTags();
  return it;
}
