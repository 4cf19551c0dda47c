// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type CreatePartitionsRequest,
  type CreatePartitionsRequestCreatePartitionsAssignment,
  type CreatePartitionsRequestCreatePartitionsTopic,
  type CreatePartitionsResponse,
  type CreatePartitionsResponseCreatePartitionsTopicResult,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeCreatePartitionsRequestCreatePartitionsAssignment(
  w: KafkaWriter,
  v: number,
  it: Sparse<CreatePartitionsRequestCreatePartitionsAssignment>,
): void {
  w.array(v, it.brokerIds ?? [], writeInt32);
  w.noTags();
}

function writeCreatePartitionsRequestCreatePartitionsTopic(
  w: KafkaWriter,
  v: number,
  it: Sparse<CreatePartitionsRequestCreatePartitionsTopic>,
): void {
  w.string(it.name ?? '');
  w.i32(it.count ?? 0);
  w.nullableArray(
    v,
    it.assignments === undefined ? [] : it.assignments,
    writeCreatePartitionsRequestCreatePartitionsAssignment,
  );
  w.noTags();
}

export function writeCreatePartitionsRequest(w: KafkaWriter, v: number, it: Sparse<CreatePartitionsRequest>): void {
  w.array(v, it.topics ?? [], writeCreatePartitionsRequestCreatePartitionsTopic);
  w.i32(it.timeoutMs ?? 0);
  w.bool(it.validateOnly ?? false);
  w.noTags();
}

function readCreatePartitionsResponseCreatePartitionsTopicResult(
  r: KafkaReader,
): Whole<CreatePartitionsResponseCreatePartitionsTopicResult> {
  const it: Whole<CreatePartitionsResponseCreatePartitionsTopicResult> = {
    name: r.string(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
  };
  r.skipTags();
  return it;
}

export function readCreatePartitionsResponse(r: KafkaReader, v: number): Whole<CreatePartitionsResponse> {
  const it: Whole<CreatePartitionsResponse> = {
    throttleTimeMs: r.i32(),
    results: r.array(4, v, readCreatePartitionsResponseCreatePartitionsTopicResult),
  };
  r.skipTags();
  return it;
}
