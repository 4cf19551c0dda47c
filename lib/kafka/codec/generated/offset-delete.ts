// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface OffsetDeleteRequestPartition {
  readonly partitionIndex: number;
}

export interface OffsetDeleteRequestTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteRequestPartition[];
}

export interface OffsetDeleteRequest {
  readonly groupId: string;
  readonly topics: readonly OffsetDeleteRequestTopic[];
}

function readOffsetDeleteRequestPartition(r: KafkaReader): OffsetDeleteRequestPartition {
  return {
    partitionIndex: r.i32(),
  };
}

function readOffsetDeleteRequestTopic(r: KafkaReader, v: number): OffsetDeleteRequestTopic {
  return {
    name: r.string(),
    partitions: r.array(4, v, readOffsetDeleteRequestPartition),
  };
}

export function readOffsetDeleteRequest(r: KafkaReader, v: number): OffsetDeleteRequest {
  return {
    groupId: r.string(),
    topics: r.array(2, v, readOffsetDeleteRequestTopic),
  };
}

export interface OffsetDeleteResponsePartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

export interface OffsetDeleteResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteResponsePartition[];
}

export interface OffsetDeleteResponse {
  readonly errorCode: number;
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetDeleteResponseTopic[];
}

function writeOffsetDeleteResponsePartition(w: KafkaWriter, _v: number, it: OffsetDeleteResponsePartition): void {
  w.i32(it.partitionIndex);
  w.i16(it.errorCode);
}

function writeOffsetDeleteResponseTopic(w: KafkaWriter, v: number, it: OffsetDeleteResponseTopic): void {
  w.string(it.name);
  w.array(v, it.partitions, writeOffsetDeleteResponsePartition);
}

export function writeOffsetDeleteResponse(w: KafkaWriter, v: number, it: OffsetDeleteResponse): void {
  w.i16(it.errorCode);
  w.i32(it.throttleTimeMs);
  w.array(v, it.topics, writeOffsetDeleteResponseTopic);
}
