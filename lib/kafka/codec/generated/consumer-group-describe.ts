// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString, writeInt32, writeString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ConsumerGroupDescribeRequest {
  readonly groupIds: readonly string[];
  readonly includeAuthorizedOperations: boolean;
}

export function readConsumerGroupDescribeRequest(r: KafkaReader, v: number): ConsumerGroupDescribeRequest {
  const it: ConsumerGroupDescribeRequest = {
    groupIds: r.array(1, v, readString),
    includeAuthorizedOperations: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface ConsumerGroupDescribeResponseTopicPartitions {
  readonly topicId: string;
  readonly topicName: string;
  readonly partitions: readonly number[];
}

export interface ConsumerGroupDescribeResponseAssignment {
  readonly topicPartitions: readonly ConsumerGroupDescribeResponseTopicPartitions[];
}

export interface ConsumerGroupDescribeResponseMember {
  readonly memberId: string;
  readonly instanceId?: string | null;
  readonly rackId?: string | null;
  readonly memberEpoch: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly subscribedTopicNames: readonly string[];
  readonly subscribedTopicRegex?: string | null;
  readonly assignment: ConsumerGroupDescribeResponseAssignment;
  readonly targetAssignment: ConsumerGroupDescribeResponseAssignment;
  readonly memberType?: number; // version >= 1
}

export interface ConsumerGroupDescribeResponseDescribedGroup {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
  readonly groupId: string;
  readonly groupState: string;
  readonly groupEpoch: number;
  readonly assignmentEpoch: number;
  readonly assignorName: string;
  readonly members: readonly ConsumerGroupDescribeResponseMember[];
  readonly authorizedOperations?: number;
}

export interface ConsumerGroupDescribeResponse {
  readonly throttleTimeMs: number;
  readonly groups: readonly ConsumerGroupDescribeResponseDescribedGroup[];
}

function writeConsumerGroupDescribeResponseTopicPartitions(
  w: KafkaWriter,
  v: number,
  it: ConsumerGroupDescribeResponseTopicPartitions,
): void {
  w.uuid(it.topicId);
  w.string(it.topicName);
  w.array(v, it.partitions, writeInt32);
  w.noTags();
}

function writeConsumerGroupDescribeResponseAssignment(
  w: KafkaWriter,
  v: number,
  it: ConsumerGroupDescribeResponseAssignment,
): void {
  w.array(v, it.topicPartitions, writeConsumerGroupDescribeResponseTopicPartitions);
  w.noTags();
}

function writeConsumerGroupDescribeResponseMember(
  w: KafkaWriter,
  v: number,
  it: ConsumerGroupDescribeResponseMember,
): void {
  w.string(it.memberId);
  w.nullableString(it.instanceId ?? null);
  w.nullableString(it.rackId ?? null);
  w.i32(it.memberEpoch);
  w.string(it.clientId);
  w.string(it.clientHost);
  w.array(v, it.subscribedTopicNames, writeString);
  w.nullableString(it.subscribedTopicRegex ?? null);
  writeConsumerGroupDescribeResponseAssignment(w, v, it.assignment);
  writeConsumerGroupDescribeResponseAssignment(w, v, it.targetAssignment);
  if (v >= 1) {
    w.u8(it.memberType ?? -1);
  }
  w.noTags();
}

function writeConsumerGroupDescribeResponseDescribedGroup(
  w: KafkaWriter,
  v: number,
  it: ConsumerGroupDescribeResponseDescribedGroup,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage ?? null);
  w.string(it.groupId);
  w.string(it.groupState);
  w.i32(it.groupEpoch);
  w.i32(it.assignmentEpoch);
  w.string(it.assignorName);
  w.array(v, it.members, writeConsumerGroupDescribeResponseMember);
  w.i32(it.authorizedOperations ?? -2147483648);
  w.noTags();
}

export function writeConsumerGroupDescribeResponse(w: KafkaWriter, v: number, it: ConsumerGroupDescribeResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.groups, writeConsumerGroupDescribeResponseDescribedGroup);
  w.noTags();
}
