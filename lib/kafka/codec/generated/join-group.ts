// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface JoinGroupRequestProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number; // version >= 1
  readonly memberId: string;
  readonly groupInstanceId: string | null; // version >= 5
  readonly protocolType: string;
  readonly protocols: readonly JoinGroupRequestProtocol[];
  readonly reason: string | null; // version >= 8
}

function readJoinGroupRequestProtocol(r: KafkaReader): JoinGroupRequestProtocol {
  const it: JoinGroupRequestProtocol = {
    name: r.string(),
    metadata: r.data(),
  };
  r.skipTags();
  return it;
}

export function readJoinGroupRequest(r: KafkaReader, v: number): JoinGroupRequest {
  const it: JoinGroupRequest = {
    groupId: r.string(),
    sessionTimeoutMs: r.i32(),
    rebalanceTimeoutMs: v >= 1 ? r.i32() : -1,
    memberId: r.string(),
    groupInstanceId: v >= 5 ? r.nullableString() : null,
    protocolType: r.string(),
    protocols: r.array(2, v, readJoinGroupRequestProtocol),
    reason: v >= 8 ? r.nullableString() : null,
  };
  r.skipTags();
  return it;
}

export interface JoinGroupResponseMember {
  readonly memberId: string;
  readonly groupInstanceId?: string | null; // version >= 5
  readonly metadata: Uint8Array;
}

export interface JoinGroupResponse {
  readonly throttleTimeMs?: number; // version >= 2
  readonly errorCode: number;
  readonly generationId?: number;
  readonly protocolType?: string | null; // version >= 7
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment?: boolean; // version >= 9
  readonly memberId: string;
  readonly members: readonly JoinGroupResponseMember[];
}

function writeJoinGroupResponseMember(w: KafkaWriter, v: number, it: JoinGroupResponseMember): void {
  w.string(it.memberId);
  if (v >= 5) {
    w.nullableString(it.groupInstanceId ?? null);
  }
  w.data(it.metadata);
  w.noTags();
}

export function writeJoinGroupResponse(w: KafkaWriter, v: number, it: JoinGroupResponse): void {
  if (v >= 2) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.i16(it.errorCode);
  w.i32(it.generationId ?? -1);
  if (v >= 7) {
    w.nullableString(it.protocolType ?? null);
  }
  if (v >= 7) w.nullableString(it.protocolName);
  else w.string(w.present(it.protocolName, 'protocolName', v));
  w.string(it.leader);
  if (v >= 9) {
    w.bool(it.skipAssignment ?? false);
  } else if (it.skipAssignment !== undefined && it.skipAssignment !== false) w.misplaced('skipAssignment', v);
  w.string(it.memberId);
  w.array(v, it.members, writeJoinGroupResponseMember);
  w.noTags();
}
