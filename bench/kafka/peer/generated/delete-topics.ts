// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DeleteTopicsRequest,
  type DeleteTopicsRequestDeleteTopicState,
  type DeleteTopicsResponse,
  type DeleteTopicsResponseDeletableTopicResult,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  UUID_ZERO,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

function writeDeleteTopicsRequestDeleteTopicState(
  w: KafkaWriter,
  _v: number,
  it: Sparse<DeleteTopicsRequestDeleteTopicState>,
): void {
  w.nullableString(it.name ?? null);
  w.uuid(it.topicId ?? UUID_ZERO);
  w.noTags();
}

export function writeDeleteTopicsRequest(w: KafkaWriter, v: number, it: Sparse<DeleteTopicsRequest>): void {
  if (v >= 6) {
    w.array(v, it.topics ?? [], writeDeleteTopicsRequestDeleteTopicState);
  } else if (it.topics !== undefined && it.topics.length > 0) w.misplaced('topics', v);
  if (v <= 5) {
    w.array(v, it.topicNames ?? [], writeString);
  }
  w.i32(it.timeoutMs ?? 0);
  w.noTags();
}

function readDeleteTopicsResponseDeletableTopicResult(
  r: KafkaReader,
  v: number,
): Whole<DeleteTopicsResponseDeletableTopicResult> {
  const it: Whole<DeleteTopicsResponseDeletableTopicResult> = {
    name: v >= 6 ? r.nullableString() : r.string(),
    topicId: v >= 6 ? r.uuid() : UUID_ZERO,
    errorCode: r.i16(),
    errorMessage: v >= 5 ? r.nullableString() : null,
  };
  r.skipTags();
  return it;
}

export function readDeleteTopicsResponse(r: KafkaReader, v: number): Whole<DeleteTopicsResponse> {
  const it: Whole<DeleteTopicsResponse> = {
    throttleTimeMs: r.i32(),
    responses: r.array(3, v, readDeleteTopicsResponseDeletableTopicResult),
  };
  r.skipTags();
  return it;
}
