// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnRequestAddPartitionsToTxnTopic,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult,
  type AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeAddPartitionsToTxnRequestAddPartitionsToTxnTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<AddPartitionsToTxnRequestAddPartitionsToTxnTopic>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitions ?? [], writeInt32);
  w.noTags();
}

export function writeAddPartitionsToTxnRequest(w: KafkaWriter, v: number, it: Sparse<AddPartitionsToTxnRequest>): void {
  w.string(it.v3AndBelowTransactionalId ?? '');
  w.i64(it.v3AndBelowProducerId ?? 0);
  w.i16(it.v3AndBelowProducerEpoch ?? 0);
  w.array(v, it.v3AndBelowTopics ?? [], writeAddPartitionsToTxnRequestAddPartitionsToTxnTopic);
  w.noTags();
}

function readAddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult(
  r: KafkaReader,
): Whole<AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult> {
  const it: Whole<AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult> = {
    partitionIndex: r.i32(),
    partitionErrorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

function readAddPartitionsToTxnResponseAddPartitionsToTxnTopicResult(
  r: KafkaReader,
  v: number,
): Whole<AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult> {
  const it: Whole<AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult> = {
    name: r.string(),
    resultsByPartition: r.array(6, v, readAddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult),
  };
  r.skipTags();
  return it;
}

export function readAddPartitionsToTxnResponse(r: KafkaReader, v: number): Whole<AddPartitionsToTxnResponse> {
  const it: Whole<AddPartitionsToTxnResponse> = {
    throttleTimeMs: r.i32(),
    resultsByTopicV3AndBelow: r.array(2, v, readAddPartitionsToTxnResponseAddPartitionsToTxnTopicResult),
  };
  r.skipTags();
  return it;
}
