// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32, writeInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ConsumerProtocolAssignmentTopicPartition {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface ConsumerProtocolAssignment {
  readonly assignedPartitions: readonly ConsumerProtocolAssignmentTopicPartition[];
  readonly userData: Uint8Array | null;
}

function readConsumerProtocolAssignmentTopicPartition(
  r: KafkaReader,
  v: number,
): ConsumerProtocolAssignmentTopicPartition {
  return {
    topic: r.string(),
    partitions: r.array(4, v, readInt32),
  };
}

export function readConsumerProtocolAssignment(r: KafkaReader, v: number): ConsumerProtocolAssignment {
  return {
    assignedPartitions: r.array(2, v, readConsumerProtocolAssignmentTopicPartition),
    userData: r.nullableData(),
  };
}

function writeConsumerProtocolAssignmentTopicPartition(
  w: KafkaWriter,
  v: number,
  it: ConsumerProtocolAssignmentTopicPartition,
): void {
  w.string(it.topic);
  w.array(v, it.partitions, writeInt32);
}

export function writeConsumerProtocolAssignment(w: KafkaWriter, v: number, it: ConsumerProtocolAssignment): void {
  w.array(v, it.assignedPartitions, writeConsumerProtocolAssignmentTopicPartition);
  w.nullableData(it.userData ?? null);
}
