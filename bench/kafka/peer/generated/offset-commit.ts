// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  KafkaReader,
  KafkaWriter,
  OffsetCommitRequest,
  OffsetCommitRequestPartition,
  OffsetCommitRequestTopic,
  OffsetCommitResponse,
  OffsetCommitResponsePartition,
  OffsetCommitResponseTopic,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeOffsetCommitRequestPartition(w: KafkaWriter, v: number, it: Sparse<OffsetCommitRequestPartition>): void {
  w.i32(it.partitionIndex ?? 0);
  w.i64(it.committedOffset ?? 0);
  if (v >= 6) {
    w.i32(it.committedLeaderEpoch ?? -1);
  }
  w.nullableString(it.committedMetadata === undefined ? '' : it.committedMetadata);
  w.noTags();
}

function writeOffsetCommitRequestTopic(w: KafkaWriter, v: number, it: Sparse<OffsetCommitRequestTopic>): void {
  w.string(it.name ?? '');
  w.array(v, it.partitions ?? [], writeOffsetCommitRequestPartition);
  w.noTags();
}

export function writeOffsetCommitRequest(w: KafkaWriter, v: number, it: Sparse<OffsetCommitRequest>): void {
  w.string(it.groupId ?? '');
  w.i32(it.generationIdOrMemberEpoch ?? -1);
  w.string(it.memberId ?? '');
  if (v >= 7) {
    w.nullableString(it.groupInstanceId ?? null);
  } else if (it.groupInstanceId !== undefined && it.groupInstanceId !== null) w.misplaced('groupInstanceId', v);
  if (v <= 4) {
    w.i64(it.retentionTimeMs ?? -1);
  }
  w.array(v, it.topics ?? [], writeOffsetCommitRequestTopic);
  w.noTags();
}

function readOffsetCommitResponsePartition(r: KafkaReader): Whole<OffsetCommitResponsePartition> {
  const it: Whole<OffsetCommitResponsePartition> = {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

function readOffsetCommitResponseTopic(r: KafkaReader, v: number): Whole<OffsetCommitResponseTopic> {
  const it: Whole<OffsetCommitResponseTopic> = {
    name: r.string(),
    partitions: r.array(6, v, readOffsetCommitResponsePartition),
  };
  r.skipTags();
  return it;
}

export function readOffsetCommitResponse(r: KafkaReader, v: number): Whole<OffsetCommitResponse> {
  const it: Whole<OffsetCommitResponse> = {
    throttleTimeMs: v >= 3 ? r.i32() : 0,
    topics: r.array(2, v, readOffsetCommitResponseTopic),
  };
  r.skipTags();
  return it;
}
