// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  DeleteRecordsRequest,
  DeleteRecordsRequestDeleteRecordsPartition,
  DeleteRecordsRequestDeleteRecordsTopic,
  DeleteRecordsResponse,
  DeleteRecordsResponseDeleteRecordsPartitionResult,
  DeleteRecordsResponseDeleteRecordsTopicResult,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeDeleteRecordsRequestDeleteRecordsPartition(
  w: KafkaWriter,
  _v: number,
  it: Sparse<DeleteRecordsRequestDeleteRecordsPartition>,
): void {
  w.i32(it.partitionIndex ?? 0);
  w.i64(it.offset ?? 0);
  w.noTags();
}

function writeDeleteRecordsRequestDeleteRecordsTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<DeleteRecordsRequestDeleteRecordsTopic>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitions ?? [], writeDeleteRecordsRequestDeleteRecordsPartition);
  w.noTags();
}

export function writeDeleteRecordsRequest(w: KafkaWriter, v: number, it: Sparse<DeleteRecordsRequest>): void {
  w.array(v, it.topics ?? [], writeDeleteRecordsRequestDeleteRecordsTopic);
  w.i32(it.timeoutMs ?? 0);
  w.noTags();
}

function readDeleteRecordsResponseDeleteRecordsPartitionResult(
  r: KafkaReader,
): Whole<DeleteRecordsResponseDeleteRecordsPartitionResult> {
  const it: Whole<DeleteRecordsResponseDeleteRecordsPartitionResult> = {
    partitionIndex: r.i32(),
    lowWatermark: r.i64(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

function readDeleteRecordsResponseDeleteRecordsTopicResult(
  r: KafkaReader,
  v: number,
): Whole<DeleteRecordsResponseDeleteRecordsTopicResult> {
  const it: Whole<DeleteRecordsResponseDeleteRecordsTopicResult> = {
    name: r.string(),
    partitions: r.array(14, v, readDeleteRecordsResponseDeleteRecordsPartitionResult),
  };
  r.skipTags();
  return it;
}

export function readDeleteRecordsResponse(r: KafkaReader, v: number): Whole<DeleteRecordsResponse> {
  const it: Whole<DeleteRecordsResponse> = {
    throttleTimeMs: r.i32(),
    topics: r.array(2, v, readDeleteRecordsResponseDeleteRecordsTopicResult),
  };
  r.skipTags();
  return it;
}
