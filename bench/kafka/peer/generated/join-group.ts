// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type JoinGroupRequest,
  type JoinGroupRequestProtocol,
  type JoinGroupResponse,
  type JoinGroupResponseMember,
  type KafkaReader,
  type KafkaWriter,
  NO_BYTES,
  type Sparse,
  type Whole,
} from '../../../../lib/kafka/index.ts';

function writeJoinGroupRequestProtocol(w: KafkaWriter, _v: number, it: Sparse<JoinGroupRequestProtocol>): void {
  w.string(it.name ?? '');
  w.data(it.metadata ?? NO_BYTES);
  w.noTags();
}

export function writeJoinGroupRequest(w: KafkaWriter, v: number, it: Sparse<JoinGroupRequest>): void {
  w.string(it.groupId ?? '');
  w.i32(it.sessionTimeoutMs ?? 0);
  if (v >= 1) {
    w.i32(it.rebalanceTimeoutMs ?? -1);
  }
  w.string(it.memberId ?? '');
  if (v >= 5) {
    w.nullableString(it.groupInstanceId ?? null);
  } else if (it.groupInstanceId !== undefined && it.groupInstanceId !== null) w.misplaced('groupInstanceId', v);
  w.string(it.protocolType ?? '');
  w.array(v, it.protocols ?? [], writeJoinGroupRequestProtocol);
  if (v >= 8) {
    w.nullableString(it.reason ?? null);
  }
  w.noTags();
}

function readJoinGroupResponseMember(r: KafkaReader, v: number): Whole<JoinGroupResponseMember> {
  const it: Whole<JoinGroupResponseMember> = {
    memberId: r.string(),
    groupInstanceId: v >= 5 ? r.nullableString() : null,
    metadata: r.data(),
  };
  r.skipTags();
  return it;
}

export function readJoinGroupResponse(r: KafkaReader, v: number): Whole<JoinGroupResponse> {
  const it: Whole<JoinGroupResponse> = {
    throttleTimeMs: v >= 2 ? r.i32() : 0,
    errorCode: r.i16(),
    generationId: r.i32(),
    protocolType: v >= 7 ? r.nullableString() : null,
    protocolName: v >= 7 ? r.nullableString() : r.string(),
    leader: r.string(),
    skipAssignment: v >= 9 ? r.bool() : false,
    memberId: r.string(),
    members: r.array(2, v, readJoinGroupResponseMember),
  };
  r.skipTags();
  return it;
}
