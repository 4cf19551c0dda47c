// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface AlterConfigsRequestAlterableConfig {
  readonly name: string;
  readonly value: string | null;
}

export interface AlterConfigsRequestAlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly AlterConfigsRequestAlterableConfig[];
}

export interface AlterConfigsRequest {
  readonly resources: readonly AlterConfigsRequestAlterConfigsResource[];
  readonly validateOnly: boolean;
}

function readAlterConfigsRequestAlterableConfig(r: KafkaReader): AlterConfigsRequestAlterableConfig {
  const it: AlterConfigsRequestAlterableConfig = {
    name: r.string(),
    value: r.nullableString(),
  };
  r.skipTags();
  return it;
}

function readAlterConfigsRequestAlterConfigsResource(
  r: KafkaReader,
  v: number,
): AlterConfigsRequestAlterConfigsResource {
  const it: AlterConfigsRequestAlterConfigsResource = {
    resourceType: r.i8(),
    resourceName: r.string(),
    configs: r.array(2, v, readAlterConfigsRequestAlterableConfig),
  };
  r.skipTags();
  return it;
}

export function readAlterConfigsRequest(r: KafkaReader, v: number): AlterConfigsRequest {
  const it: AlterConfigsRequest = {
    resources: r.array(3, v, readAlterConfigsRequestAlterConfigsResource),
    validateOnly: r.bool(),
  };
  r.skipTags();
  return it;
}

export interface AlterConfigsResponseAlterConfigsResourceResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}

export interface AlterConfigsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly AlterConfigsResponseAlterConfigsResourceResponse[];
}

function writeAlterConfigsResponseAlterConfigsResourceResponse(
  w: KafkaWriter,
  _v: number,
  it: AlterConfigsResponseAlterConfigsResourceResponse,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.u8(it.resourceType);
  w.string(it.resourceName);
  w.noTags();
}

export function writeAlterConfigsResponse(w: KafkaWriter, v: number, it: AlterConfigsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.responses, writeAlterConfigsResponseAlterConfigsResourceResponse);
  w.noTags();
}
