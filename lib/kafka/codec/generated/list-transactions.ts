// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt64, readString, writeString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ListTransactionsRequest {
  readonly stateFilters: readonly string[];
  readonly producerIdFilters: readonly number[];
  readonly durationFilter: number; // version >= 1
  readonly transactionalIdPattern: string | null; // version >= 2
}

export function readListTransactionsRequest(r: KafkaReader, v: number): ListTransactionsRequest {
  const it: ListTransactionsRequest = {
    stateFilters: r.array(1, v, readString),
    producerIdFilters: r.array(8, v, readInt64),
    durationFilter: v >= 1 ? r.i64() : -1,
    transactionalIdPattern: v >= 2 ? r.nullableString() : null,
  };
  r.skipTags();
  return it;
}

export interface ListTransactionsResponseTransactionState {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly transactionState: string;
}

export interface ListTransactionsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly unknownStateFilters: readonly string[];
  readonly transactionStates: readonly ListTransactionsResponseTransactionState[];
}

function writeListTransactionsResponseTransactionState(
  w: KafkaWriter,
  _v: number,
  it: ListTransactionsResponseTransactionState,
): void {
  w.string(it.transactionalId);
  w.i64(it.producerId);
  w.string(it.transactionState);
  w.noTags();
}

export function writeListTransactionsResponse(w: KafkaWriter, v: number, it: ListTransactionsResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.array(v, it.unknownStateFilters, writeString);
  w.array(v, it.transactionStates, writeListTransactionsResponseTransactionState);
  w.noTags();
}
