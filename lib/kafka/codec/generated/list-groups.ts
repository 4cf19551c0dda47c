// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ListGroupsRequest {
  readonly statesFilter: readonly string[]; // version >= 4
  readonly typesFilter: readonly string[]; // version >= 5
}

export function readListGroupsRequest(r: KafkaReader, v: number): ListGroupsRequest {
  const it: ListGroupsRequest = {
    statesFilter: v >= 4 ? r.array(1, v, readString) : [],
    typesFilter: v >= 5 ? r.array(1, v, readString) : [],
  };
  r.skipTags();
  return it;
}

export interface ListGroupsResponseListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly groupState?: string; // version >= 4
  readonly groupType?: string; // version >= 5
}

export interface ListGroupsResponse {
  readonly throttleTimeMs?: number; // version >= 1
  readonly errorCode: number;
  readonly groups: readonly ListGroupsResponseListedGroup[];
}

function writeListGroupsResponseListedGroup(w: KafkaWriter, v: number, it: ListGroupsResponseListedGroup): void {
  w.string(it.groupId);
  w.string(it.protocolType);
  if (v >= 4) {
    w.string(it.groupState ?? '');
  }
  if (v >= 5) {
    w.string(it.groupType ?? '');
  }
  w.noTags();
}

export function writeListGroupsResponse(w: KafkaWriter, v: number, it: ListGroupsResponse): void {
  if (v >= 1) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  w.i16(it.errorCode);
  w.array(v, it.groups, writeListGroupsResponseListedGroup);
  w.noTags();
}
