// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  KafkaReader,
  KafkaWriter,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochRequestOffsetForLeaderPartition,
  OffsetForLeaderEpochRequestOffsetForLeaderTopic,
  OffsetForLeaderEpochResponse,
  OffsetForLeaderEpochResponseEpochEndOffset,
  OffsetForLeaderEpochResponseOffsetForLeaderTopicResult,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeOffsetForLeaderEpochRequestOffsetForLeaderPartition(
  w: KafkaWriter,
  _v: number,
  it: Sparse<OffsetForLeaderEpochRequestOffsetForLeaderPartition>,
): void {
  w.i32(it.partition ?? 0);
  w.i32(it.currentLeaderEpoch ?? -1);
  w.i32(it.leaderEpoch ?? 0);
  w.noTags();
}

function writeOffsetForLeaderEpochRequestOffsetForLeaderTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<OffsetForLeaderEpochRequestOffsetForLeaderTopic>,
): void {
  w.string(it.topic ?? '');
  w.array(v, it.partitions ?? [], writeOffsetForLeaderEpochRequestOffsetForLeaderPartition);
  w.noTags();
}

export function writeOffsetForLeaderEpochRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<OffsetForLeaderEpochRequest>,
): void {
  if (v >= 3) {
    w.i32(it.replicaId ?? -2);
  }
  w.array(v, it.topics ?? [], writeOffsetForLeaderEpochRequestOffsetForLeaderTopic);
  w.noTags();
}

function readOffsetForLeaderEpochResponseEpochEndOffset(
  r: KafkaReader,
): Whole<OffsetForLeaderEpochResponseEpochEndOffset> {
  const it: Whole<OffsetForLeaderEpochResponseEpochEndOffset> = {
    errorCode: r.i16(),
    partition: r.i32(),
    leaderEpoch: r.i32(),
    endOffset: r.i64(),
  };
  r.skipTags();
  return it;
}

function readOffsetForLeaderEpochResponseOffsetForLeaderTopicResult(
  r: KafkaReader,
  v: number,
): Whole<OffsetForLeaderEpochResponseOffsetForLeaderTopicResult> {
  const it: Whole<OffsetForLeaderEpochResponseOffsetForLeaderTopicResult> = {
    topic: r.string(),
    partitions: r.array(18, v, readOffsetForLeaderEpochResponseEpochEndOffset),
  };
  r.skipTags();
  return it;
}

export function readOffsetForLeaderEpochResponse(r: KafkaReader, v: number): Whole<OffsetForLeaderEpochResponse> {
  const it: Whole<OffsetForLeaderEpochResponse> = {
    throttleTimeMs: r.i32(),
    topics: r.array(2, v, readOffsetForLeaderEpochResponseOffsetForLeaderTopicResult),
  };
  r.skipTags();
  return it;
}
