// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface LeaveGroupRequestMemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly reason: string | null; // version >= 5
}

export interface LeaveGroupRequest {
  readonly groupId: string;
  readonly memberId: string; // version <= 2
  readonly members: readonly LeaveGroupRequestMemberIdentity[]; // version >= 3
}

function readLeaveGroupRequestMemberIdentity(r: KafkaReader, v: number): LeaveGroupRequestMemberIdentity {
  const it: LeaveGroupRequestMemberIdentity = {
    memberId: r.string(),
    groupInstanceId: r.nullableString(),
    reason: v >= 5 ? r.nullableString() : null,
  };
  r.skipTags();
  return it;
}

export function readLeaveGroupRequest(r: KafkaReader, v: number): LeaveGroupRequest {
  const it: LeaveGroupRequest = {
    groupId: r.string(),
    memberId: v <= 2 ? r.string() : '',
    members: v >= 3 ? r.array(2, v, readLeaveGroupRequestMemberIdentity) : [],
  };
  r.skipTags();
  return it;
}

export interface LeaveGroupResponseMemberResponse {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly errorCode: number;
}

export interface LeaveGroupResponse {
  readonly throttleTimeMs?: number; // version >= 1
  readonly errorCode: number;
  readonly members?: readonly LeaveGroupResponseMemberResponse[]; // version >= 3
}

function writeLeaveGroupResponseMemberResponse(w: KafkaWriter, _v: number, it: LeaveGroupResponseMemberResponse): void {
  w.string(it.memberId);
  w.nullableString(it.groupInstanceId);
  w.i16(it.errorCode);
  w.noTags();
}

export function writeLeaveGroupResponse(w: KafkaWriter, v: number, it: LeaveGroupResponse): void {
  if (v >= 1) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.i16(it.errorCode);
  if (v >= 3) {
    w.array(v, it.members ?? [], writeLeaveGroupResponseMemberResponse);
  } else if (it.members !== undefined && it.members.length > 0) w.misplaced('members', v);
  w.noTags();
}
