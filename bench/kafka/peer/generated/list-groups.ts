// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  type ListGroupsRequest,
  type ListGroupsResponse,
  type ListGroupsResponseListedGroup,
  type Sparse,
  type Whole,
  writeString,
} from '../../../../lib/kafka/index.ts';

export function writeListGroupsRequest(w: KafkaWriter, v: number, it: Sparse<ListGroupsRequest>): void {
  if (v >= 4) {
    w.array(v, it.statesFilter ?? [], writeString);
  } else if (it.statesFilter !== undefined && it.statesFilter.length > 0) w.misplaced('statesFilter', v);
  if (v >= 5) {
    w.array(v, it.typesFilter ?? [], writeString);
  } else if (it.typesFilter !== undefined && it.typesFilter.length > 0) w.misplaced('typesFilter', v);
  w.noTags();
}

function readListGroupsResponseListedGroup(r: KafkaReader, v: number): Whole<ListGroupsResponseListedGroup> {
  const it: Whole<ListGroupsResponseListedGroup> = {
    groupId: r.string(),
    protocolType: r.string(),
    groupState: v >= 4 ? r.string() : '',
    groupType: v >= 5 ? r.string() : '',
  };
  r.skipTags();
  return it;
}

export function readListGroupsResponse(r: KafkaReader, v: number): Whole<ListGroupsResponse> {
  const it: Whole<ListGroupsResponse> = {
    throttleTimeMs: v >= 1 ? r.i32() : 0,
    errorCode: r.i16(),
    groups: r.array(2, v, readListGroupsResponseListedGroup),
  };
  r.skipTags();
  return it;
}
