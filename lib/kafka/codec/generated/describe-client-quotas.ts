// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeClientQuotasRequestComponentData {
  readonly entityType: string;
  readonly matchType: number;
  readonly match: string | null;
}

export interface DescribeClientQuotasRequest {
  readonly components: readonly DescribeClientQuotasRequestComponentData[];
  readonly strict: boolean;
}

function readDescribeClientQuotasRequestComponentData(r: KafkaReader): DescribeClientQuotasRequestComponentData {
  const it: DescribeClientQuotasRequestComponentData = {
    entityType: r.string(),
    matchType: r.i8(),
    match: r.nullableString(),
  };
  r.skipTags();
  return it;
}

export function readDescribeClientQuotasRequest(r: KafkaReader, v: number): DescribeClientQuotasRequest {
  const it: DescribeClientQuotasRequest = {
    components: r.array(3, v, readDescribeClientQuotasRequestComponentData),
    strict: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface DescribeClientQuotasResponseEntityData {
  readonly entityType: string;
  readonly entityName: string | null;
}

export interface DescribeClientQuotasResponseValueData {
  readonly key: string;
  readonly value: number;
}

export interface DescribeClientQuotasResponseEntryData {
  readonly entity: readonly DescribeClientQuotasResponseEntityData[];
  readonly values: readonly DescribeClientQuotasResponseValueData[];
}

export interface DescribeClientQuotasResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly entries: readonly DescribeClientQuotasResponseEntryData[] | null;
}

function writeDescribeClientQuotasResponseEntityData(
  w: KafkaWriter,
  _v: number,
  it: DescribeClientQuotasResponseEntityData,
): void {
  w.string(it.entityType);
  w.nullableString(it.entityName);
  w.noTags();
}

function writeDescribeClientQuotasResponseValueData(
  w: KafkaWriter,
  _v: number,
  it: DescribeClientQuotasResponseValueData,
): void {
  w.string(it.key);
  w.f64(it.value);
  w.noTags();
}

function writeDescribeClientQuotasResponseEntryData(
  w: KafkaWriter,
  v: number,
  it: DescribeClientQuotasResponseEntryData,
): void {
  w.array(v, it.entity, writeDescribeClientQuotasResponseEntityData);
  w.array(v, it.values, writeDescribeClientQuotasResponseValueData);
  w.noTags();
}

export function writeDescribeClientQuotasResponse(w: KafkaWriter, v: number, it: DescribeClientQuotasResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.nullableArray(v, it.entries, writeDescribeClientQuotasResponseEntryData);
  w.noTags();
}
