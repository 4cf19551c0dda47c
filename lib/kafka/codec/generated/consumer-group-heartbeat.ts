// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32, readString, writeInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ConsumerGroupHeartbeatRequestTopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export interface ConsumerGroupHeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly subscribedTopicNames: readonly string[] | null;
  readonly subscribedTopicRegex: string | null; // version >= 1
  readonly serverAssignor: string | null;
  readonly topicPartitions: readonly ConsumerGroupHeartbeatRequestTopicPartitions[] | null;
}

function readConsumerGroupHeartbeatRequestTopicPartitions(
  r: KafkaReader,
  v: number,
): ConsumerGroupHeartbeatRequestTopicPartitions {
  const it: ConsumerGroupHeartbeatRequestTopicPartitions = {
    topicId: r.uuid(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

export function readConsumerGroupHeartbeatRequest(r: KafkaReader, v: number): ConsumerGroupHeartbeatRequest {
  const it: ConsumerGroupHeartbeatRequest = {
    groupId: r.string(),
    memberId: r.string(),
    memberEpoch: r.i32(),
    instanceId: r.nullableString(),
    rackId: r.nullableString(),
    rebalanceTimeoutMs: r.i32(),
    subscribedTopicNames: r.nullableArray(1, v, readString),
    subscribedTopicRegex: v >= 1 ? r.nullableString() : null,
    serverAssignor: r.nullableString(),
    topicPartitions: r.nullableArray(17, v, readConsumerGroupHeartbeatRequestTopicPartitions),
  };
  r.skipTags();
  return it;
}

export interface ConsumerGroupHeartbeatResponseTopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export interface ConsumerGroupHeartbeatResponseAssignment {
  readonly topicPartitions: readonly ConsumerGroupHeartbeatResponseTopicPartitions[];
}

export interface ConsumerGroupHeartbeatResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage?: string | null;
  readonly memberId?: string | null;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly assignment?: ConsumerGroupHeartbeatResponseAssignment | null;
}

function writeConsumerGroupHeartbeatResponseTopicPartitions(
  w: KafkaWriter,
  v: number,
  it: ConsumerGroupHeartbeatResponseTopicPartitions,
): void {
  w.uuid(it.topicId);
  w.array(v, it.partitions, writeInt32);
  w.noTags();
}

function writeConsumerGroupHeartbeatResponseAssignment(
  w: KafkaWriter,
  v: number,
  it: ConsumerGroupHeartbeatResponseAssignment,
): void {
  w.array(v, it.topicPartitions, writeConsumerGroupHeartbeatResponseTopicPartitions);
  w.noTags();
}

export function writeConsumerGroupHeartbeatResponse(
  w: KafkaWriter,
  v: number,
  it: ConsumerGroupHeartbeatResponse,
): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage ?? null);
  w.nullableString(it.memberId ?? null);
  w.i32(it.memberEpoch);
  w.i32(it.heartbeatIntervalMs);
  w.nullable(v, it.assignment ?? null, writeConsumerGroupHeartbeatResponseAssignment);
  w.noTags();
}
