// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32, readString, writeInt32, writeString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ConsumerProtocolSubscriptionTopicPartition {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface ConsumerProtocolSubscription {
  readonly topics: readonly string[];
  readonly userData: Uint8Array | null;
  readonly ownedPartitions: readonly ConsumerProtocolSubscriptionTopicPartition[]; // version >= 1
  readonly generationId: number; // version >= 2
  readonly rackId: string | null; // version >= 3
}

function readConsumerProtocolSubscriptionTopicPartition(
  r: KafkaReader,
  v: number,
): ConsumerProtocolSubscriptionTopicPartition {
  return {
    topic: r.string(),
    partitions: r.array(4, v, readInt32),
  };
}

export function readConsumerProtocolSubscription(r: KafkaReader, v: number): ConsumerProtocolSubscription {
  return {
    topics: r.array(1, v, readString),
    userData: r.nullableData(),
    ownedPartitions: v >= 1 ? r.array(2, v, readConsumerProtocolSubscriptionTopicPartition) : [],
    generationId: v >= 2 ? r.i32() : -1,
    rackId: v >= 3 ? r.nullableString() : null,
  };
}

function writeConsumerProtocolSubscriptionTopicPartition(
  w: KafkaWriter,
  v: number,
  it: ConsumerProtocolSubscriptionTopicPartition,
): void {
  w.string(it.topic);
  w.array(v, it.partitions, writeInt32);
}

export function writeConsumerProtocolSubscription(w: KafkaWriter, v: number, it: ConsumerProtocolSubscription): void {
  w.array(v, it.topics, writeString);
  w.nullableData(it.userData ?? null);
  if (v >= 1) {
    w.array(v, it.ownedPartitions ?? [], writeConsumerProtocolSubscriptionTopicPartition);
  }
  if (v >= 2) {
    w.i32(it.generationId ?? -1);
  }
  if (v >= 3) {
    w.nullableString(it.rackId ?? null);
  }
}
