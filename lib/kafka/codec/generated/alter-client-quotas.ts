// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface AlterClientQuotasRequestEntityData {
  readonly entityType: string;
  readonly entityName: string | null;
}

export interface AlterClientQuotasRequestOpData {
  readonly key: string;
  readonly value: number;
  readonly remove: boolean;
}

export interface AlterClientQuotasRequestEntryData {
  readonly entity: readonly AlterClientQuotasRequestEntityData[];
  readonly ops: readonly AlterClientQuotasRequestOpData[];
}

export interface AlterClientQuotasRequest {
  readonly entries: readonly AlterClientQuotasRequestEntryData[];
  readonly validateOnly: boolean;
}

function readAlterClientQuotasRequestEntityData(r: KafkaReader): AlterClientQuotasRequestEntityData {
  const it: AlterClientQuotasRequestEntityData = {
    entityType: r.string(),
    entityName: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readAlterClientQuotasRequestOpData(r: KafkaReader): AlterClientQuotasRequestOpData {
  const it: AlterClientQuotasRequestOpData = {
    key: r.string(),
    value: r.f64(),
    remove: r.bool(),
  };
  r.skipTags();
  return it;
}

function readAlterClientQuotasRequestEntryData(r: KafkaReader, v: number): AlterClientQuotasRequestEntryData {
  const it: AlterClientQuotasRequestEntryData = {
    entity: r.array(2, v, readAlterClientQuotasRequestEntityData),
    ops: r.array(10, v, readAlterClientQuotasRequestOpData),
  };
  r.skipTags();
  return it;
}

export function readAlterClientQuotasRequest(r: KafkaReader, v: number): AlterClientQuotasRequest {
  const it: AlterClientQuotasRequest = {
    entries: r.array(2, v, readAlterClientQuotasRequestEntryData),
    validateOnly: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface AlterClientQuotasResponseEntityData {
  readonly entityType: string;
  readonly entityName: string | null;
}

export interface AlterClientQuotasResponseEntryData {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly entity: readonly AlterClientQuotasResponseEntityData[];
}

export interface AlterClientQuotasResponse {
  readonly throttleTimeMs: number;
  readonly entries: readonly AlterClientQuotasResponseEntryData[];
}

function writeAlterClientQuotasResponseEntityData(
  w: KafkaWriter,
  _v: number,
  it: AlterClientQuotasResponseEntityData,
): void {
  w.string(it.entityType);
  w.nullableString(it.entityName);
  w.noTags();
}

function writeAlterClientQuotasResponseEntryData(
  w: KafkaWriter,
  v: number,
  it: AlterClientQuotasResponseEntryData,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.array(v, it.entity, writeAlterClientQuotasResponseEntityData);
  w.noTags();
}

export function writeAlterClientQuotasResponse(w: KafkaWriter, v: number, it: AlterClientQuotasResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.entries, writeAlterClientQuotasResponseEntryData);
  w.noTags();
}
