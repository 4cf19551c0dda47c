// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface WriteTxnMarkersRequestWritableTxnMarkerTopic {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export interface WriteTxnMarkersRequestWritableTxnMarker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly transactionResult: boolean;
  readonly topics: readonly WriteTxnMarkersRequestWritableTxnMarkerTopic[];
  readonly coordinatorEpoch: number;
}

export interface WriteTxnMarkersRequest {
  readonly markers: readonly WriteTxnMarkersRequestWritableTxnMarker[];
}

function readWriteTxnMarkersRequestWritableTxnMarkerTopic(
  r: KafkaReader,
  v: number,
): WriteTxnMarkersRequestWritableTxnMarkerTopic {
  const it: WriteTxnMarkersRequestWritableTxnMarkerTopic = {
    name: r.string(),
    partitionIndexes: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readWriteTxnMarkersRequestWritableTxnMarker(
  r: KafkaReader,
  v: number,
): WriteTxnMarkersRequestWritableTxnMarker {
  const it: WriteTxnMarkersRequestWritableTxnMarker = {
    producerId: r.i64(),
    producerEpoch: r.i16(),
    transactionResult: r.bool(),
    topics: r.array(2, v, readWriteTxnMarkersRequestWritableTxnMarkerTopic),
    coordinatorEpoch: r.i32(),
  };
  r.skipTags();
  return it;
}

export function readWriteTxnMarkersRequest(r: KafkaReader, v: number): WriteTxnMarkersRequest {
  const it: WriteTxnMarkersRequest = {
    markers: r.array(16, v, readWriteTxnMarkersRequestWritableTxnMarker),
  };
  r.skipTags();
  return it;
}

export interface WriteTxnMarkersResponseWritableTxnMarkerPartitionResult {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

export interface WriteTxnMarkersResponseWritableTxnMarkerTopicResult {
  readonly name: string;
  readonly partitions: readonly WriteTxnMarkersResponseWritableTxnMarkerPartitionResult[];
}

export interface WriteTxnMarkersResponseWritableTxnMarkerResult {
  readonly producerId: number;
  readonly topics: readonly WriteTxnMarkersResponseWritableTxnMarkerTopicResult[];
}

export interface WriteTxnMarkersResponse {
  readonly markers: readonly WriteTxnMarkersResponseWritableTxnMarkerResult[];
}

function writeWriteTxnMarkersResponseWritableTxnMarkerPartitionResult(
  w: KafkaWriter,
  _v: number,
  it: WriteTxnMarkersResponseWritableTxnMarkerPartitionResult,
): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
  w.noTags();
}

function writeWriteTxnMarkersResponseWritableTxnMarkerTopicResult(
  w: KafkaWriter,
  v: number,
  it: WriteTxnMarkersResponseWritableTxnMarkerTopicResult,
): void {
  w.string(it.name);
  w.array(v, it.partitions, writeWriteTxnMarkersResponseWritableTxnMarkerPartitionResult);
  w.noTags();
}

function writeWriteTxnMarkersResponseWritableTxnMarkerResult(
  w: KafkaWriter,
  v: number,
  it: WriteTxnMarkersResponseWritableTxnMarkerResult,
): void {
  w.i64(it.producerId);
  w.array(v, it.topics, writeWriteTxnMarkersResponseWritableTxnMarkerTopicResult);
  w.noTags();
}

export function writeWriteTxnMarkersResponse(w: KafkaWriter, v: number, it: WriteTxnMarkersResponse): void {
  w.array(v, it.markers, writeWriteTxnMarkersResponseWritableTxnMarkerResult);
  w.noTags();
}
