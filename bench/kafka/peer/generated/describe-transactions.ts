// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DescribeTransactionsRequest,
  type DescribeTransactionsResponse,
  type DescribeTransactionsResponseTopicData,
  type DescribeTransactionsResponseTransactionState,
  type KafkaReader,
  type KafkaWriter,
  readInt32,
  type Sparse,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

export function writeDescribeTransactionsRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<DescribeTransactionsRequest>,
): void {
  w.array(v, it.transactionalIds ?? [], writeString);
  w.noTags();
}

function readDescribeTransactionsResponseTopicData(
  r: KafkaReader,
  v: number,
): Whole<DescribeTransactionsResponseTopicData> {
  const it: Whole<DescribeTransactionsResponseTopicData> = {
    topic: r.string(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readDescribeTransactionsResponseTransactionState(
  r: KafkaReader,
  v: number,
): Whole<DescribeTransactionsResponseTransactionState> {
  const it: Whole<DescribeTransactionsResponseTransactionState> = {
    errorCode: r.i16(),
    transactionalId: r.string(),
    transactionState: r.string(),
    transactionTimeoutMs: r.i32(),
    transactionStartTimeMs: r.i64(),
    producerId: r.i64(),
    producerEpoch: r.i16(),
    topics: r.array(2, v, readDescribeTransactionsResponseTopicData),
  };
  r.skipTags();
  return it;
}

export function readDescribeTransactionsResponse(r: KafkaReader, v: number): Whole<DescribeTransactionsResponse> {
  const it: Whole<DescribeTransactionsResponse> = {
    throttleTimeMs: r.i32(),
    transactionStates: r.array(27, v, readDescribeTransactionsResponseTransactionState),
  };
  r.skipTags();
  return it;
}
