// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DescribeConfigsRequest,
  type DescribeConfigsRequestDescribeConfigsResource,
  type DescribeConfigsResponse,
  type DescribeConfigsResponseDescribeConfigsResourceResult,
  type DescribeConfigsResponseDescribeConfigsResult,
  type DescribeConfigsResponseDescribeConfigsSynonym,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

function writeDescribeConfigsRequestDescribeConfigsResource(
  w: KafkaWriter,
  v: number,
  it: Sparse<DescribeConfigsRequestDescribeConfigsResource>,
): void {
  w.u8(it.resourceType ?? 0);
  w.string(it.resourceName ?? '');
  w.nullableArray(v, it.configurationKeys === undefined ? [] : it.configurationKeys, writeString);
  w.noTags();
}

export function writeDescribeConfigsRequest(w: KafkaWriter, v: number, it: Sparse<DescribeConfigsRequest>): void {
  w.array(v, it.resources ?? [], writeDescribeConfigsRequestDescribeConfigsResource);
  w.bool(it.includeSynonyms ?? false);
  if (v >= 3) {
    w.bool(it.includeDocumentation ?? false);
  } else if (it.includeDocumentation !== undefined && it.includeDocumentation !== false)
    w.misplaced('includeDocumentation', v);
  w.noTags();
}

function readDescribeConfigsResponseDescribeConfigsSynonym(
  r: KafkaReader,
): Whole<DescribeConfigsResponseDescribeConfigsSynonym> {
  const it: Whole<DescribeConfigsResponseDescribeConfigsSynonym> = {
    name: r.string(),
    value: r.nullableString(),
    source: r.i8(),
  };
  r.skipTags();
  return it;
}

function readDescribeConfigsResponseDescribeConfigsResourceResult(
  r: KafkaReader,
  v: number,
): Whole<DescribeConfigsResponseDescribeConfigsResourceResult> {
  const it: Whole<DescribeConfigsResponseDescribeConfigsResourceResult> = {
    name: r.string(),
    value: r.nullableString(),
    readOnly: r.bool(),
    configSource: r.i8(),
    isSensitive: r.bool(),
    synonyms: r.array(3, v, readDescribeConfigsResponseDescribeConfigsSynonym),
    configType: v >= 3 ? r.i8() : 0,
    documentation: v >= 3 ? r.nullableString() : '',
  };
  r.skipTags();
  return it;
}

function readDescribeConfigsResponseDescribeConfigsResult(
  r: KafkaReader,
  v: number,
): Whole<DescribeConfigsResponseDescribeConfigsResult> {
  const it: Whole<DescribeConfigsResponseDescribeConfigsResult> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    resourceType: r.i8(),
    resourceName: r.string(),
    configs: r.array(6, v, readDescribeConfigsResponseDescribeConfigsResourceResult),
  };
  r.skipTags();
  return it;
}

export function readDescribeConfigsResponse(r: KafkaReader, v: number): Whole<DescribeConfigsResponse> {
  const it: Whole<DescribeConfigsResponse> = {
    throttleTimeMs: r.i32(),
    results: r.array(6, v, readDescribeConfigsResponseDescribeConfigsResult),
  };
  r.skipTags();
  return it;
}
