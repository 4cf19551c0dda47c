// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readInt32 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface CreatePartitionsRequestCreatePartitionsAssignment {
  readonly brokerIds: readonly number[];
}

export interface CreatePartitionsRequestCreatePartitionsTopic {
  readonly name: string;
  readonly count: number;
  readonly assignments: readonly CreatePartitionsRequestCreatePartitionsAssignment[] | null;
}

export interface CreatePartitionsRequest {
  readonly topics: readonly CreatePartitionsRequestCreatePartitionsTopic[];
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}

function readCreatePartitionsRequestCreatePartitionsAssignment(
  r: KafkaReader,
  v: number,
): CreatePartitionsRequestCreatePartitionsAssignment {
  const it: CreatePartitionsRequestCreatePartitionsAssignment = {
    brokerIds: r.array(4, v, readInt32),
  };
  r.skipTags();
  return it;
}

function readCreatePartitionsRequestCreatePartitionsTopic(
  r: KafkaReader,
  v: number,
): CreatePartitionsRequestCreatePartitionsTopic {
  const it: CreatePartitionsRequestCreatePartitionsTopic = {
    name: r.string(),
    count: r.i32(),
    assignments: r.nullableArray(1, v, readCreatePartitionsRequestCreatePartitionsAssignment),
  };
  r.skipTags();
  return it;
}

export function readCreatePartitionsRequest(r: KafkaReader, v: number): CreatePartitionsRequest {
  const it: CreatePartitionsRequest = {
    topics: r.array(6, v, readCreatePartitionsRequestCreatePartitionsTopic),
    timeoutMs: r.i32(),
    validateOnly: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface CreatePartitionsResponseCreatePartitionsTopicResult {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage?: string | null;
}

export interface CreatePartitionsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly CreatePartitionsResponseCreatePartitionsTopicResult[];
}

function writeCreatePartitionsResponseCreatePartitionsTopicResult(
  w: KafkaWriter,
  _v: number,
  it: CreatePartitionsResponseCreatePartitionsTopicResult,
): void {
  w.string(it.name);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage ?? null);
  w.noTags();
}

export function writeCreatePartitionsResponse(w: KafkaWriter, v: number, it: CreatePartitionsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.results, writeCreatePartitionsResponseCreatePartitionsTopicResult);
  w.noTags();
}
