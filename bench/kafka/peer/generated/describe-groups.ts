// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DescribeGroupsRequest,
  type DescribeGroupsResponse,
  type DescribeGroupsResponseDescribedGroup,
  type DescribeGroupsResponseDescribedGroupMember,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

export function writeDescribeGroupsRequest(w: KafkaWriter, v: number, it: Sparse<DescribeGroupsRequest>): void {
  w.array(v, it.groups ?? [], writeString);
  if (v >= 3) {
    w.bool(it.includeAuthorizedOperations ?? false);
  } else if (it.includeAuthorizedOperations !== undefined && it.includeAuthorizedOperations !== false)
    w.misplaced('includeAuthorizedOperations', v);
  w.noTags();
}

function readDescribeGroupsResponseDescribedGroupMember(
  r: KafkaReader,
  v: number,
): Whole<DescribeGroupsResponseDescribedGroupMember> {
  const it: Whole<DescribeGroupsResponseDescribedGroupMember> = {
    memberId: r.string(),
    groupInstanceId: v >= 4 ? r.nullableString() : null,
    clientId: r.string(),
    clientHost: r.string(),
    memberMetadata: r.data(),
    memberAssignment: r.data(),
  };
  r.skipTags();
  return it;
}

function readDescribeGroupsResponseDescribedGroup(
  r: KafkaReader,
  v: number,
): Whole<DescribeGroupsResponseDescribedGroup> {
  const it: Whole<DescribeGroupsResponseDescribedGroup> = {
    errorCode: r.i16(),
    errorMessage: v >= 6 ? r.nullableString() : null,
    groupId: r.string(),
    groupState: r.string(),
    protocolType: r.string(),
    protocolData: r.string(),
    members: r.array(5, v, readDescribeGroupsResponseDescribedGroupMember),
    authorizedOperations: v >= 3 ? r.i32() : -2147483648,
  };
  r.skipTags();
  return it;
}

export function readDescribeGroupsResponse(r: KafkaReader, v: number): Whole<DescribeGroupsResponse> {
  const it: Whole<DescribeGroupsResponse> = {
    throttleTimeMs: v >= 1 ? r.i32() : 0,
    groups: r.array(7, v, readDescribeGroupsResponseDescribedGroup),
  };
  r.skipTags();
  return it;
}
