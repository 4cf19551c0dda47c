// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  DescribeClientQuotasRequest,
  DescribeClientQuotasRequestComponentData,
  DescribeClientQuotasResponse,
  DescribeClientQuotasResponseEntityData,
  DescribeClientQuotasResponseEntryData,
  DescribeClientQuotasResponseValueData,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeDescribeClientQuotasRequestComponentData(
  w: KafkaWriter,
  _v: number,
  it: Sparse<DescribeClientQuotasRequestComponentData>,
): void {
  w.string(it.entityType ?? '');
  w.u8(it.matchType ?? 0);
  w.nullableString(it.match === undefined ? '' : it.match);
  w.noTags();
}

export function writeDescribeClientQuotasRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<DescribeClientQuotasRequest>,
): void {
  w.array(v, it.components ?? [], writeDescribeClientQuotasRequestComponentData);
  w.bool(it.strict ?? false);
  w.noTags();
}

function readDescribeClientQuotasResponseEntityData(r: KafkaReader): Whole<DescribeClientQuotasResponseEntityData> {
  const it: Whole<DescribeClientQuotasResponseEntityData> = {
    entityType: r.string(),
    entityName: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readDescribeClientQuotasResponseValueData(r: KafkaReader): Whole<DescribeClientQuotasResponseValueData> {
  const it: Whole<DescribeClientQuotasResponseValueData> = {
    key: r.string(),
    value: r.f64(),
  };
  r.skipTags();
  return it;
}

function readDescribeClientQuotasResponseEntryData(
  r: KafkaReader,
  v: number,
): Whole<DescribeClientQuotasResponseEntryData> {
  const it: Whole<DescribeClientQuotasResponseEntryData> = {
    entity: r.array(2, v, readDescribeClientQuotasResponseEntityData),
    values: r.array(9, v, readDescribeClientQuotasResponseValueData),
  };
  r.skipTags();
  return it;
}

export function readDescribeClientQuotasResponse(r: KafkaReader, v: number): Whole<DescribeClientQuotasResponse> {
  const it: Whole<DescribeClientQuotasResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    entries: r.nullableArray(2, v, readDescribeClientQuotasResponseEntryData),
  };
  r.skipTags();
  return it;
}
