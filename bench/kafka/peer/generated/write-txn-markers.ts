// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  type WriteTxnMarkersRequest,
  type WriteTxnMarkersRequestWritableTxnMarker,
  type WriteTxnMarkersRequestWritableTxnMarkerTopic,
  type WriteTxnMarkersResponse,
  type WriteTxnMarkersResponseWritableTxnMarkerPartitionResult,
  type WriteTxnMarkersResponseWritableTxnMarkerResult,
  type WriteTxnMarkersResponseWritableTxnMarkerTopicResult,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeWriteTxnMarkersRequestWritableTxnMarkerTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<WriteTxnMarkersRequestWritableTxnMarkerTopic>,
): void {
  w.string(it.name ?? '');
  w.array(v, it.partitionIndexes ?? [], writeInt32);
  w.noTags();
}

function writeWriteTxnMarkersRequestWritableTxnMarker(
  w: KafkaWriter,
  v: number,
  it: Sparse<WriteTxnMarkersRequestWritableTxnMarker>,
): void {
  w.i64(it.producerId ?? 0);
  w.i16(it.producerEpoch ?? 0);
  w.bool(it.transactionResult ?? false);
  w.array(v, it.topics ?? [], writeWriteTxnMarkersRequestWritableTxnMarkerTopic);
  w.i32(it.coordinatorEpoch ?? 0);
  w.noTags();
}

export function writeWriteTxnMarkersRequest(w: KafkaWriter, v: number, it: Sparse<WriteTxnMarkersRequest>): void {
  w.array(v, it.markers ?? [], writeWriteTxnMarkersRequestWritableTxnMarker);
  w.noTags();
}

function readWriteTxnMarkersResponseWritableTxnMarkerPartitionResult(
  r: KafkaReader,
): Whole<WriteTxnMarkersResponseWritableTxnMarkerPartitionResult> {
  const it: Whole<WriteTxnMarkersResponseWritableTxnMarkerPartitionResult> = {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

function readWriteTxnMarkersResponseWritableTxnMarkerTopicResult(
  r: KafkaReader,
  v: number,
): Whole<WriteTxnMarkersResponseWritableTxnMarkerTopicResult> {
  const it: Whole<WriteTxnMarkersResponseWritableTxnMarkerTopicResult> = {
    name: r.string(),
    partitions: r.array(6, v, readWriteTxnMarkersResponseWritableTxnMarkerPartitionResult),
  };
  r.skipTags();
  return it;
}

function readWriteTxnMarkersResponseWritableTxnMarkerResult(
  r: KafkaReader,
  v: number,
): Whole<WriteTxnMarkersResponseWritableTxnMarkerResult> {
  const it: Whole<WriteTxnMarkersResponseWritableTxnMarkerResult> = {
    producerId: r.i64(),
    topics: r.array(2, v, readWriteTxnMarkersResponseWritableTxnMarkerTopicResult),
  };
  r.skipTags();
  return it;
}

export function readWriteTxnMarkersResponse(r: KafkaReader, v: number): Whole<WriteTxnMarkersResponse> {
  const it: Whole<WriteTxnMarkersResponse> = {
    markers: r.array(9, v, readWriteTxnMarkersResponseWritableTxnMarkerResult),
  };
  r.skipTags();
  return it;
}
