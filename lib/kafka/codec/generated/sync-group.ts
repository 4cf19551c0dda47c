// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface SyncGroupRequestAssignment {
  readonly memberId: string;
  readonly assignment: Uint8Array;
}

export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null; // version >= 3
  readonly protocolType: string | null; // version >= 5
  readonly protocolName: string | null; // version >= 5
  readonly assignments: readonly SyncGroupRequestAssignment[];
}

function readSyncGroupRequestAssignment(r: KafkaReader): SyncGroupRequestAssignment {
  const it: SyncGroupRequestAssignment = {
    memberId: r.string(),
    assignment: r.data(),
  };
  r.skipTags();
  return it;
}

export function readSyncGroupRequest(r: KafkaReader, v: number): SyncGroupRequest {
  const it: SyncGroupRequest = {
    groupId: r.string(),
    generationId: r.i32(),
    memberId: r.string(),
    groupInstanceId: v >= 3 ? r.nullableString() : null,
    protocolType: v >= 5 ? r.nullableString() : null,
    protocolName: v >= 5 ? r.nullableString() : null,
    assignments: r.array(2, v, readSyncGroupRequestAssignment),
  };
  r.skipTags();
  return it;
}

export interface SyncGroupResponse {
  readonly throttleTimeMs?: number; // version >= 1
  readonly errorCode: number;
  readonly protocolType?: string | null; // version >= 5
  readonly protocolName?: string | null; // version >= 5
  readonly assignment: Uint8Array;
}

export function writeSyncGroupResponse(w: KafkaWriter, v: number, it: SyncGroupResponse): void {
  if (v >= 1) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.i16(it.errorCode);
  if (v >= 5) {
    w.nullableString(it.protocolType ?? null);
  }
  if (v >= 5) {
    w.nullableString(it.protocolName ?? null);
  }
  w.data(it.assignment);
  w.noTags();
}
