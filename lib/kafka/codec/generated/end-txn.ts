// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface EndTxnRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly committed: boolean;
}

export function readEndTxnRequest(r: KafkaReader): EndTxnRequest {
  const it: EndTxnRequest = {
    transactionalId: r.string(),
    producerId: r.i64(),
    producerEpoch: r.i16(),
    committed: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface EndTxnResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly producerId?: number; // version >= 5
  readonly producerEpoch?: number; // version >= 5
}

export function writeEndTxnResponse(w: KafkaWriter, v: number, it: EndTxnResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  if (v >= 5) {
    w.i64(it.producerId ?? -1);
  }
  if (v >= 5) {
    w.i16(it.producerEpoch ?? -1);
  }
  w.noTags();
}
