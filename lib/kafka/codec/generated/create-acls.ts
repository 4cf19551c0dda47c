// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface CreateAclsRequestAclCreation {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly resourcePatternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

export interface CreateAclsRequest {
  readonly creations: readonly CreateAclsRequestAclCreation[];
}

function readCreateAclsRequestAclCreation(r: KafkaReader): CreateAclsRequestAclCreation {
  const it: CreateAclsRequestAclCreation = {
    resourceType: r.i8(),
    resourceName: r.string(),
    resourcePatternType: r.i8(),
    principal: r.string(),
    host: r.string(),
    operation: r.i8(),
    permissionType: r.i8(),
  };
  r.skipTags();
  return it;
}

export function readCreateAclsRequest(r: KafkaReader, v: number): CreateAclsRequest {
  const it: CreateAclsRequest = {
    creations: r.array(7, v, readCreateAclsRequestAclCreation),
  };
  r.skipTags();
  return it;
}

export interface CreateAclsResponseAclCreationResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export interface CreateAclsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly CreateAclsResponseAclCreationResult[];
}

function writeCreateAclsResponseAclCreationResult(
  w: KafkaWriter,
  _v: number,
  it: CreateAclsResponseAclCreationResult,
): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.noTags();
}

export function writeCreateAclsResponse(w: KafkaWriter, v: number, it: CreateAclsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.results, writeCreateAclsResponseAclCreationResult);
  w.noTags();
}
