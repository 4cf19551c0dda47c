// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface AddPartitionsToTxnRequestAddPartitionsToTxnTopic {
  readonly name: string;
  readonly partitions: readonly number[];
}

export interface AddPartitionsToTxnRequest {
  readonly v3AndBelowTransactionalId: string;
  readonly v3AndBelowProducerId: number;
  readonly v3AndBelowProducerEpoch: number;
  readonly v3AndBelowTopics: readonly AddPartitionsToTxnRequestAddPartitionsToTxnTopic[];
}

function readAddPartitionsToTxnRequestAddPartitionsToTxnTopic(
  r: KafkaReader,
  v: number,
): AddPartitionsToTxnRequestAddPartitionsToTxnTopic {
  const it: AddPartitionsToTxnRequestAddPartitionsToTxnTopic = {
    name: r.string(),
    partitions: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

export function readAddPartitionsToTxnRequest(r: KafkaReader, v: number): AddPartitionsToTxnRequest {
  const it: AddPartitionsToTxnRequest = {
    v3AndBelowTransactionalId: r.string(),
    v3AndBelowProducerId: r.i64(),
    v3AndBelowProducerEpoch: r.i16(),
    v3AndBelowTopics: r.array(2, v, readAddPartitionsToTxnRequestAddPartitionsToTxnTopic),
  };
  r.skipTags();
  return it;
}

export interface AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult {
  readonly partitionIndex: number;
  readonly partitionErrorCode: number;
}

export interface AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult {
  readonly name: string;
  readonly resultsByPartition: readonly AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult[];
}

export interface AddPartitionsToTxnResponse {
  readonly throttleTimeMs: number;
  readonly resultsByTopicV3AndBelow: readonly AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult[];
}

function writeAddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult(
  w: KafkaWriter,
  _v: number,
  it: AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult,
): void {
  w.i32(it.partitionIndex);
  w.i16(it.partitionErrorCode);
  w.noTags();
}

function writeAddPartitionsToTxnResponseAddPartitionsToTxnTopicResult(
  w: KafkaWriter,
  v: number,
  it: AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult,
): void {
  w.string(it.name);
  w.array(v, it.resultsByPartition, writeAddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult);
  w.noTags();
}

export function writeAddPartitionsToTxnResponse(w: KafkaWriter, v: number, it: AddPartitionsToTxnResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.resultsByTopicV3AndBelow, writeAddPartitionsToTxnResponseAddPartitionsToTxnTopicResult);
  w.noTags();
}
