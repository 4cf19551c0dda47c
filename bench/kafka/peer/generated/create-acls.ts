// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  CreateAclsRequest,
  CreateAclsRequestAclCreation,
  CreateAclsResponse,
  CreateAclsResponseAclCreationResult,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeCreateAclsRequestAclCreation(w: KafkaWriter, _v: number, it: Sparse<CreateAclsRequestAclCreation>): void {
  w.u8(it.resourceType ?? 0);
  w.string(it.resourceName ?? '');
  w.u8(it.resourcePatternType ?? 3);
  w.string(it.principal ?? '');
  w.string(it.host ?? '');
  w.u8(it.operation ?? 0);
  w.u8(it.permissionType ?? 0);
  w.noTags();
}

export function writeCreateAclsRequest(w: KafkaWriter, v: number, it: Sparse<CreateAclsRequest>): void {
  w.array(v, it.creations ?? [], writeCreateAclsRequestAclCreation);
  w.noTags();
}

function readCreateAclsResponseAclCreationResult(r: KafkaReader): Whole<CreateAclsResponseAclCreationResult> {
  const it: Whole<CreateAclsResponseAclCreationResult> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
  };
  r.skipTags();
  return it;
}

export function readCreateAclsResponse(r: KafkaReader, v: number): Whole<CreateAclsResponse> {
  const it: Whole<CreateAclsResponse> = {
    throttleTimeMs: r.i32(),
    results: r.array(3, v, readCreateAclsResponseAclCreationResult),
  };
  r.skipTags();
  return it;
}
