// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type ConsumerGroupDescribeRequest,
  type ConsumerGroupDescribeResponse,
  type ConsumerGroupDescribeResponseAssignment,
  type ConsumerGroupDescribeResponseDescribedGroup,
  type ConsumerGroupDescribeResponseMember,
  type ConsumerGroupDescribeResponseTopicPartitions,
  type KafkaReader,
  type KafkaWriter,
  readInt32,
  readString,
  type Sparse,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

export function writeConsumerGroupDescribeRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<ConsumerGroupDescribeRequest>,
): void {
  w.array(v, it.groupIds ?? [], writeString);
  w.bool(it.includeAuthorizedOperations ?? false);
  w.noTags();
}

function readConsumerGroupDescribeResponseTopicPartitions(
  r: KafkaReader,
  v: number,
): Whole<ConsumerGroupDescribeResponseTopicPartitions> {
  const it: Whole<ConsumerGroupDescribeResponseTopicPartitions> = {
    topicId: r.uuid(),
    topicName: r.string(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readConsumerGroupDescribeResponseAssignment(
  r: KafkaReader,
  v: number,
): Whole<ConsumerGroupDescribeResponseAssignment> {
  const it: Whole<ConsumerGroupDescribeResponseAssignment> = {
    topicPartitions: r.array(18, v, readConsumerGroupDescribeResponseTopicPartitions),
  };
  r.skipTags();
  return it;
}

function readConsumerGroupDescribeResponseMember(
  r: KafkaReader,
  v: number,
): Whole<ConsumerGroupDescribeResponseMember> {
  const it: Whole<ConsumerGroupDescribeResponseMember> = {
    memberId: r.string(),
    instanceId: r.nullableString(),
    rackId: r.nullableString(),
    memberEpoch: r.i32(),
    clientId: r.string(),
    clientHost: r.string(),
    subscribedTopicNames: r.array(1, v, readString),
    subscribedTopicRegex: r.nullableString(),
    assignment: readConsumerGroupDescribeResponseAssignment(r, v),
    targetAssignment: readConsumerGroupDescribeResponseAssignment(r, v),
    memberType: v >= 1 ? r.i8() : -1,
  };
  r.skipTags();
  return it;
}

function readConsumerGroupDescribeResponseDescribedGroup(
  r: KafkaReader,
  v: number,
): Whole<ConsumerGroupDescribeResponseDescribedGroup> {
  const it: Whole<ConsumerGroupDescribeResponseDescribedGroup> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    groupId: r.string(),
    groupState: r.string(),
    groupEpoch: r.i32(),
    assignmentEpoch: r.i32(),
    assignorName: r.string(),
    members: r.array(13, v, readConsumerGroupDescribeResponseMember),
    authorizedOperations: r.i32(),
  };
  r.skipTags();
  return it;
}

export function readConsumerGroupDescribeResponse(r: KafkaReader, v: number): Whole<ConsumerGroupDescribeResponse> {
  const it: Whole<ConsumerGroupDescribeResponse> = {
    throttleTimeMs: r.i32(),
    groups: r.array(19, v, readConsumerGroupDescribeResponseDescribedGroup),
  };
  r.skipTags();
  return it;
}
