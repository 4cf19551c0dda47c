// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

export function writeAddOffsetsToTxnRequest(w: KafkaWriter, _v: number, it: Sparse<AddOffsetsToTxnRequest>): void {
  w.string(it.transactionalId ?? '');
  w.i64(it.producerId ?? 0);
  w.i16(it.producerEpoch ?? 0);
  w.string(it.groupId ?? '');
  w.noTags();
}

export function readAddOffsetsToTxnResponse(r: KafkaReader): Whole<AddOffsetsToTxnResponse> {
  const it: Whole<AddOffsetsToTxnResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}
