// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32, UUID_ZERO, writeInt16 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface CreateTopicsRequestCreatableReplicaAssignment {
  readonly partitionIndex: number;
  readonly brokerIds: readonly number[];
}

export interface CreateTopicsRequestCreatableTopicConfig {
  readonly name: string;
  readonly value: string | null;
}

export interface CreateTopicsRequestCreatableTopic {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly CreateTopicsRequestCreatableReplicaAssignment[];
  readonly configs: readonly CreateTopicsRequestCreatableTopicConfig[];
}

export interface CreateTopicsRequest {
  readonly topics: readonly CreateTopicsRequestCreatableTopic[];
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}

function readCreateTopicsRequestCreatableReplicaAssignment(
  r: KafkaReader,
  v: number,
): CreateTopicsRequestCreatableReplicaAssignment {
  const it: CreateTopicsRequestCreatableReplicaAssignment = {
    partitionIndex: r.i32(),
    brokerIds: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readCreateTopicsRequestCreatableTopicConfig(r: KafkaReader): CreateTopicsRequestCreatableTopicConfig {
  const it: CreateTopicsRequestCreatableTopicConfig = {
    name: r.string(),
    value: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readCreateTopicsRequestCreatableTopic(r: KafkaReader, v: number): CreateTopicsRequestCreatableTopic {
  const it: CreateTopicsRequestCreatableTopic = {
    name: r.string(),
    numPartitions: r.i32(),
    replicationFactor: r.i16(),
    assignments: r.array(5, v, readCreateTopicsRequestCreatableReplicaAssignment),
    configs: r.array(2, v, readCreateTopicsRequestCreatableTopicConfig),
  };
  r.skipTags();
  return it;
}

export function readCreateTopicsRequest(r: KafkaReader, v: number): CreateTopicsRequest {
  const it: CreateTopicsRequest = {
    topics: r.array(9, v, readCreateTopicsRequestCreatableTopic),
    timeoutMs: r.i32(),
    validateOnly: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface CreateTopicsResponseCreatableTopicConfigs {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource?: number;
  readonly isSensitive: boolean;
}

export interface CreateTopicsResponseCreatableTopicResult {
  readonly name: string;
  readonly topicId?: string; // version >= 7
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topicConfigErrorCode?: number; // version >= 5
  readonly numPartitions?: number; // version >= 5
  readonly replicationFactor?: number; // version >= 5
  readonly configs?: readonly CreateTopicsResponseCreatableTopicConfigs[] | null; // version >= 5
}

export interface CreateTopicsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly CreateTopicsResponseCreatableTopicResult[];
}

function writeCreateTopicsResponseCreatableTopicConfigs(
  w: KafkaWriter,
  _v: number,
  it: CreateTopicsResponseCreatableTopicConfigs,
): void {
  w.string(it.name);
  w.nullableString(it.value);
  w.bool(it.readOnly);
  w.u8(it.configSource ?? -1);
  w.bool(it.isSensitive);
  w.noTags();
}

function writeCreateTopicsResponseCreatableTopicResult(
  w: KafkaWriter,
  v: number,
  it: CreateTopicsResponseCreatableTopicResult,
): void {
  w.string(it.name);
  if (v >= 7) {
    w.uuid(it.topicId ?? UUID_ZERO);
  }
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  if (v >= 5) {
    w.i32(it.numPartitions ?? -1);
  }
  if (v >= 5) {
    w.i16(it.replicationFactor ?? -1);
  }
  if (v >= 5) {
    w.nullableArray(v, it.configs === undefined ? [] : it.configs, writeCreateTopicsResponseCreatableTopicConfigs);
  }
  if (w.flexible) {
    const has0 = v >= 5 && it.topicConfigErrorCode !== undefined && it.topicConfigErrorCode !== 0;
    w.uvarint(Number(has0));
    if (has0) w.tag(0, v, it.topicConfigErrorCode, writeInt16);
  }
}

export function writeCreateTopicsResponse(w: KafkaWriter, v: number, it: CreateTopicsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.topics, writeCreateTopicsResponseCreatableTopicResult);
  w.noTags();
}
