// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  type FindCoordinatorResponseCoordinator,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

export function writeFindCoordinatorRequest(w: KafkaWriter, v: number, it: Sparse<FindCoordinatorRequest>): void {
  if (v <= 3) {
    w.string(it.key ?? '');
  } else if (it.key !== undefined && it.key !== '') w.misplaced('key', v);
  if (v >= 1) {
    w.u8(it.keyType ?? 0);
  } else if (it.keyType !== undefined && it.keyType !== 0) w.misplaced('keyType', v);
  if (v >= 4) {
    w.array(v, it.coordinatorKeys ?? [], writeString);
  } else if (it.coordinatorKeys !== undefined && it.coordinatorKeys.length > 0) w.misplaced('coordinatorKeys', v);
  w.noTags();
}

function readFindCoordinatorResponseCoordinator(r: KafkaReader): Whole<FindCoordinatorResponseCoordinator> {
  const it: Whole<FindCoordinatorResponseCoordinator> = {
    key: r.string(),
    nodeId: r.i32(),
    host: r.string(),
    port: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
  };
  r.skipTags();
  return it;
}

export function readFindCoordinatorResponse(r: KafkaReader, v: number): Whole<FindCoordinatorResponse> {
  const it: Whole<FindCoordinatorResponse> = {
    throttleTimeMs: v >= 1 ? r.i32() : 0,
    errorCode: v <= 3 ? r.i16() : 0,
    errorMessage: v >= 1 && v <= 3 ? r.nullableString() : '',
    nodeId: v <= 3 ? r.i32() : 0,
    host: v <= 3 ? r.string() : '',
    port: v <= 3 ? r.i32() : 0,
    coordinators: v >= 4 ? r.array(13, v, readFindCoordinatorResponseCoordinator) : [],
  };
  r.skipTags();
  return it;
}
