// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeGroupsRequest {
  readonly groups: readonly string[];
  readonly includeAuthorizedOperations: boolean; // version >= 3
}

export function readDescribeGroupsRequest(r: KafkaReader, v: number): DescribeGroupsRequest {
  const it: DescribeGroupsRequest = {
    groups: r.array(1, v, readString),
    includeAuthorizedOperations: v >= 3 ? r.bool() : false,
  };
  r.skipTags();
  return it;
}

export interface DescribeGroupsResponseDescribedGroupMember {
  readonly memberId: string;
  readonly groupInstanceId?: string | null; // version >= 4
  readonly clientId: string;
  readonly clientHost: string;
  readonly memberMetadata: Uint8Array;
  readonly memberAssignment: Uint8Array;
}

export interface DescribeGroupsResponseDescribedGroup {
  readonly errorCode: number;
  readonly errorMessage?: string | null; // version >= 6
  readonly groupId: string;
  readonly groupState: string;
  readonly protocolType: string;
  readonly protocolData: string;
  readonly members: readonly DescribeGroupsResponseDescribedGroupMember[];
  readonly authorizedOperations?: number; // version >= 3
}

export interface DescribeGroupsResponse {
  readonly throttleTimeMs?: number; // version >= 1
  readonly groups: readonly DescribeGroupsResponseDescribedGroup[];
}

function writeDescribeGroupsResponseDescribedGroupMember(
  w: KafkaWriter,
  v: number,
  it: DescribeGroupsResponseDescribedGroupMember,
): void {
  w.string(it.memberId);
  if (v >= 4) {
    w.nullableString(it.groupInstanceId ?? null);
  }
  w.string(it.clientId);
  w.string(it.clientHost);
  w.data(it.memberMetadata);
  w.data(it.memberAssignment);
  w.noTags();
}

function writeDescribeGroupsResponseDescribedGroup(
  w: KafkaWriter,
  v: number,
  it: DescribeGroupsResponseDescribedGroup,
): void {
  w.i16(it.errorCode);
  if (v >= 6) {
    w.nullableString(it.errorMessage ?? null);
  } else if (it.errorMessage !== undefined && it.errorMessage !== null) w.misplaced('errorMessage', v);
  w.string(it.groupId);
  w.string(it.groupState);
  w.string(it.protocolType);
  w.string(it.protocolData);
  w.array(v, it.members, writeDescribeGroupsResponseDescribedGroupMember);
  if (v >= 3) {
    w.i32(it.authorizedOperations ?? -2147483648);
  } else if (it.authorizedOperations !== undefined && it.authorizedOperations !== -2147483648)
    w.misplaced('authorizedOperations', v);
  w.noTags();
}

export function writeDescribeGroupsResponse(w: KafkaWriter, v: number, it: DescribeGroupsResponse): void {
  if (v >= 1) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.array(v, it.groups, writeDescribeGroupsResponseDescribedGroup);
  w.noTags();
}
