// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeLogDirsRequestDescribableLogDirTopic {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface DescribeLogDirsRequest {
  readonly topics: readonly DescribeLogDirsRequestDescribableLogDirTopic[] | null;
}

function readDescribeLogDirsRequestDescribableLogDirTopic(
  r: KafkaReader,
  v: number,
): DescribeLogDirsRequestDescribableLogDirTopic {
  const it: DescribeLogDirsRequestDescribableLogDirTopic = {
    topic: r.string(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

export function readDescribeLogDirsRequest(r: KafkaReader, v: number): DescribeLogDirsRequest {
  const it: DescribeLogDirsRequest = {
    topics: r.nullableArray(2, v, readDescribeLogDirsRequestDescribableLogDirTopic),
  };
  r.skipTags();
  return it;
}

export interface DescribeLogDirsResponseDescribeLogDirsPartition {
  readonly partitionIndex: number;
  readonly partitionSize: number;
  readonly offsetLag: number;
  readonly isFutureKey: boolean;
}

export interface DescribeLogDirsResponseDescribeLogDirsTopic {
  readonly name: string;
  readonly partitions: readonly DescribeLogDirsResponseDescribeLogDirsPartition[];
}

export interface DescribeLogDirsResponseDescribeLogDirsResult {
  readonly errorCode: number;
  readonly logDir: string;
  readonly topics: readonly DescribeLogDirsResponseDescribeLogDirsTopic[];
  readonly totalBytes?: number; // version >= 4
  readonly usableBytes?: number; // version >= 4
}

export interface DescribeLogDirsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode?: number; // version >= 3
  readonly results: readonly DescribeLogDirsResponseDescribeLogDirsResult[];
}

function writeDescribeLogDirsResponseDescribeLogDirsPartition(
  w: KafkaWriter,
  _v: number,
  it: DescribeLogDirsResponseDescribeLogDirsPartition,
): void {
  w.i32(it.partitionIndex);
  w.i64(it.partitionSize);
  w.i64(it.offsetLag);
  w.bool(it.isFutureKey);
  w.noTags();
}

function writeDescribeLogDirsResponseDescribeLogDirsTopic(
  w: KafkaWriter,
  v: number,
  it: DescribeLogDirsResponseDescribeLogDirsTopic,
): void {
  w.string(it.name);
  w.array(v, it.partitions, writeDescribeLogDirsResponseDescribeLogDirsPartition);
  w.noTags();
}

function writeDescribeLogDirsResponseDescribeLogDirsResult(
  w: KafkaWriter,
  v: number,
  it: DescribeLogDirsResponseDescribeLogDirsResult,
): void {
  w.i16(it.errorCode);
  w.string(it.logDir);
  w.array(v, it.topics, writeDescribeLogDirsResponseDescribeLogDirsTopic);
  if (v >= 4) {
    w.i64(it.totalBytes ?? -1);
  }
  if (v >= 4) {
    w.i64(it.usableBytes ?? -1);
  }
  w.noTags();
}

export function writeDescribeLogDirsResponse(w: KafkaWriter, v: number, it: DescribeLogDirsResponse): void {
  w.i32(it.throttleTimeMs);
  if (v >= 3) {
    w.i16(it.errorCode ?? 0);
  }
  w.array(v, it.results, writeDescribeLogDirsResponseDescribeLogDirsResult);
  w.noTags();
}
