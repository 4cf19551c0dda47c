// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[];
}

export function readDeleteGroupsRequest(r: KafkaReader, v: number): DeleteGroupsRequest {
  const it: DeleteGroupsRequest = {
    groupsNames: r.array(1, v, readString),
  };
  r.skipTags();
  return it;
}

export interface DeleteGroupsResponseDeletableGroupResult {
  readonly groupId: string;
  readonly errorCode: number;
}

export interface DeleteGroupsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly DeleteGroupsResponseDeletableGroupResult[];
}

function writeDeleteGroupsResponseDeletableGroupResult(
  w: KafkaWriter,
  _v: number,
  it: DeleteGroupsResponseDeletableGroupResult,
): void {
  w.string(it.groupId);
  w.i16(it.errorCode);
  w.noTags();
}

export function writeDeleteGroupsResponse(w: KafkaWriter, v: number, it: DeleteGroupsResponse): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.results, writeDeleteGroupsResponseDeletableGroupResult);
  w.noTags();
}
