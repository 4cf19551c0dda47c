// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type FetchRequest,
  type FetchRequestFetchPartition,
  type FetchRequestFetchTopic,
  type FetchRequestForgottenTopic,
  type FetchResponse,
  type FetchResponseAbortedTransaction,
  type FetchResponseEpochEndOffset,
  type FetchResponseFetchableTopicResponse,
  type FetchResponseLeaderIdAndEpoch,
  type FetchResponsePartitionData,
  type FetchResponseSnapshotId,
  type KafkaReader,
  type KafkaWriter,
  type Mutable,
  type Sparse,
  type Whole,
  writeInt32,
  writeString,
} from '../../../../lib/kafka/index.ts';

function writeFetchRequestFetchPartition(w: KafkaWriter, v: number, it: Sparse<FetchRequestFetchPartition>): void {
  w.i32(it.partition ?? 0);
  if (v >= 9) {
    w.i32(it.currentLeaderEpoch ?? -1);
  }
  w.i64(it.fetchOffset ?? 0);
  if (v >= 12) {
    w.i32(it.lastFetchedEpoch ?? -1);
  } else if (it.lastFetchedEpoch !== undefined && it.lastFetchedEpoch !== -1) w.misplaced('lastFetchedEpoch', v);
  if (v >= 5) {
    w.i64(it.logStartOffset ?? -1);
  }
  w.i32(it.partitionMaxBytes ?? 0);
  w.noTags();
}

function writeFetchRequestFetchTopic(w: KafkaWriter, v: number, it: Sparse<FetchRequestFetchTopic>): void {
  w.string(it.topic ?? '');
  w.array(v, it.partitions ?? [], writeFetchRequestFetchPartition);
  w.noTags();
}

function writeFetchRequestForgottenTopic(w: KafkaWriter, v: number, it: Sparse<FetchRequestForgottenTopic>): void {
  w.string(it.topic ?? '');
  w.array(v, it.partitions ?? [], writeInt32);
  w.noTags();
}

export function writeFetchRequest(w: KafkaWriter, v: number, it: Sparse<FetchRequest>): void {
  w.i32(it.replicaId ?? -1);
  w.i32(it.maxWaitMs ?? 0);
  w.i32(it.minBytes ?? 0);
  w.i32(it.maxBytes ?? 2147483647);
  w.u8(it.isolationLevel ?? 0);
  if (v >= 7) {
    w.i32(it.sessionId ?? 0);
  }
  if (v >= 7) {
    w.i32(it.sessionEpoch ?? -1);
  }
  w.array(v, it.topics ?? [], writeFetchRequestFetchTopic);
  if (v >= 7) {
    w.array(v, it.forgottenTopicsData ?? [], writeFetchRequestForgottenTopic);
  } else if (it.forgottenTopicsData !== undefined && it.forgottenTopicsData.length > 0)
    w.misplaced('forgottenTopicsData', v);
  if (v >= 11) {
    w.string(it.rackId ?? '');
  }
  if (w.flexible) {
    const has0 = v >= 12 && it.clusterId !== undefined && it.clusterId !== null;
    w.uvarint(Number(has0));
    if (has0) w.tag(0, v, it.clusterId, writeString);
  }
}

function readFetchResponseEpochEndOffset(r: KafkaReader): Whole<FetchResponseEpochEndOffset> {
  const it: Whole<FetchResponseEpochEndOffset> = {
    epoch: r.i32(),
    endOffset: r.i64(),
  };
  r.skipTags();
  return it;
}

function readFetchResponseLeaderIdAndEpoch(r: KafkaReader): Whole<FetchResponseLeaderIdAndEpoch> {
  const it: Whole<FetchResponseLeaderIdAndEpoch> = {
    leaderId: r.i32(),
    leaderEpoch: r.i32(),
  };
  r.skipTags();
  return it;
}

function readFetchResponseSnapshotId(r: KafkaReader): Whole<FetchResponseSnapshotId> {
  const it: Whole<FetchResponseSnapshotId> = {
    endOffset: r.i64(),
    epoch: r.i32(),
  };
  r.skipTags();
  return it;
}

function readFetchResponseAbortedTransaction(r: KafkaReader): Whole<FetchResponseAbortedTransaction> {
  const it: Whole<FetchResponseAbortedTransaction> = {
    producerId: r.i64(),
    firstOffset: r.i64(),
  };
  r.skipTags();
  return it;
}

function tagsOfFetchResponsePartitionData(
  r: KafkaReader,
  v: number,
  tag: number,
  it: Mutable<Whole<FetchResponsePartitionData>>,
): void {
  if (tag === 0 && v >= 12) it.divergingEpoch = readFetchResponseEpochEndOffset(r);
  else if (tag === 1 && v >= 12) it.currentLeader = readFetchResponseLeaderIdAndEpoch(r);
  else if (tag === 2 && v >= 12) it.snapshotId = readFetchResponseSnapshotId(r);
}
function readFetchResponsePartitionData(r: KafkaReader, v: number): Whole<FetchResponsePartitionData> {
  const it: Mutable<Whole<FetchResponsePartitionData>> = {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
    highWatermark: r.i64(),
    lastStableOffset: r.i64(),
    logStartOffset: v >= 5 ? r.i64() : -1,
    divergingEpoch: { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: r.nullableArray(16, v, readFetchResponseAbortedTransaction),
    preferredReadReplica: v >= 11 ? r.i32() : -1,
    records: r.nullableData(),
  };
  r.tags(v, it, tagsOfFetchResponsePartitionData);
  return it;
}

function readFetchResponseFetchableTopicResponse(
  r: KafkaReader,
  v: number,
): Whole<FetchResponseFetchableTopicResponse> {
  const it: Whole<FetchResponseFetchableTopicResponse> = {
    topic: r.string(),
    partitions: r.array(24, v, readFetchResponsePartitionData),
  };
  r.skipTags();
  return it;
}

export function readFetchResponse(r: KafkaReader, v: number): Whole<FetchResponse> {
  const it: Whole<FetchResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: v >= 7 ? r.i16() : 0,
    sessionId: v >= 7 ? r.i32() : 0,
    responses: r.array(2, v, readFetchResponseFetchableTopicResponse),
  };
  r.skipTags();
  return it;
}
