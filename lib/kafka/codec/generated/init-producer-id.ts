// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface InitProducerIdRequest {
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  readonly producerId: number; // version >= 3
  readonly producerEpoch: number; // version >= 3
}

export function readInitProducerIdRequest(r: KafkaReader, v: number): InitProducerIdRequest {
  const it: InitProducerIdRequest = {
    transactionalId: r.nullableString(),
    transactionTimeoutMs: r.i32(),
    producerId: v >= 3 ? r.i64() : -1,
    producerEpoch: v >= 3 ? r.i16() : -1,
  };
  r.skipTags();
  return it;
}

export interface InitProducerIdResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly producerId?: number;
  readonly producerEpoch: number;
}

export function writeInitProducerIdResponse(w: KafkaWriter, _v: number, it: InitProducerIdResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.i64(it.producerId ?? -1);
  w.i16(it.producerEpoch);
  w.noTags();
}
