// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DescribeLogDirsRequest,
  type DescribeLogDirsRequestDescribableLogDirTopic,
  type DescribeLogDirsResponse,
  type DescribeLogDirsResponseDescribeLogDirsPartition,
  type DescribeLogDirsResponseDescribeLogDirsResult,
  type DescribeLogDirsResponseDescribeLogDirsTopic,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeDescribeLogDirsRequestDescribableLogDirTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<DescribeLogDirsRequestDescribableLogDirTopic>,
): void {
  w.string(it.topic ?? '');
  w.array(v, it.partitions ?? [], writeInt32);
  w.noTags();
}

export function writeDescribeLogDirsRequest(w: KafkaWriter, v: number, it: Sparse<DescribeLogDirsRequest>): void {
  w.nullableArray(v, it.topics === undefined ? [] : it.topics, writeDescribeLogDirsRequestDescribableLogDirTopic);
  w.noTags();
}

function readDescribeLogDirsResponseDescribeLogDirsPartition(
  r: KafkaReader,
): Whole<DescribeLogDirsResponseDescribeLogDirsPartition> {
  const it: Whole<DescribeLogDirsResponseDescribeLogDirsPartition> = {
    partitionIndex: r.i32(),
    partitionSize: r.i64(),
    offsetLag: r.i64(),
    isFutureKey: r.bool(),
  };
  r.skipTags();
  return it;
}

function readDescribeLogDirsResponseDescribeLogDirsTopic(
  r: KafkaReader,
  v: number,
): Whole<DescribeLogDirsResponseDescribeLogDirsTopic> {
  const it: Whole<DescribeLogDirsResponseDescribeLogDirsTopic> = {
    name: r.string(),
    partitions: r.array(21, v, readDescribeLogDirsResponseDescribeLogDirsPartition),
  };
  r.skipTags();
  return it;
}

function readDescribeLogDirsResponseDescribeLogDirsResult(
  r: KafkaReader,
  v: number,
): Whole<DescribeLogDirsResponseDescribeLogDirsResult> {
  const it: Whole<DescribeLogDirsResponseDescribeLogDirsResult> = {
    errorCode: r.i16(),
    logDir: r.string(),
    topics: r.array(2, v, readDescribeLogDirsResponseDescribeLogDirsTopic),
    totalBytes: v >= 4 ? r.i64() : -1,
    usableBytes: v >= 4 ? r.i64() : -1,
  };
  r.skipTags();
  return it;
}

export function readDescribeLogDirsResponse(r: KafkaReader, v: number): Whole<DescribeLogDirsResponse> {
  const it: Whole<DescribeLogDirsResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: v >= 3 ? r.i16() : 0,
    results: r.array(4, v, readDescribeLogDirsResponseDescribeLogDirsResult),
  };
  r.skipTags();
  return it;
}
