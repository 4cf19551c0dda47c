// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  NO_BYTES,
  type Sparse,
  type SyncGroupRequest,
  type SyncGroupRequestAssignment,
  type SyncGroupResponse,
  type Whole,
} from '../../../../lib/kafka/index.ts';

function writeSyncGroupRequestAssignment(w: KafkaWriter, _v: number, it: Sparse<SyncGroupRequestAssignment>): void {
  w.string(it.memberId ?? '');
  w.data(it.assignment ?? NO_BYTES);
  w.noTags();
}

export function writeSyncGroupRequest(w: KafkaWriter, v: number, it: Sparse<SyncGroupRequest>): void {
  w.string(it.groupId ?? '');
  w.i32(it.generationId ?? 0);
  w.string(it.memberId ?? '');
  if (v >= 3) {
    w.nullableString(it.groupInstanceId ?? null);
  } else if (it.groupInstanceId !== undefined && it.groupInstanceId !== null) w.misplaced('groupInstanceId', v);
  if (v >= 5) {
    w.nullableString(it.protocolType ?? null);
  }
  if (v >= 5) {
    w.nullableString(it.protocolName ?? null);
  }
  w.array(v, it.assignments ?? [], writeSyncGroupRequestAssignment);
  w.noTags();
}

export function readSyncGroupResponse(r: KafkaReader, v: number): Whole<SyncGroupResponse> {
  const it: Whole<SyncGroupResponse> = {
    throttleTimeMs: v >= 1 ? r.i32() : 0,
    errorCode: r.i16(),
    protocolType: v >= 5 ? r.nullableString() : null,
    protocolName: v >= 5 ? r.nullableString() : null,
    assignment: r.data(),
  };
  r.skipTags();
  return it;
}
