// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { UUID_ZERO, writeInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface MetadataRequestTopic {
  readonly topicId: string; // version >= 10
  readonly name: string | null;
}

export interface MetadataRequest {
  readonly topics: readonly MetadataRequestTopic[] | null;
  readonly allowAutoTopicCreation: boolean; // version >= 4
  readonly includeClusterAuthorizedOperations: boolean; // version >= 8 && version <= 10
  readonly includeTopicAuthorizedOperations: boolean; // version >= 8
}

function readMetadataRequestTopic(r: KafkaReader, v: number): MetadataRequestTopic {
  const it: MetadataRequestTopic = {
    topicId: v >= 10 ? r.uuid() : UUID_ZERO,
    name: v >= 10 ? r.nullableString() : r.string(),
  };
  r.skipTags();
  return it;
}

export function readMetadataRequest(r: KafkaReader, v: number): MetadataRequest {
  const it: MetadataRequest = {
    topics: v >= 1 ? r.nullableArray(1, v, readMetadataRequestTopic) : r.array(1, v, readMetadataRequestTopic),
    allowAutoTopicCreation: v >= 4 ? r.bool() : true,
    includeClusterAuthorizedOperations: v >= 8 && v <= 10 ? r.bool() : false,
    includeTopicAuthorizedOperations: v >= 8 ? r.bool() : false,
  };
  r.skipTags();
  return it;
}

export interface MetadataResponseBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string | null; // version >= 1
}

export interface MetadataResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly leaderEpoch?: number; // version >= 7
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly offlineReplicas?: readonly number[]; // version >= 5
}

export interface MetadataResponseTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId?: string; // version >= 10
  readonly isInternal?: boolean; // version >= 1
  readonly partitions: readonly MetadataResponsePartition[];
  readonly topicAuthorizedOperations?: number; // version >= 8
}

export interface MetadataResponse {
  readonly throttleTimeMs?: number; // version >= 3
  readonly brokers: readonly MetadataResponseBroker[];
  readonly clusterId?: string | null; // version >= 2
  readonly controllerId?: number; // version >= 1
  readonly topics: readonly MetadataResponseTopic[];
  readonly clusterAuthorizedOperations?: number; // version >= 8 && version <= 10
}

function writeMetadataResponseBroker(w: KafkaWriter, v: number, it: MetadataResponseBroker): void {
  w.i32(it.nodeId);
  w.string(it.host);
  w.i32(it.port);
  if (v >= 1) {
    w.nullableString(it.rack ?? null);
  }
  w.noTags();
}

function writeMetadataResponsePartition(w: KafkaWriter, v: number, it: MetadataResponsePartition): void {
  w.i16(it.errorCode);
  w.i32(it.partitionIndex);
  w.i32(it.leaderId);
  if (v >= 7) {
    w.i32(it.leaderEpoch ?? -1);
  }
  w.array(v, it.replicaNodes, writeInt32);
  w.array(v, it.isrNodes, writeInt32);
  if (v >= 5) {
    w.array(v, it.offlineReplicas ?? [], writeInt32);
  }
  w.noTags();
}

function writeMetadataResponseTopic(w: KafkaWriter, v: number, it: MetadataResponseTopic): void {
  w.i16(it.errorCode);
  if (v >= 12) w.nullableString(it.name);
  else w.string(w.present(it.name, 'name', v));
  if (v >= 10) {
    w.uuid(it.topicId ?? UUID_ZERO);
  }
  if (v >= 1) {
    w.bool(it.isInternal ?? false);
  }
  w.array(v, it.partitions, writeMetadataResponsePartition);
  if (v >= 8) {
    w.i32(it.topicAuthorizedOperations ?? -2147483648);
  } else if (it.topicAuthorizedOperations !== undefined && it.topicAuthorizedOperations !== -2147483648)
    w.misplaced('topicAuthorizedOperations', v);
  w.noTags();
}

export function writeMetadataResponse(w: KafkaWriter, v: number, it: MetadataResponse): void {
  if (v >= 3) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.array(v, it.brokers, writeMetadataResponseBroker);
  if (v >= 2) {
    w.nullableString(it.clusterId ?? null);
  }
  if (v >= 1) {
    w.i32(it.controllerId ?? -1);
  }
  w.array(v, it.topics, writeMetadataResponseTopic);
  if (v >= 8 && v <= 10) {
    w.i32(it.clusterAuthorizedOperations ?? -2147483648);
  } else if (it.clusterAuthorizedOperations !== undefined && it.clusterAuthorizedOperations !== -2147483648)
    w.misplaced('clusterAuthorizedOperations', v);
  w.noTags();
}
