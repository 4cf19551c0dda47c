// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeAclsRequest {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

export function readDescribeAclsRequest(r: KafkaReader): DescribeAclsRequest {
  const it: DescribeAclsRequest = {
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

export interface DescribeAclsResponseAclDescription {
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

export interface DescribeAclsResponseDescribeAclsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType?: number;
  readonly acls: readonly DescribeAclsResponseAclDescription[];
}

export interface DescribeAclsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resources: readonly DescribeAclsResponseDescribeAclsResource[];
}

function writeDescribeAclsResponseAclDescription(
  w: KafkaWriter,
  _v: number,
  it: DescribeAclsResponseAclDescription,
): void {
  w.string(it.principal);
  w.string(it.host);
  w.u8(it.operation);
  w.u8(it.permissionType);
  w.noTags();
}

function writeDescribeAclsResponseDescribeAclsResource(
  w: KafkaWriter,
  v: number,
  it: DescribeAclsResponseDescribeAclsResource,
): void {
  w.u8(it.resourceType);
  w.string(it.resourceName);
  w.u8(it.patternType ?? 3);
  w.array(v, it.acls, writeDescribeAclsResponseAclDescription);
  w.noTags();
}

export function writeDescribeAclsResponse(w: KafkaWriter, v: number, it: DescribeAclsResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.array(v, it.resources, writeDescribeAclsResponseDescribeAclsResource);
  w.noTags();
}
