// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null; // version >= 3
}

export function readHeartbeatRequest(r: KafkaReader, v: number): HeartbeatRequest {
  const it: HeartbeatRequest = {
    groupId: r.string(),
    generationId: r.i32(),
    memberId: r.string(),
    groupInstanceId: v >= 3 ? r.nullableString() : null,
  };
  r.skipTags();
  return it;
}

export interface HeartbeatResponse {
  readonly throttleTimeMs?: number; // version >= 1
  readonly errorCode: number;
}

export function writeHeartbeatResponse(w: KafkaWriter, v: number, it: HeartbeatResponse): void {
  if (v >= 1) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.i16(it.errorCode);
  w.noTags();
}
