// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeConfigsRequestDescribeConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configurationKeys: readonly string[] | null;
}

export interface DescribeConfigsRequest {
  readonly resources: readonly DescribeConfigsRequestDescribeConfigsResource[];
  readonly includeSynonyms: boolean;
  readonly includeDocumentation: boolean; // version >= 3
}

function readDescribeConfigsRequestDescribeConfigsResource(
  r: KafkaReader,
  v: number,
): DescribeConfigsRequestDescribeConfigsResource {
  const it: DescribeConfigsRequestDescribeConfigsResource = {
    resourceType: r.i8(),
    resourceName: r.string(),
    configurationKeys: r.nullableArray(1, v, readString),
  };
  r.skipTags();
  return it;
}

export function readDescribeConfigsRequest(r: KafkaReader, v: number): DescribeConfigsRequest {
  const it: DescribeConfigsRequest = {
    resources: r.array(3, v, readDescribeConfigsRequestDescribeConfigsResource),
    includeSynonyms: r.bool(),
    includeDocumentation: v >= 3 ? r.bool() : false,
  };
  r.skipTags();
  return it;
}

export interface DescribeConfigsResponseDescribeConfigsSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export interface DescribeConfigsResponseDescribeConfigsResourceResult {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource?: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly DescribeConfigsResponseDescribeConfigsSynonym[];
  readonly configType?: number; // version >= 3
  readonly documentation?: string | null; // version >= 3
}

export interface DescribeConfigsResponseDescribeConfigsResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly DescribeConfigsResponseDescribeConfigsResourceResult[];
}

export interface DescribeConfigsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly DescribeConfigsResponseDescribeConfigsResult[];
}

function writeDescribeConfigsResponseDescribeConfigsSynonym(
  w: KafkaWriter,
  _v: number,
  it: DescribeConfigsResponseDescribeConfigsSynonym,
): void {
  w.string(it.name);
  w.nullableString(it.value);
  w.u8(it.source);
  w.noTags();
}

function writeDescribeConfigsResponseDescribeConfigsResourceResult(
  w: KafkaWriter,
  v: number,
  it: DescribeConfigsResponseDescribeConfigsResourceResult,
): void {
  w.string(it.name);
  w.nullableString(it.value);
  w.bool(it.readOnly);
  w.u8(it.configSource ?? -1);
  w.bool(it.isSensitive);
  w.array(v, it.synonyms, writeDescribeConfigsResponseDescribeConfigsSynonym);
  if (v >= 3) {
    w.u8(it.configType ?? 0);
  }
  if (v >= 3) {
    w.nullableString(it.documentation === undefined ? '' : it.documentation);
  }
  w.noTags();
}

function writeDescribeConfigsResponseDescribeConfigsResult(
  w: KafkaWriter,
  v: number,
  it: DescribeConfigsResponseDescribeConfigsResult,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.u8(it.resourceType);
  w.string(it.resourceName);
  w.array(v, it.configs, writeDescribeConfigsResponseDescribeConfigsResourceResult);
  w.noTags();
}

export function writeDescribeConfigsResponse(w: KafkaWriter, v: number, it: DescribeConfigsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.results, writeDescribeConfigsResponseDescribeConfigsResult);
  w.noTags();
}
