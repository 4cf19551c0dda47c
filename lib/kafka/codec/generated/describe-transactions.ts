// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString, writeInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeTransactionsRequest {
  readonly transactionalIds: readonly string[];
}

export function readDescribeTransactionsRequest(r: KafkaReader, v: number): DescribeTransactionsRequest {
  const it: DescribeTransactionsRequest = {
    transactionalIds: r.array(1, v, readString),
  };
  r.skipTags();
  return it;
}

export interface DescribeTransactionsResponseTopicData {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface DescribeTransactionsResponseTransactionState {
  readonly errorCode: number;
  readonly transactionalId: string;
  readonly transactionState: string;
  readonly transactionTimeoutMs: number;
  readonly transactionStartTimeMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly topics: readonly DescribeTransactionsResponseTopicData[];
}

export interface DescribeTransactionsResponse {
  readonly throttleTimeMs: number;
  readonly transactionStates: readonly DescribeTransactionsResponseTransactionState[];
}

function writeDescribeTransactionsResponseTopicData(
  w: KafkaWriter,
  v: number,
  it: DescribeTransactionsResponseTopicData,
): void {
  w.string(it.topic);
  w.array(v, it.partitions, writeInt32);
  w.noTags();
}

function writeDescribeTransactionsResponseTransactionState(
  w: KafkaWriter,
  v: number,
  it: DescribeTransactionsResponseTransactionState,
): void {
  w.i16(it.errorCode);
  w.string(it.transactionalId);
  w.string(it.transactionState);
  w.i32(it.transactionTimeoutMs);
  w.i64(it.transactionStartTimeMs);
  w.i64(it.producerId);
  w.i16(it.producerEpoch);
  w.array(v, it.topics, writeDescribeTransactionsResponseTopicData);
  w.noTags();
}

export function writeDescribeTransactionsResponse(w: KafkaWriter, v: number, it: DescribeTransactionsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.transactionStates, writeDescribeTransactionsResponseTransactionState);
  w.noTags();
}
