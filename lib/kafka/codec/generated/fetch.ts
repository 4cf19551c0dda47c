// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { Mutable } from '../shapes.ts';
import type { KafkaWriter, Views } from '../writer.ts';

export interface FetchRequestFetchPartition {
  readonly partition: number;
  readonly currentLeaderEpoch: number; // version >= 9
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number; // version >= 12
  readonly logStartOffset: number; // version >= 5
  readonly partitionMaxBytes: number;
}

export interface FetchRequestFetchTopic {
  readonly topic: string;
  readonly partitions: readonly FetchRequestFetchPartition[];
}

export interface FetchRequestForgottenTopic {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface FetchRequest {
  readonly clusterId: string | null; // version >= 12
  readonly replicaId: number;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly sessionId: number; // version >= 7
  readonly sessionEpoch: number; // version >= 7
  readonly topics: readonly FetchRequestFetchTopic[];
  readonly forgottenTopicsData: readonly FetchRequestForgottenTopic[]; // version >= 7
  readonly rackId: string; // version >= 11
}

function readFetchRequestFetchPartition(r: KafkaReader, v: number): FetchRequestFetchPartition {
  const it: FetchRequestFetchPartition = {
    partition: r.i32(),
    currentLeaderEpoch: v >= 9 ? r.i32() : -1,
    fetchOffset: r.i64(),
    lastFetchedEpoch: v >= 12 ? r.i32() : -1,
    logStartOffset: v >= 5 ? r.i64() : -1,
    partitionMaxBytes: r.i32(),
  };
  r.skipTags();
  return it;
}

function readFetchRequestFetchTopic(r: KafkaReader, v: number): FetchRequestFetchTopic {
  const it: FetchRequestFetchTopic = {
    topic: r.string(),
    partitions: r.array(16, v, readFetchRequestFetchPartition),
  };
  r.skipTags();
  return it;
}

function readFetchRequestForgottenTopic(r: KafkaReader, v: number): FetchRequestForgottenTopic {
  const it: FetchRequestForgottenTopic = {
    topic: r.string(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function tagsOfFetchRequest(r: KafkaReader, v: number, tag: number, it: Mutable<FetchRequest>): void {
  if (tag === 0 && v >= 12) it.clusterId = r.nullableString();
}
export function readFetchRequest(r: KafkaReader, v: number): FetchRequest {
  const it: Mutable<FetchRequest> = {
    clusterId: null,
    replicaId: r.i32(),
    maxWaitMs: r.i32(),
    minBytes: r.i32(),
    maxBytes: r.i32(),
    isolationLevel: r.i8(),
    sessionId: v >= 7 ? r.i32() : 0,
    sessionEpoch: v >= 7 ? r.i32() : -1,
    topics: r.array(2, v, readFetchRequestFetchTopic),
    forgottenTopicsData: v >= 7 ? r.array(2, v, readFetchRequestForgottenTopic) : [],
    rackId: v >= 11 ? r.string() : '',
  };
  r.tags(v, it, tagsOfFetchRequest);
  return it;
}

export interface FetchResponseEpochEndOffset {
  readonly epoch?: number;
  readonly endOffset?: number;
}

export interface FetchResponseLeaderIdAndEpoch {
  readonly leaderId?: number;
  readonly leaderEpoch?: number;
}

export interface FetchResponseSnapshotId {
  readonly endOffset?: number;
  readonly epoch?: number;
}

export interface FetchResponseAbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchResponsePartitionData {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset?: number;
  readonly logStartOffset?: number; // version >= 5
  readonly divergingEpoch?: FetchResponseEpochEndOffset; // version >= 12
  readonly currentLeader?: FetchResponseLeaderIdAndEpoch; // version >= 12
  readonly snapshotId?: FetchResponseSnapshotId; // version >= 12
  readonly abortedTransactions: readonly FetchResponseAbortedTransaction[] | null;
  readonly preferredReadReplica?: number; // version >= 11
  readonly records: Views | null;
}

export interface FetchResponseFetchableTopicResponse {
  readonly topic: string;
  readonly partitions: readonly FetchResponsePartitionData[];
}

export interface FetchResponse {
  readonly throttleTimeMs: number;
  readonly errorCode?: number; // version >= 7
  readonly sessionId?: number; // version >= 7
  readonly responses: readonly FetchResponseFetchableTopicResponse[];
}

function writeFetchResponseEpochEndOffset(w: KafkaWriter, _v: number, it: FetchResponseEpochEndOffset): void {
  w.i32(it.epoch ?? -1);
  w.i64(it.endOffset ?? -1);
  w.noTags();
}

function writeFetchResponseLeaderIdAndEpoch(w: KafkaWriter, _v: number, it: FetchResponseLeaderIdAndEpoch): void {
  w.i32(it.leaderId ?? -1);
  w.i32(it.leaderEpoch ?? -1);
  w.noTags();
}

function writeFetchResponseSnapshotId(w: KafkaWriter, _v: number, it: FetchResponseSnapshotId): void {
  w.i64(it.endOffset ?? -1);
  w.i32(it.epoch ?? -1);
  w.noTags();
}

function writeFetchResponseAbortedTransaction(w: KafkaWriter, _v: number, it: FetchResponseAbortedTransaction): void {
  w.i64(it.producerId);
  w.i64(it.firstOffset);
  w.noTags();
}

function writeFetchResponsePartitionData(w: KafkaWriter, v: number, it: FetchResponsePartitionData): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
  w.i64(it.highWatermark);
  w.i64(it.lastStableOffset ?? -1);
  if (v >= 5) {
    w.i64(it.logStartOffset ?? -1);
  }
  w.nullableArray(v, it.abortedTransactions, writeFetchResponseAbortedTransaction);
  if (v >= 11) {
    w.i32(it.preferredReadReplica ?? -1);
  } else if (it.preferredReadReplica !== undefined && it.preferredReadReplica !== -1)
    w.misplaced('preferredReadReplica', v);
  w.nullableData(it.records);
  if (w.flexible) {
    const has0 =
      v >= 12 &&
      it.divergingEpoch !== undefined &&
      ((it.divergingEpoch.epoch !== undefined && it.divergingEpoch.epoch !== -1) ||
        (it.divergingEpoch.endOffset !== undefined && it.divergingEpoch.endOffset !== -1));
    const has1 =
      v >= 12 &&
      it.currentLeader !== undefined &&
      ((it.currentLeader.leaderId !== undefined && it.currentLeader.leaderId !== -1) ||
        (it.currentLeader.leaderEpoch !== undefined && it.currentLeader.leaderEpoch !== -1));
    const has2 =
      v >= 12 &&
      it.snapshotId !== undefined &&
      ((it.snapshotId.endOffset !== undefined && it.snapshotId.endOffset !== -1) ||
        (it.snapshotId.epoch !== undefined && it.snapshotId.epoch !== -1));
    w.uvarint(Number(has0) + Number(has1) + Number(has2));
    if (has0) w.tag(0, v, it.divergingEpoch, writeFetchResponseEpochEndOffset);
    if (has1) w.tag(1, v, it.currentLeader, writeFetchResponseLeaderIdAndEpoch);
    if (has2) w.tag(2, v, it.snapshotId, writeFetchResponseSnapshotId);
  }
}

function writeFetchResponseFetchableTopicResponse(
  w: KafkaWriter,
  v: number,
  it: FetchResponseFetchableTopicResponse,
): void {
  w.string(it.topic);
  w.array(v, it.partitions, writeFetchResponsePartitionData);
  w.noTags();
}

export function writeFetchResponse(w: KafkaWriter, v: number, it: FetchResponse): void {
  w.i32(it.throttleTimeMs);
  if (v >= 7) {
    w.i16(it.errorCode ?? 0);
  }
  if (v >= 7) {
    w.i32(it.sessionId ?? 0);
  } else if (it.sessionId !== undefined && it.sessionId !== 0) w.misplaced('sessionId', v);
  w.array(v, it.responses, writeFetchResponseFetchableTopicResponse);
  w.noTags();
}
