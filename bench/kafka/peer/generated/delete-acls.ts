// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  DeleteAclsRequest,
  DeleteAclsRequestDeleteAclsFilter,
  DeleteAclsResponse,
  DeleteAclsResponseDeleteAclsFilterResult,
  DeleteAclsResponseDeleteAclsMatchingAcl,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeDeleteAclsRequestDeleteAclsFilter(
  w: KafkaWriter,
  _v: number,
  it: Sparse<DeleteAclsRequestDeleteAclsFilter>,
): void {
  w.u8(it.resourceTypeFilter ?? 0);
  w.nullableString(it.resourceNameFilter === undefined ? '' : it.resourceNameFilter);
  w.u8(it.patternTypeFilter ?? 3);
  w.nullableString(it.principalFilter === undefined ? '' : it.principalFilter);
  w.nullableString(it.hostFilter === undefined ? '' : it.hostFilter);
  w.u8(it.operation ?? 0);
  w.u8(it.permissionType ?? 0);
  w.noTags();
}

export function writeDeleteAclsRequest(w: KafkaWriter, v: number, it: Sparse<DeleteAclsRequest>): void {
  w.array(v, it.filters ?? [], writeDeleteAclsRequestDeleteAclsFilter);
  w.noTags();
}

function readDeleteAclsResponseDeleteAclsMatchingAcl(r: KafkaReader): Whole<DeleteAclsResponseDeleteAclsMatchingAcl> {
  const it: Whole<DeleteAclsResponseDeleteAclsMatchingAcl> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    resourceType: r.i8(),
    resourceName: r.string(),
    patternType: r.i8(),
    principal: r.string(),
    host: r.string(),
    operation: r.i8(),
    permissionType: r.i8(),
  };
  r.skipTags();
  return it;
}

function readDeleteAclsResponseDeleteAclsFilterResult(
  r: KafkaReader,
  v: number,
): Whole<DeleteAclsResponseDeleteAclsFilterResult> {
  const it: Whole<DeleteAclsResponseDeleteAclsFilterResult> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    matchingAcls: r.array(10, v, readDeleteAclsResponseDeleteAclsMatchingAcl),
  };
  r.skipTags();
  return it;
}

export function readDeleteAclsResponse(r: KafkaReader, v: number): Whole<DeleteAclsResponse> {
  const it: Whole<DeleteAclsResponse> = {
    throttleTimeMs: r.i32(),
    filterResults: r.array(4, v, readDeleteAclsResponseDeleteAclsFilterResult),
  };
  r.skipTags();
  return it;
}
