// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type DeleteGroupsRequest,
  type DeleteGroupsResponse,
  type DeleteGroupsResponseDeletableGroupResult,
  type KafkaReader,
  type KafkaWriter,
  type Sparse,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

export function writeDeleteGroupsRequest(w: KafkaWriter, v: number, it: Sparse<DeleteGroupsRequest>): void {
  w.array(v, it.groupsNames ?? [], writeString);
  w.noTags();
}

function readDeleteGroupsResponseDeletableGroupResult(r: KafkaReader): Whole<DeleteGroupsResponseDeletableGroupResult> {
  const it: Whole<DeleteGroupsResponseDeletableGroupResult> = {
    groupId: r.string(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

export function readDeleteGroupsResponse(r: KafkaReader, v: number): Whole<DeleteGroupsResponse> {
  const it: Whole<DeleteGroupsResponse> = {
    throttleTimeMs: r.i32(),
    results: r.array(3, v, readDeleteGroupsResponseDeletableGroupResult),
  };
  r.skipTags();
  return it;
}
