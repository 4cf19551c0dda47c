// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DescribeProducersRequest,
  type DescribeProducersRequestTopicRequest,
  type DescribeProducersResponse,
  type DescribeProducersResponsePartitionResponse,
  type DescribeProducersResponseProducerState,
  type DescribeProducersResponseTopicResponse,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeDescribeProducersRequestTopicRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<DescribeProducersRequestTopicRequest>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitionIndexes ?? [], writeInt32);
  w.noTags();
}

export function writeDescribeProducersRequest(w: KafkaWriter, v: number, it: Sparse<DescribeProducersRequest>): void {
  w.array(v, it.topics ?? [], writeDescribeProducersRequestTopicRequest);
  w.noTags();
}

function readDescribeProducersResponseProducerState(r: KafkaReader): Whole<DescribeProducersResponseProducerState> {
  const it: Whole<DescribeProducersResponseProducerState> = {
    producerId: r.i64(),
    producerEpoch: r.i32(),
    lastSequence: r.i32(),
    lastTimestamp: r.i64(),
    coordinatorEpoch: r.i32(),
    currentTxnStartOffset: r.i64(),
  };
  r.skipTags();
  return it;
}

function readDescribeProducersResponsePartitionResponse(
  r: KafkaReader,
  v: number,
): Whole<DescribeProducersResponsePartitionResponse> {
  const it: Whole<DescribeProducersResponsePartitionResponse> = {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    activeProducers: r.array(36, v, readDescribeProducersResponseProducerState),
  };
  r.skipTags();
  return it;
}

function readDescribeProducersResponseTopicResponse(
  r: KafkaReader,
  v: number,
): Whole<DescribeProducersResponseTopicResponse> {
  const it: Whole<DescribeProducersResponseTopicResponse> = {
    name: r.string(),
    partitions: r.array(8, v, readDescribeProducersResponsePartitionResponse),
  };
  r.skipTags();
  return it;
}

export function readDescribeProducersResponse(r: KafkaReader, v: number): Whole<DescribeProducersResponse> {
  const it: Whole<DescribeProducersResponse> = {
    throttleTimeMs: r.i32(),
    topics: r.array(2, v, readDescribeProducersResponseTopicResponse),
  };
  r.skipTags();
  return it;
}
