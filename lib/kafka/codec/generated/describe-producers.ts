// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeProducersRequestTopicRequest {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export interface DescribeProducersRequest {
  readonly topics: readonly DescribeProducersRequestTopicRequest[];
}

function readDescribeProducersRequestTopicRequest(r: KafkaReader, v: number): DescribeProducersRequestTopicRequest {
  const it: DescribeProducersRequestTopicRequest = {
    name: r.string(),
    partitionIndexes: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

export function readDescribeProducersRequest(r: KafkaReader, v: number): DescribeProducersRequest {
  const it: DescribeProducersRequest = {
    topics: r.array(2, v, readDescribeProducersRequestTopicRequest),
  };
  r.skipTags();
  return it;
}

export interface DescribeProducersResponseProducerState {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence?: number;
  readonly lastTimestamp?: number;
  readonly coordinatorEpoch: number;
  readonly currentTxnStartOffset?: number;
}

export interface DescribeProducersResponsePartitionResponse {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly errorMessage?: string | null;
  readonly activeProducers: readonly DescribeProducersResponseProducerState[];
}

export interface DescribeProducersResponseTopicResponse {
  readonly name: string;
  readonly partitions: readonly DescribeProducersResponsePartitionResponse[];
}

export interface DescribeProducersResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DescribeProducersResponseTopicResponse[];
}

function writeDescribeProducersResponseProducerState(
  w: KafkaWriter,
  _v: number,
  it: DescribeProducersResponseProducerState,
): void {
  w.i64(it.producerId);
  w.i32(it.producerEpoch);
  w.i32(it.lastSequence ?? -1);
  w.i64(it.lastTimestamp ?? -1);
  w.i32(it.coordinatorEpoch);
  w.i64(it.currentTxnStartOffset ?? -1);
  w.noTags();
}

function writeDescribeProducersResponsePartitionResponse(
  w: KafkaWriter,
  v: number,
  it: DescribeProducersResponsePartitionResponse,
): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage ?? null);
  w.array(v, it.activeProducers, writeDescribeProducersResponseProducerState);
  w.noTags();
}

function writeDescribeProducersResponseTopicResponse(
  w: KafkaWriter,
  v: number,
  it: DescribeProducersResponseTopicResponse,
): void {
  w.string(it.name);
  w.array(v, it.partitions, writeDescribeProducersResponsePartitionResponse);
  w.noTags();
}

export function writeDescribeProducersResponse(w: KafkaWriter, v: number, it: DescribeProducersResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.topics, writeDescribeProducersResponseTopicResponse);
  w.noTags();
}
