// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  KafkaReader,
  KafkaWriter,
  OffsetDeleteRequest,
  OffsetDeleteRequestPartition,
  OffsetDeleteRequestTopic,
  OffsetDeleteResponse,
  OffsetDeleteResponsePartition,
  OffsetDeleteResponseTopic,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeOffsetDeleteRequestPartition(w: KafkaWriter, _v: number, it: Sparse<OffsetDeleteRequestPartition>): void {
  w.i32(it.partitionIndex ?? 0);
}

function writeOffsetDeleteRequestTopic(w: KafkaWriter, v: number, it: Sparse<OffsetDeleteRequestTopic>): void {
  w.string(it.name ?? '');
  w.array(v, it.partitions ?? [], writeOffsetDeleteRequestPartition);
}

export function writeOffsetDeleteRequest(w: KafkaWriter, v: number, it: Sparse<OffsetDeleteRequest>): void {
  w.string(it.groupId ?? '');
  w.array(v, it.topics ?? [], writeOffsetDeleteRequestTopic);
}

function readOffsetDeleteResponsePartition(r: KafkaReader): Whole<OffsetDeleteResponsePartition> {
  return {
    partitionIndex: r.i32(),
    errorCode: r.i16(),
  };
}

function readOffsetDeleteResponseTopic(r: KafkaReader, v: number): Whole<OffsetDeleteResponseTopic> {
  return {
    name: r.string(),
    partitions: r.array(6, v, readOffsetDeleteResponsePartition),
  };
}

export function readOffsetDeleteResponse(r: KafkaReader, v: number): Whole<OffsetDeleteResponse> {
  return {
    errorCode: r.i16(),
    throttleTimeMs: r.i32(),
    topics: r.array(2, v, readOffsetDeleteResponseTopic),
  };
}
