// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatRequestTopicPartitions,
  type ConsumerGroupHeartbeatResponse,
  type ConsumerGroupHeartbeatResponseAssignment,
  type ConsumerGroupHeartbeatResponseTopicPartitions,
  type KafkaReader,
  type KafkaWriter,
  readInt32,
  type Sparse,
  UUID_ZERO,
  type Whole,
  writeInt32,
  writeString,
} from '../../../../lib/kafka/index.ts';

function writeConsumerGroupHeartbeatRequestTopicPartitions(
  w: KafkaWriter,
  v: number,
  it: Sparse<ConsumerGroupHeartbeatRequestTopicPartitions>,
): void {
  w.uuid(it.topicId ?? UUID_ZERO);
  w.array(v, it.partitions ?? [], writeInt32);
  w.noTags();
}

export function writeConsumerGroupHeartbeatRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<ConsumerGroupHeartbeatRequest>,
): void {
  w.string(it.groupId ?? '');
  w.string(it.memberId ?? '');
  w.i32(it.memberEpoch ?? 0);
  w.nullableString(it.instanceId ?? null);
  w.nullableString(it.rackId ?? null);
  w.i32(it.rebalanceTimeoutMs ?? -1);
  w.nullableArray(v, it.subscribedTopicNames ?? null, writeString);
  if (v >= 1) {
    w.nullableString(it.subscribedTopicRegex ?? null);
  } else if (it.subscribedTopicRegex !== undefined && it.subscribedTopicRegex !== null)
    w.misplaced('subscribedTopicRegex', v);
  w.nullableString(it.serverAssignor ?? null);
  w.nullableArray(v, it.topicPartitions ?? null, writeConsumerGroupHeartbeatRequestTopicPartitions);
  w.noTags();
}

function readConsumerGroupHeartbeatResponseTopicPartitions(
  r: KafkaReader,
  v: number,
): Whole<ConsumerGroupHeartbeatResponseTopicPartitions> {
  const it: Whole<ConsumerGroupHeartbeatResponseTopicPartitions> = {
    topicId: r.uuid(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readConsumerGroupHeartbeatResponseAssignment(
  r: KafkaReader,
  v: number,
): Whole<ConsumerGroupHeartbeatResponseAssignment> {
  const it: Whole<ConsumerGroupHeartbeatResponseAssignment> = {
    topicPartitions: r.array(17, v, readConsumerGroupHeartbeatResponseTopicPartitions),
  };
  r.skipTags();
  return it;
}

export function readConsumerGroupHeartbeatResponse(r: KafkaReader, v: number): Whole<ConsumerGroupHeartbeatResponse> {
  const it: Whole<ConsumerGroupHeartbeatResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    memberId: r.nullableString(),
    memberEpoch: r.i32(),
    heartbeatIntervalMs: r.i32(),
    assignment: r.nullable(v, readConsumerGroupHeartbeatResponseAssignment),
  };
  r.skipTags();
  return it;
}
