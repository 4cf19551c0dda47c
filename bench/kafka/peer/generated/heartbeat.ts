// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  HeartbeatRequest,
  HeartbeatResponse,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

export function writeHeartbeatRequest(w: KafkaWriter, v: number, it: Sparse<HeartbeatRequest>): void {
  w.string(it.groupId ?? '');
  w.i32(it.generationId ?? 0);
  w.string(it.memberId ?? '');
  if (v >= 3) {
    w.nullableString(it.groupInstanceId ?? null);
  } else if (it.groupInstanceId !== undefined && it.groupInstanceId !== null) w.misplaced('groupInstanceId', v);
  w.noTags();
}

export function readHeartbeatResponse(r: KafkaReader, v: number): Whole<HeartbeatResponse> {
  const it: Whole<HeartbeatResponse> = {
    throttleTimeMs: v >= 1 ? r.i32() : 0,
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}
