// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type CreateTopicsRequest,
  type CreateTopicsRequestCreatableReplicaAssignment,
  type CreateTopicsRequestCreatableTopic,
  type CreateTopicsRequestCreatableTopicConfig,
  type CreateTopicsResponse,
  type CreateTopicsResponseCreatableTopicConfigs,
  type CreateTopicsResponseCreatableTopicResult,
  type KafkaReader,
  type KafkaWriter,
  type Mutable,
  type Sparse,
  UUID_ZERO,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeCreateTopicsRequestCreatableReplicaAssignment(
  w: KafkaWriter,
  v: number,
  it: Sparse<CreateTopicsRequestCreatableReplicaAssignment>,
): void {
  w.i32(it.partitionIndex ?? 0);
  w.array(v, it.brokerIds ?? [], writeInt32);
  w.noTags();
}

function writeCreateTopicsRequestCreatableTopicConfig(
  w: KafkaWriter,
  _v: number,
  it: Sparse<CreateTopicsRequestCreatableTopicConfig>,
): void {
  w.string(it.name ?? '');
  w.nullableString(it.value === undefined ? '' : it.value);
  w.noTags();
}

function writeCreateTopicsRequestCreatableTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<CreateTopicsRequestCreatableTopic>,
): void {
  w.string(it.name ?? '');
  w.i32(it.numPartitions ?? 0);
  w.i16(it.replicationFactor ?? 0);
  w.array(v, it.assignments ?? [], writeCreateTopicsRequestCreatableReplicaAssignment);
  w.array(v, it.configs ?? [], writeCreateTopicsRequestCreatableTopicConfig);
  w.noTags();
}

export function writeCreateTopicsRequest(w: KafkaWriter, v: number, it: Sparse<CreateTopicsRequest>): void {
  w.array(v, it.topics ?? [], writeCreateTopicsRequestCreatableTopic);
  w.i32(it.timeoutMs ?? 60000);
  w.bool(it.validateOnly ?? false);
  w.noTags();
}

function readCreateTopicsResponseCreatableTopicConfigs(
  r: KafkaReader,
): Whole<CreateTopicsResponseCreatableTopicConfigs> {
  const it: Whole<CreateTopicsResponseCreatableTopicConfigs> = {
    name: r.string(),
    value: r.nullableString(),
    readOnly: r.bool(),
    configSource: r.i8(),
    isSensitive: r.bool(),
  };
  r.skipTags();
  return it;
}

function tagsOfCreateTopicsResponseCreatableTopicResult(
  r: KafkaReader,
  v: number,
  tag: number,
  it: Mutable<Whole<CreateTopicsResponseCreatableTopicResult>>,
): void {
  if (tag === 0 && v >= 5) it.topicConfigErrorCode = r.i16();
}
function readCreateTopicsResponseCreatableTopicResult(
  r: KafkaReader,
  v: number,
): Whole<CreateTopicsResponseCreatableTopicResult> {
  const it: Mutable<Whole<CreateTopicsResponseCreatableTopicResult>> = {
    name: r.string(),
    topicId: v >= 7 ? r.uuid() : UUID_ZERO,
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    topicConfigErrorCode: 0,
    numPartitions: v >= 5 ? r.i32() : -1,
    replicationFactor: v >= 5 ? r.i16() : -1,
    configs: v >= 5 ? r.nullableArray(5, v, readCreateTopicsResponseCreatableTopicConfigs) : [],
  };
  r.tags(v, it, tagsOfCreateTopicsResponseCreatableTopicResult);
  return it;
}

export function readCreateTopicsResponse(r: KafkaReader, v: number): Whole<CreateTopicsResponse> {
  const it: Whole<CreateTopicsResponse> = {
    throttleTimeMs: r.i32(),
    topics: r.array(4, v, readCreateTopicsResponseCreatableTopicResult),
  };
  r.skipTags();
  return it;
}
