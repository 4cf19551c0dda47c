// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  AlterConfigsRequest,
  AlterConfigsRequestAlterableConfig,
  AlterConfigsRequestAlterConfigsResource,
  AlterConfigsResponse,
  AlterConfigsResponseAlterConfigsResourceResponse,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeAlterConfigsRequestAlterableConfig(
  w: KafkaWriter,
  _v: number,
  it: Sparse<AlterConfigsRequestAlterableConfig>,
): void {
  w.string(it.name ?? '');
  w.nullableString(it.value === undefined ? '' : it.value);
  w.noTags();
}

function writeAlterConfigsRequestAlterConfigsResource(
  w: KafkaWriter,
  v: number,
  it: Sparse<AlterConfigsRequestAlterConfigsResource>,
): void {
  w.u8(it.resourceType ?? 0);
  w.string(it.resourceName ?? '');
  w.array(v, it.configs ?? [], writeAlterConfigsRequestAlterableConfig);
  w.noTags();
}

export function writeAlterConfigsRequest(w: KafkaWriter, v: number, it: Sparse<AlterConfigsRequest>): void {
  w.array(v, it.resources ?? [], writeAlterConfigsRequestAlterConfigsResource);
  w.bool(it.validateOnly ?? false);
  w.noTags();
}

function readAlterConfigsResponseAlterConfigsResourceResponse(
  r: KafkaReader,
): Whole<AlterConfigsResponseAlterConfigsResourceResponse> {
  const it: Whole<AlterConfigsResponseAlterConfigsResourceResponse> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    resourceType: r.i8(),
    resourceName: r.string(),
  };
  r.skipTags();
  return it;
}

export function readAlterConfigsResponse(r: KafkaReader, v: number): Whole<AlterConfigsResponse> {
  const it: Whole<AlterConfigsResponse> = {
    throttleTimeMs: r.i32(),
    responses: r.array(5, v, readAlterConfigsResponseAlterConfigsResourceResponse),
  };
  r.skipTags();
  return it;
}
