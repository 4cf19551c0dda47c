// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString, UUID_ZERO } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DeleteTopicsRequestDeleteTopicState {
  readonly name: string | null;
  readonly topicId: string;
}

export interface DeleteTopicsRequest {
  readonly topics: readonly DeleteTopicsRequestDeleteTopicState[]; // version >= 6
  readonly topicNames: readonly string[]; // version <= 5
  readonly timeoutMs: number;
}

function readDeleteTopicsRequestDeleteTopicState(r: KafkaReader): DeleteTopicsRequestDeleteTopicState {
  const it: DeleteTopicsRequestDeleteTopicState = {
    name: r.nullableString(),
    topicId: r.uuid(),
  };
  r.skipTags();
  return it;
}

export function readDeleteTopicsRequest(r: KafkaReader, v: number): DeleteTopicsRequest {
  const it: DeleteTopicsRequest = {
    topics: v >= 6 ? r.array(17, v, readDeleteTopicsRequestDeleteTopicState) : [],
    topicNames: v <= 5 ? r.array(1, v, readString) : [],
    timeoutMs: r.i32(),
  };
  r.skipTags();
  return it;
}

export interface DeleteTopicsResponseDeletableTopicResult {
  readonly name: string | null;
  readonly topicId?: string; // version >= 6
  readonly errorCode: number;
  readonly errorMessage?: string | null; // version >= 5
}

export interface DeleteTopicsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly DeleteTopicsResponseDeletableTopicResult[];
}

function writeDeleteTopicsResponseDeletableTopicResult(
  w: KafkaWriter,
  v: number,
  it: DeleteTopicsResponseDeletableTopicResult,
): void {
  if (v >= 6) w.nullableString(it.name);
  else w.string(w.present(it.name, 'name', v));
  if (v >= 6) {
    w.uuid(it.topicId ?? UUID_ZERO);
  }
  w.i16(it.errorCode);
  if (v >= 5) {
    w.nullableString(it.errorMessage ?? null);
  }
  w.noTags();
}

export function writeDeleteTopicsResponse(w: KafkaWriter, v: number, it: DeleteTopicsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.responses, writeDeleteTopicsResponseDeletableTopicResult);
  w.noTags();
}
