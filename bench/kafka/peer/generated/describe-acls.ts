// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  DescribeAclsRequest,
  DescribeAclsResponse,
  DescribeAclsResponseAclDescription,
  DescribeAclsResponseDescribeAclsResource,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

export function writeDescribeAclsRequest(w: KafkaWriter, _v: number, it: Sparse<DescribeAclsRequest>): void {
  w.u8(it.resourceTypeFilter ?? 0);
  w.nullableString(it.resourceNameFilter === undefined ? '' : it.resourceNameFilter);
  w.u8(it.patternTypeFilter ?? 3);
  w.nullableString(it.principalFilter === undefined ? '' : it.principalFilter);
  w.nullableString(it.hostFilter === undefined ? '' : it.hostFilter);
  w.u8(it.operation ?? 0);
  w.u8(it.permissionType ?? 0);
  w.noTags();
}

function readDescribeAclsResponseAclDescription(r: KafkaReader): Whole<DescribeAclsResponseAclDescription> {
  const it: Whole<DescribeAclsResponseAclDescription> = {
    principal: r.string(),
    host: r.string(),
    operation: r.i8(),
    permissionType: r.i8(),
  };
  r.skipTags();
  return it;
}

function readDescribeAclsResponseDescribeAclsResource(
  r: KafkaReader,
  v: number,
): Whole<DescribeAclsResponseDescribeAclsResource> {
  const it: Whole<DescribeAclsResponseDescribeAclsResource> = {
    resourceType: r.i8(),
    resourceName: r.string(),
    patternType: r.i8(),
    acls: r.array(4, v, readDescribeAclsResponseAclDescription),
  };
  r.skipTags();
  return it;
}

export function readDescribeAclsResponse(r: KafkaReader, v: number): Whole<DescribeAclsResponse> {
  const it: Whole<DescribeAclsResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    resources: r.array(4, v, readDescribeAclsResponseDescribeAclsResource),
  };
  r.skipTags();
  return it;
}
