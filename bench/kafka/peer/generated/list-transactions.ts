// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  type ListTransactionsRequest,
  type ListTransactionsResponse,
  type ListTransactionsResponseTransactionState,
  readString,
  type Sparse,
  type Whole,
  writeInt64,
  writeString,
} from '../../../../lib/kafka/index.ts';

export function writeListTransactionsRequest(w: KafkaWriter, v: number, it: Sparse<ListTransactionsRequest>): void {
  w.array(v, it.stateFilters ?? [], writeString);
  w.array(v, it.producerIdFilters ?? [], writeInt64);
  if (v >= 1) {
    w.i64(it.durationFilter ?? -1);
  } else if (it.durationFilter !== undefined && it.durationFilter !== -1) w.misplaced('durationFilter', v);
  if (v >= 2) {
    w.nullableString(it.transactionalIdPattern ?? null);
  } else if (it.transactionalIdPattern !== undefined && it.transactionalIdPattern !== null)
    w.misplaced('transactionalIdPattern', v);
  w.noTags();
}

function readListTransactionsResponseTransactionState(r: KafkaReader): Whole<ListTransactionsResponseTransactionState> {
  const it: Whole<ListTransactionsResponseTransactionState> = {
    transactionalId: r.string(),
    producerId: r.i64(),
    transactionState: r.string(),
  };
  r.skipTags();
  return it;
}

export function readListTransactionsResponse(r: KafkaReader, v: number): Whole<ListTransactionsResponse> {
  const it: Whole<ListTransactionsResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    unknownStateFilters: r.array(1, v, readString),
    transactionStates: r.array(10, v, readListTransactionsResponseTransactionState),
  };
  r.skipTags();
  return it;
}
