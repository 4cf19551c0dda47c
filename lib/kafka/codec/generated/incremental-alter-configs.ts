// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface IncrementalAlterConfigsRequestAlterableConfig {
  readonly name: string;
  readonly configOperation: number;
  readonly value: string | null;
}

export interface IncrementalAlterConfigsRequestAlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly IncrementalAlterConfigsRequestAlterableConfig[];
}

export interface IncrementalAlterConfigsRequest {
  readonly resources: readonly IncrementalAlterConfigsRequestAlterConfigsResource[];
  readonly validateOnly: boolean;
}

function readIncrementalAlterConfigsRequestAlterableConfig(
  r: KafkaReader,
): IncrementalAlterConfigsRequestAlterableConfig {
  const it: IncrementalAlterConfigsRequestAlterableConfig = {
    name: r.string(),
    configOperation: r.i8(),
    value: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readIncrementalAlterConfigsRequestAlterConfigsResource(
  r: KafkaReader,
  v: number,
): IncrementalAlterConfigsRequestAlterConfigsResource {
  const it: IncrementalAlterConfigsRequestAlterConfigsResource = {
    resourceType: r.i8(),
    resourceName: r.string(),
    configs: r.array(3, v, readIncrementalAlterConfigsRequestAlterableConfig),
  };
  r.skipTags();
  return it;
}

export function readIncrementalAlterConfigsRequest(r: KafkaReader, v: number): IncrementalAlterConfigsRequest {
  const it: IncrementalAlterConfigsRequest = {
    resources: r.array(3, v, readIncrementalAlterConfigsRequestAlterConfigsResource),
    validateOnly: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}

export interface IncrementalAlterConfigsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly IncrementalAlterConfigsResponseAlterConfigsResourceResponse[];
}

function writeIncrementalAlterConfigsResponseAlterConfigsResourceResponse(
  w: KafkaWriter,
  _v: number,
  it: IncrementalAlterConfigsResponseAlterConfigsResourceResponse,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.u8(it.resourceType);
  w.string(it.resourceName);
  w.noTags();
}

export function writeIncrementalAlterConfigsResponse(
  w: KafkaWriter,
  v: number,
  it: IncrementalAlterConfigsResponse,
): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.responses, writeIncrementalAlterConfigsResponseAlterConfigsResourceResponse);
  w.noTags();
}
