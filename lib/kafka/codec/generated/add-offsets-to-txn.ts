// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly groupId: string;
}

export function readAddOffsetsToTxnRequest(r: KafkaReader): AddOffsetsToTxnRequest {
  const it: AddOffsetsToTxnRequest = {
    transactionalId: r.string(),
    producerId: r.i64(),
    producerEpoch: r.i16(),
    groupId: r.string(),
  };
  r.skipTags();
  return it;
}

export interface AddOffsetsToTxnResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
}

export function writeAddOffsetsToTxnResponse(w: KafkaWriter, _v: number, it: AddOffsetsToTxnResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.noTags();
}
