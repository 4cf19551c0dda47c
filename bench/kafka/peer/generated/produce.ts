// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  type Mutable,
  NO_BYTES,
  type ProduceRequest,
  type ProduceRequestPartitionProduceData,
  type ProduceRequestTopicProduceData,
  type ProduceResponse,
  type ProduceResponseBatchIndexAndErrorMessage,
  type ProduceResponseLeaderIdAndEpoch,
  type ProduceResponseNodeEndpoint,
  type ProduceResponsePartitionProduceResponse,
  type ProduceResponseTopicProduceResponse,
  type Sparse,
  type Whole,
} from '../../../../lib/kafka/index.ts';

function writeProduceRequestPartitionProduceData(
  w: KafkaWriter,
  _v: number,
  it: Sparse<ProduceRequestPartitionProduceData>,
): void {
  w.i32(it.index ?? 0);
  w.nullableData(it.records === undefined ? NO_BYTES : it.records);
  w.noTags();
}

function writeProduceRequestTopicProduceData(
  w: KafkaWriter,
  v: number,
  it: Sparse<ProduceRequestTopicProduceData>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitionData ?? [], writeProduceRequestPartitionProduceData);
  w.noTags();
}

export function writeProduceRequest(w: KafkaWriter, v: number, it: Sparse<ProduceRequest>): void {
  w.nullableString(it.transactionalId ?? null);
  w.i16(it.acks ?? 0);
  w.i32(it.timeoutMs ?? 0);
  w.array(v, it.topicData ?? [], writeProduceRequestTopicProduceData);
  w.noTags();
}

function readProduceResponseBatchIndexAndErrorMessage(r: KafkaReader): Whole<ProduceResponseBatchIndexAndErrorMessage> {
  const it: Whole<ProduceResponseBatchIndexAndErrorMessage> = {
    batchIndex: r.i32(),
    batchIndexErrorMessage: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readProduceResponseLeaderIdAndEpoch(r: KafkaReader): Whole<ProduceResponseLeaderIdAndEpoch> {
  const it: Whole<ProduceResponseLeaderIdAndEpoch> = {
    leaderId: r.i32(),
    leaderEpoch: r.i32(),
  };
  r.skipTags();
  return it;
}

function tagsOfProduceResponsePartitionProduceResponse(
  r: KafkaReader,
  v: number,
  tag: number,
  it: Mutable<Whole<ProduceResponsePartitionProduceResponse>>,
): void {
  if (tag === 0 && v >= 10) it.currentLeader = readProduceResponseLeaderIdAndEpoch(r);
}
function readProduceResponsePartitionProduceResponse(
  r: KafkaReader,
  v: number,
): Whole<ProduceResponsePartitionProduceResponse> {
  const it: Mutable<Whole<ProduceResponsePartitionProduceResponse>> = {
    index: r.i32(),
    errorCode: r.i16(),
    baseOffset: r.i64(),
    logAppendTimeMs: r.i64(),
    logStartOffset: v >= 5 ? r.i64() : -1,
    recordErrors: v >= 8 ? r.array(5, v, readProduceResponseBatchIndexAndErrorMessage) : [],
    errorMessage: v >= 8 ? r.nullableString() : null,
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
  };
  r.tags(v, it, tagsOfProduceResponsePartitionProduceResponse);
  return it;
}

function readProduceResponseTopicProduceResponse(
  r: KafkaReader,
  v: number,
): Whole<ProduceResponseTopicProduceResponse> {
  const it: Whole<ProduceResponseTopicProduceResponse> = {
    name: r.string(),
    partitionResponses: r.array(22, v, readProduceResponsePartitionProduceResponse),
  };
  r.skipTags();
  return it;
}

function readProduceResponseNodeEndpoint(r: KafkaReader): Whole<ProduceResponseNodeEndpoint> {
  const it: Whole<ProduceResponseNodeEndpoint> = {
    nodeId: r.i32(),
    host: r.string(),
    port: r.i32(),
    rack: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function tagsOfProduceResponse(r: KafkaReader, v: number, tag: number, it: Mutable<Whole<ProduceResponse>>): void {
  if (tag === 0 && v >= 10) it.nodeEndpoints = r.array(10, v, readProduceResponseNodeEndpoint);
}
export function readProduceResponse(r: KafkaReader, v: number): Whole<ProduceResponse> {
  const it: Mutable<Whole<ProduceResponse>> = {
    responses: r.array(2, v, readProduceResponseTopicProduceResponse),
    throttleTimeMs: r.i32(),
    nodeEndpoints: [],
  };
  r.tags(v, it, tagsOfProduceResponse);
  return it;
}
