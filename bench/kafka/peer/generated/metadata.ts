// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponseBroker,
  type MetadataResponsePartition,
  type MetadataResponseTopic,
  readInt32,
  type Sparse,
  UUID_ZERO,
  type Whole,
} from '../../../../lib/kafka/index.ts';

function writeMetadataRequestTopic(w: KafkaWriter, v: number, it: Sparse<MetadataRequestTopic>): void {
  if (v >= 10) {
    w.uuid(it.topicId ?? UUID_ZERO);
  }
  if (v >= 10) w.nullableString(it.name === undefined ? '' : it.name);
  else w.string(w.present(it.name === undefined ? '' : it.name, 'name', v));
  w.noTags();
}

export function writeMetadataRequest(w: KafkaWriter, v: number, it: Sparse<MetadataRequest>): void {
  if (v >= 1) w.nullableArray(v, it.topics === undefined ? [] : it.topics, writeMetadataRequestTopic);
  else w.array(v, w.present(it.topics === undefined ? [] : it.topics, 'topics', v), writeMetadataRequestTopic);
  if (v >= 4) {
    w.bool(it.allowAutoTopicCreation ?? true);
  } else if (it.allowAutoTopicCreation !== undefined && it.allowAutoTopicCreation !== true)
    w.misplaced('allowAutoTopicCreation', v);
  if (v >= 8 && v <= 10) {
    w.bool(it.includeClusterAuthorizedOperations ?? false);
  } else if (it.includeClusterAuthorizedOperations !== undefined && it.includeClusterAuthorizedOperations !== false)
    w.misplaced('includeClusterAuthorizedOperations', v);
  if (v >= 8) {
    w.bool(it.includeTopicAuthorizedOperations ?? false);
  } else if (it.includeTopicAuthorizedOperations !== undefined && it.includeTopicAuthorizedOperations !== false)
    w.misplaced('includeTopicAuthorizedOperations', v);
  w.noTags();
}

function readMetadataResponseBroker(r: KafkaReader, v: number): Whole<MetadataResponseBroker> {
  const it: Whole<MetadataResponseBroker> = {
    nodeId: r.i32(),
    host: r.string(),
    port: r.i32(),
    rack: v >= 1 ? r.nullableString() : null,
  };
  r.skipTags();
  return it;
}

function readMetadataResponsePartition(r: KafkaReader, v: number): Whole<MetadataResponsePartition> {
  const it: Whole<MetadataResponsePartition> = {
    errorCode: r.i16(),
    partitionIndex: r.i32(),
    leaderId: r.i32(),
    leaderEpoch: v >= 7 ? r.i32() : -1,
    replicaNodes: r.array(4, v, readInt32),
    isrNodes: r.array(4, v, readInt32),
    offlineReplicas: v >= 5 ? r.array(4, v, readInt32) : [],
  };
  r.skipTags();
  return it;
}

function readMetadataResponseTopic(r: KafkaReader, v: number): Whole<MetadataResponseTopic> {
  const it: Whole<MetadataResponseTopic> = {
    errorCode: r.i16(),
    name: v >= 12 ? r.nullableString() : r.string(),
    topicId: v >= 10 ? r.uuid() : UUID_ZERO,
    isInternal: v >= 1 ? r.bool() : false,
    partitions: r.array(12, v, readMetadataResponsePartition),
    topicAuthorizedOperations: v >= 8 ? r.i32() : -2147483648,
  };
  r.skipTags();
  return it;
}

export function readMetadataResponse(r: KafkaReader, v: number): Whole<MetadataResponse> {
  const it: Whole<MetadataResponse> = {
    throttleTimeMs: v >= 3 ? r.i32() : 0,
    brokers: r.array(9, v, readMetadataResponseBroker),
    clusterId: v >= 2 ? r.nullableString() : null,
    controllerId: v >= 1 ? r.i32() : -1,
    topics: r.array(4, v, readMetadataResponseTopic),
    clusterAuthorizedOperations: v >= 8 && v <= 10 ? r.i32() : -2147483648,
  };
  r.skipTags();
  return it;
}
