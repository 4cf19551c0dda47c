// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  KafkaReader,
  KafkaWriter,
  LeaveGroupRequest,
  LeaveGroupRequestMemberIdentity,
  LeaveGroupResponse,
  LeaveGroupResponseMemberResponse,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeLeaveGroupRequestMemberIdentity(
  w: KafkaWriter,
  v: number,
  it: Sparse<LeaveGroupRequestMemberIdentity>,
): void {
  w.string(it.memberId ?? '');
  w.nullableString(it.groupInstanceId ?? null);
  if (v >= 5) {
    w.nullableString(it.reason ?? null);
  }
  w.noTags();
}

export function writeLeaveGroupRequest(w: KafkaWriter, v: number, it: Sparse<LeaveGroupRequest>): void {
  w.string(it.groupId ?? '');
  if (v <= 2) {
    w.string(it.memberId ?? '');
  } else if (it.memberId !== undefined && it.memberId !== '') w.misplaced('memberId', v);
  if (v >= 3) {
    w.array(v, it.members ?? [], writeLeaveGroupRequestMemberIdentity);
  } else if (it.members !== undefined && it.members.length > 0) w.misplaced('members', v);
  w.noTags();
}

function readLeaveGroupResponseMemberResponse(r: KafkaReader): Whole<LeaveGroupResponseMemberResponse> {
  const it: Whole<LeaveGroupResponseMemberResponse> = {
    memberId: r.string(),
    groupInstanceId: r.nullableString(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

export function readLeaveGroupResponse(r: KafkaReader, v: number): Whole<LeaveGroupResponse> {
  const it: Whole<LeaveGroupResponse> = {
    throttleTimeMs: v >= 1 ? r.i32() : 0,
    errorCode: r.i16(),
    members: v >= 3 ? r.array(4, v, readLeaveGroupResponseMemberResponse) : [],
  };
  r.skipTags();
  return it;
}
