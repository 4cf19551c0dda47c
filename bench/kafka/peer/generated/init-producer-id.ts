// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  InitProducerIdRequest,
  InitProducerIdResponse,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

export function writeInitProducerIdRequest(w: KafkaWriter, v: number, it: Sparse<InitProducerIdRequest>): void {
  w.nullableString(it.transactionalId === undefined ? '' : it.transactionalId);
  w.i32(it.transactionTimeoutMs ?? 0);
  if (v >= 3) {
    w.i64(it.producerId ?? -1);
  } else if (it.producerId !== undefined && it.producerId !== -1) w.misplaced('producerId', v);
  if (v >= 3) {
    w.i16(it.producerEpoch ?? -1);
  } else if (it.producerEpoch !== undefined && it.producerEpoch !== -1) w.misplaced('producerEpoch', v);
  w.noTags();
}

export function readInitProducerIdResponse(r: KafkaReader): Whole<InitProducerIdResponse> {
  const it: Whole<InitProducerIdResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    producerId: r.i64(),
    producerEpoch: r.i16(),
  };
  r.skipTags();
  return it;
}
