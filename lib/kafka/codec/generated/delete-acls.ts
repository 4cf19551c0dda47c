// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DeleteAclsRequestDeleteAclsFilter {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

export interface DeleteAclsRequest {
  readonly filters: readonly DeleteAclsRequestDeleteAclsFilter[];
}

function readDeleteAclsRequestDeleteAclsFilter(r: KafkaReader): DeleteAclsRequestDeleteAclsFilter {
  const it: DeleteAclsRequestDeleteAclsFilter = {
    resourceTypeFilter: r.i8(),
    resourceNameFilter: r.nullableString(),
    patternTypeFilter: r.i8(),
    principalFilter: r.nullableString(),
    hostFilter: r.nullableString(),
    operation: r.i8(),
    permissionType: r.i8(),
  };
  r.skipTags();
  return it;
}

export function readDeleteAclsRequest(r: KafkaReader, v: number): DeleteAclsRequest {
  const it: DeleteAclsRequest = {
    filters: r.array(7, v, readDeleteAclsRequestDeleteAclsFilter),
  };
  r.skipTags();
  return it;
}

export interface DeleteAclsResponseDeleteAclsMatchingAcl {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType?: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

export interface DeleteAclsResponseDeleteAclsFilterResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly matchingAcls: readonly DeleteAclsResponseDeleteAclsMatchingAcl[];
}

export interface DeleteAclsResponse {
  readonly throttleTimeMs: number;
  readonly filterResults: readonly DeleteAclsResponseDeleteAclsFilterResult[];
}

function writeDeleteAclsResponseDeleteAclsMatchingAcl(
  w: KafkaWriter,
  _v: number,
  it: DeleteAclsResponseDeleteAclsMatchingAcl,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.u8(it.resourceType);
  w.string(it.resourceName);
  w.u8(it.patternType ?? 3);
  w.string(it.principal);
  w.string(it.host);
  w.u8(it.operation);
  w.u8(it.permissionType);
  w.noTags();
}

function writeDeleteAclsResponseDeleteAclsFilterResult(
  w: KafkaWriter,
  v: number,
  it: DeleteAclsResponseDeleteAclsFilterResult,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.array(v, it.matchingAcls, writeDeleteAclsResponseDeleteAclsMatchingAcl);
  w.noTags();
}

export function writeDeleteAclsResponse(w: KafkaWriter, v: number, it: DeleteAclsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.filterResults, writeDeleteAclsResponseDeleteAclsFilterResult);
  w.noTags();
}
