// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ProduceRequestPartitionProduceData {
  readonly index: number;
  readonly records: Uint8Array | null;
}

export interface ProduceRequestTopicProduceData {
  readonly name: string;
  readonly partitionData: readonly ProduceRequestPartitionProduceData[];
}

export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topicData: readonly ProduceRequestTopicProduceData[];
}

function readProduceRequestPartitionProduceData(r: KafkaReader): ProduceRequestPartitionProduceData {
  const it: ProduceRequestPartitionProduceData = {
    index: r.i32(),
    records: r.nullableData(),
  };
  r.skipTags();
  return it;
}

function readProduceRequestTopicProduceData(r: KafkaReader, v: number): ProduceRequestTopicProduceData {
  const it: ProduceRequestTopicProduceData = {
    name: r.string(),
    partitionData: r.array(5, v, readProduceRequestPartitionProduceData),
  };
  r.skipTags();
  return it;
}

export function readProduceRequest(r: KafkaReader, v: number): ProduceRequest {
  const it: ProduceRequest = {
    transactionalId: r.nullableString(),
    acks: r.i16(),
    timeoutMs: r.i32(),
    topicData: r.array(2, v, readProduceRequestTopicProduceData),
  };
  r.skipTags();
  return it;
}

export interface ProduceResponseBatchIndexAndErrorMessage {
  readonly batchIndex: number;
  readonly batchIndexErrorMessage?: string | null;
}

export interface ProduceResponseLeaderIdAndEpoch {
  readonly leaderId?: number;
  readonly leaderEpoch?: number;
}

export interface ProduceResponsePartitionProduceResponse {
  readonly index: number;
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs?: number;
  readonly logStartOffset?: number; // version >= 5
  readonly recordErrors?: readonly ProduceResponseBatchIndexAndErrorMessage[]; // version >= 8
  readonly errorMessage?: string | null; // version >= 8
  readonly currentLeader?: ProduceResponseLeaderIdAndEpoch; // version >= 10
}

export interface ProduceResponseTopicProduceResponse {
  readonly name: string;
  readonly partitionResponses: readonly ProduceResponsePartitionProduceResponse[];
}

export interface ProduceResponseNodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string | null;
}

export interface ProduceResponse {
  readonly responses: readonly ProduceResponseTopicProduceResponse[];
  readonly throttleTimeMs?: number;
  readonly nodeEndpoints?: readonly ProduceResponseNodeEndpoint[]; // version >= 10
}

function writeProduceResponseBatchIndexAndErrorMessage(
  w: KafkaWriter,
  _v: number,
  it: ProduceResponseBatchIndexAndErrorMessage,
): void {
  w.i32(it.batchIndex);
  w.nullableString(it.batchIndexErrorMessage ?? null);
  w.noTags();
}

function writeProduceResponseLeaderIdAndEpoch(w: KafkaWriter, _v: number, it: ProduceResponseLeaderIdAndEpoch): void {
  w.i32(it.leaderId ?? -1);
  w.i32(it.leaderEpoch ?? -1);
  w.noTags();
}

function writeProduceResponsePartitionProduceResponse(
  w: KafkaWriter,
  v: number,
  it: ProduceResponsePartitionProduceResponse,
): void {
  w.i32(it.index);
  w.i16(it.errorCode);
  w.i64(it.baseOffset);
  w.i64(it.logAppendTimeMs ?? -1);
  if (v >= 5) {
    w.i64(it.logStartOffset ?? -1);
  }
  if (v >= 8) {
    w.array(v, it.recordErrors ?? [], writeProduceResponseBatchIndexAndErrorMessage);
  }
  if (v >= 8) {
    w.nullableString(it.errorMessage ?? null);
  }
  if (w.flexible) {
    const has0 =
      v >= 10 &&
      it.currentLeader !== undefined &&
      ((it.currentLeader.leaderId !== undefined && it.currentLeader.leaderId !== -1) ||
        (it.currentLeader.leaderEpoch !== undefined && it.currentLeader.leaderEpoch !== -1));
    w.uvarint(Number(has0));
    if (has0) w.tag(0, v, it.currentLeader, writeProduceResponseLeaderIdAndEpoch);
  }
}

function writeProduceResponseTopicProduceResponse(
  w: KafkaWriter,
  v: number,
  it: ProduceResponseTopicProduceResponse,
): void {
  w.string(it.name);
  w.array(v, it.partitionResponses, writeProduceResponsePartitionProduceResponse);
  w.noTags();
}

function writeProduceResponseNodeEndpoint(w: KafkaWriter, _v: number, it: ProduceResponseNodeEndpoint): void {
  w.i32(it.nodeId);
  w.string(it.host);
  w.i32(it.port);
  w.nullableString(it.rack ?? null);
  w.noTags();
}

export function writeProduceResponse(w: KafkaWriter, v: number, it: ProduceResponse): void {
  w.array(v, it.responses, writeProduceResponseTopicProduceResponse);
  w.i32(it.throttleTimeMs ?? 0);
  if (w.flexible) {
    const has0 = v >= 10 && it.nodeEndpoints !== undefined && it.nodeEndpoints.length > 0;
    w.uvarint(Number(has0));
    if (has0) w.tag(0, v, it.nodeEndpoints, (to, at, items) => to.array(at, items, writeProduceResponseNodeEndpoint));
  }
}
