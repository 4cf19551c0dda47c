// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  AlterClientQuotasRequest,
  AlterClientQuotasRequestEntityData,
  AlterClientQuotasRequestEntryData,
  AlterClientQuotasRequestOpData,
  AlterClientQuotasResponse,
  AlterClientQuotasResponseEntityData,
  AlterClientQuotasResponseEntryData,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeAlterClientQuotasRequestEntityData(
  w: KafkaWriter,
  _v: number,
  it: Sparse<AlterClientQuotasRequestEntityData>,
): void {
  w.string(it.entityType ?? '');
  w.nullableString(it.entityName === undefined ? '' : it.entityName);
  w.noTags();
}

function writeAlterClientQuotasRequestOpData(
  w: KafkaWriter,
  _v: number,
  it: Sparse<AlterClientQuotasRequestOpData>,
): void {
  w.string(it.key ?? '');
  w.f64(it.value ?? 0);
  w.bool(it.remove ?? false);
  w.noTags();
}

function writeAlterClientQuotasRequestEntryData(
  w: KafkaWriter,
  v: number,
  it: Sparse<AlterClientQuotasRequestEntryData>,
): void {
  w.array(v, it.entity ?? [], writeAlterClientQuotasRequestEntityData);
  w.array(v, it.ops ?? [], writeAlterClientQuotasRequestOpData);
  w.noTags();
}

export function writeAlterClientQuotasRequest(w: KafkaWriter, v: number, it: Sparse<AlterClientQuotasRequest>): void {
  w.array(v, it.entries ?? [], writeAlterClientQuotasRequestEntryData);
  w.bool(it.validateOnly ?? false);
  w.noTags();
}

function readAlterClientQuotasResponseEntityData(r: KafkaReader): Whole<AlterClientQuotasResponseEntityData> {
  const it: Whole<AlterClientQuotasResponseEntityData> = {
    entityType: r.string(),
    entityName: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readAlterClientQuotasResponseEntryData(r: KafkaReader, v: number): Whole<AlterClientQuotasResponseEntryData> {
  const it: Whole<AlterClientQuotasResponseEntryData> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    entity: r.array(2, v, readAlterClientQuotasResponseEntityData),
  };
  r.skipTags();
  return it;
}

export function readAlterClientQuotasResponse(r: KafkaReader, v: number): Whole<AlterClientQuotasResponse> {
  const it: Whole<AlterClientQuotasResponse> = {
    throttleTimeMs: r.i32(),
    entries: r.array(4, v, readAlterClientQuotasResponseEntryData),
  };
  r.skipTags();
  return it;
}
