// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsRequestCursor,
  type DescribeTopicPartitionsRequestTopicRequest,
  type DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponseCursor,
  type DescribeTopicPartitionsResponsePartition,
  type DescribeTopicPartitionsResponseTopic,
  type KafkaReader,
  type KafkaWriter,
  readInt32,
  type Sparse,
  type Whole,
} from '../../../../lib/kafka/index.ts';

function writeDescribeTopicPartitionsRequestTopicRequest(
  w: KafkaWriter,
  _v: number,
  it: Sparse<DescribeTopicPartitionsRequestTopicRequest>,
): void {
  w.string(it.name ?? '');
  w.noTags();
}

function writeDescribeTopicPartitionsRequestCursor(
  w: KafkaWriter,
  _v: number,
  it: Sparse<DescribeTopicPartitionsRequestCursor>,
): void {
  w.string(it.topicName ?? '');
  w.i32(it.partitionIndex ?? 0);
  w.noTags();
}

export function writeDescribeTopicPartitionsRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<DescribeTopicPartitionsRequest>,
): void {
  w.array(v, it.topics ?? [], writeDescribeTopicPartitionsRequestTopicRequest);
  w.i32(it.responsePartitionLimit ?? 2000);
  w.nullable(v, it.cursor ?? null, writeDescribeTopicPartitionsRequestCursor);
  w.noTags();
}

function readDescribeTopicPartitionsResponsePartition(
  r: KafkaReader,
  v: number,
): Whole<DescribeTopicPartitionsResponsePartition> {
  const it: Whole<DescribeTopicPartitionsResponsePartition> = {
    errorCode: r.i16(),
    partitionIndex: r.i32(),
    leaderId: r.i32(),
    leaderEpoch: r.i32(),
    replicaNodes: r.array(4, v, readInt32),
    isrNodes: r.array(4, v, readInt32),
    eligibleLeaderReplicas: r.nullableArray(4, v, readInt32),
    lastKnownElr: r.nullableArray(4, v, readInt32),
    offlineReplicas: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readDescribeTopicPartitionsResponseTopic(
  r: KafkaReader,
  v: number,
): Whole<DescribeTopicPartitionsResponseTopic> {
  const it: Whole<DescribeTopicPartitionsResponseTopic> = {
    errorCode: r.i16(),
    name: r.nullableString(),
    topicId: r.uuid(),
    isInternal: r.bool(),
    partitions: r.array(19, v, readDescribeTopicPartitionsResponsePartition),
    topicAuthorizedOperations: r.i32(),
  };
  r.skipTags();
  return it;
}

function readDescribeTopicPartitionsResponseCursor(r: KafkaReader): Whole<DescribeTopicPartitionsResponseCursor> {
  const it: Whole<DescribeTopicPartitionsResponseCursor> = {
    topicName: r.string(),
    partitionIndex: r.i32(),
  };
  r.skipTags();
  return it;
}

export function readDescribeTopicPartitionsResponse(r: KafkaReader, v: number): Whole<DescribeTopicPartitionsResponse> {
  const it: Whole<DescribeTopicPartitionsResponse> = {
    throttleTimeMs: r.i32(),
    topics: r.array(25, v, readDescribeTopicPartitionsResponseTopic),
    nextCursor: r.nullable(v, readDescribeTopicPartitionsResponseCursor),
  };
  r.skipTags();
  return it;
}
