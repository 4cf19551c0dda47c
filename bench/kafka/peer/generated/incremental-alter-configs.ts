// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsRequestAlterableConfig,
  IncrementalAlterConfigsRequestAlterConfigsResource,
  IncrementalAlterConfigsResponse,
  IncrementalAlterConfigsResponseAlterConfigsResourceResponse,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeIncrementalAlterConfigsRequestAlterableConfig(
  w: KafkaWriter,
  _v: number,
  it: Sparse<IncrementalAlterConfigsRequestAlterableConfig>,
): void {
  w.string(it.name ?? '');
  w.u8(it.configOperation ?? 0);
  w.nullableString(it.value === undefined ? '' : it.value);
  w.noTags();
}

function writeIncrementalAlterConfigsRequestAlterConfigsResource(
  w: KafkaWriter,
  v: number,
  it: Sparse<IncrementalAlterConfigsRequestAlterConfigsResource>,
): void {
  w.u8(it.resourceType ?? 0);
  w.string(it.resourceName ?? '');
  w.array(v, it.configs ?? [], writeIncrementalAlterConfigsRequestAlterableConfig);
  w.noTags();
}

export function writeIncrementalAlterConfigsRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<IncrementalAlterConfigsRequest>,
): void {
  w.array(v, it.resources ?? [], writeIncrementalAlterConfigsRequestAlterConfigsResource);
  w.bool(it.validateOnly ?? false);
  w.noTags();
}

function readIncrementalAlterConfigsResponseAlterConfigsResourceResponse(
  r: KafkaReader,
): Whole<IncrementalAlterConfigsResponseAlterConfigsResourceResponse> {
  const it: Whole<IncrementalAlterConfigsResponseAlterConfigsResourceResponse> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    resourceType: r.i8(),
    resourceName: r.string(),
  };
  r.skipTags();
  return it;
}

export function readIncrementalAlterConfigsResponse(r: KafkaReader, v: number): Whole<IncrementalAlterConfigsResponse> {
  const it: Whole<IncrementalAlterConfigsResponse> = {
    throttleTimeMs: r.i32(),
    responses: r.array(5, v, readIncrementalAlterConfigsResponseAlterConfigsResourceResponse),
  };
  r.skipTags();
  return it;
}
