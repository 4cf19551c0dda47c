// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  EndTxnRequest,
  EndTxnResponse,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

export function writeEndTxnRequest(w: KafkaWriter, _v: number, it: Sparse<EndTxnRequest>): void {
  w.string(it.transactionalId ?? '');
  w.i64(it.producerId ?? 0);
  w.i16(it.producerEpoch ?? 0);
  w.bool(it.committed ?? false);
  w.noTags();
}

export function readEndTxnResponse(r: KafkaReader, v: number): Whole<EndTxnResponse> {
  const it: Whole<EndTxnResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    producerId: v >= 5 ? r.i64() : -1,
    producerEpoch: v >= 5 ? r.i16() : -1,
  };
  r.skipTags();
  return it;
}
