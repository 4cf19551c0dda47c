// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  KafkaReader,
  KafkaWriter,
  Sparse,
  TxnOffsetCommitRequest,
  TxnOffsetCommitRequestPartition,
  TxnOffsetCommitRequestTopic,
  TxnOffsetCommitResponse,
  TxnOffsetCommitResponsePartition,
  TxnOffsetCommitResponseTopic,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeTxnOffsetCommitRequestPartition(
  w: KafkaWriter,
  v: number,
  it: Sparse<TxnOffsetCommitRequestPartition>,
): void {
  w.i32(it.partitionIndex ?? 0);
  w.i64(it.committedOffset ?? 0);
  if (v >= 2) {
    w.i32(it.committedLeaderEpoch ?? -1);
  }
  w.nullableString(it.committedMetadata === undefined ? '' : it.committedMetadata);
  w.noTags();
}

function writeTxnOffsetCommitRequestTopic(w: KafkaWriter, v: number, it: Sparse<TxnOffsetCommitRequestTopic>): void {
  w.string(it.name ?? '');
  w.array(v, it.partitions ?? [], writeTxnOffsetCommitRequestPartition);
  w.noTags();
}

export function writeTxnOffsetCommitRequest(w: KafkaWriter, v: number, it: Sparse<TxnOffsetCommitRequest>): void {
  w.string(it.transactionalId ?? '');
  w.string(it.groupId ?? '');
  w.i64(it.producerId ?? 0);
  w.i16(it.producerEpoch ?? 0);
  if (v >= 3) {
    w.i32(it.generationId ?? -1);
  } else if (it.generationId !== undefined && it.generationId !== -1) w.misplaced('generationId', v);
  if (v >= 3) {
    w.string(it.memberId ?? '');
  } else if (it.memberId !== undefined && it.memberId !== '') w.misplaced('memberId', v);
  if (v >= 3) {
    w.nullableString(it.groupInstanceId ?? null);
  } else if (it.groupInstanceId !== undefined && it.groupInstanceId !== null) w.misplaced('groupInstanceId', v);
  w.array(v, it.topics ?? [], writeTxnOffsetCommitRequestTopic);
  w.noTags();
}

function readTxnOffsetCommitResponsePartition(r: KafkaReader): Whole<TxnOffsetCommitResponsePartition> {
  const it: Whole<TxnOffsetCommitResponsePartition> = {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

function readTxnOffsetCommitResponseTopic(r: KafkaReader, v: number): Whole<TxnOffsetCommitResponseTopic> {
  const it: Whole<TxnOffsetCommitResponseTopic> = {
    name: r.string(),
    partitions: r.array(6, v, readTxnOffsetCommitResponsePartition),
  };
  r.skipTags();
  return it;
}

export function readTxnOffsetCommitResponse(r: KafkaReader, v: number): Whole<TxnOffsetCommitResponse> {
  const it: Whole<TxnOffsetCommitResponse> = {
    throttleTimeMs: r.i32(),
    topics: r.array(2, v, readTxnOffsetCommitResponseTopic),
  };
  r.skipTags();
  return it;
}
