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
}

export function writeEndTxnResponse(w: KafkaWriter, _v: number, it: EndTxnResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.noTags();
}
