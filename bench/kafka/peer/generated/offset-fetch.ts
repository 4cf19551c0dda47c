// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  type OffsetFetchRequest,
  type OffsetFetchRequestGroup,
  type OffsetFetchRequestTopic,
  type OffsetFetchRequestTopics,
  type OffsetFetchResponse,
  type OffsetFetchResponseGroup,
  type OffsetFetchResponsePartition,
  type OffsetFetchResponsePartitions,
  type OffsetFetchResponseTopic,
  type OffsetFetchResponseTopics,
  type Sparse,
  type Whole,
  writeInt32,
} from '../../../../lib/kafka/index.ts';

function writeOffsetFetchRequestTopic(w: KafkaWriter, v: number, it: Sparse<OffsetFetchRequestTopic>): void {
  w.string(it.name ?? '');
  w.array(v, it.partitionIndexes ?? [], writeInt32);
  w.noTags();
}

function writeOffsetFetchRequestTopics(w: KafkaWriter, v: number, it: Sparse<OffsetFetchRequestTopics>): void {
  w.string(it.name ?? '');
  w.array(v, it.partitionIndexes ?? [], writeInt32);
  w.noTags();
}

function writeOffsetFetchRequestGroup(w: KafkaWriter, v: number, it: Sparse<OffsetFetchRequestGroup>): void {
  w.string(it.groupId ?? '');
  if (v >= 9) {
    w.nullableString(it.memberId ?? null);
  }
  if (v >= 9) {
    w.i32(it.memberEpoch ?? -1);
  }
  w.nullableArray(v, it.topics === undefined ? [] : it.topics, writeOffsetFetchRequestTopics);
  w.noTags();
}

export function writeOffsetFetchRequest(w: KafkaWriter, v: number, it: Sparse<OffsetFetchRequest>): void {
  if (v <= 7) {
    w.string(it.groupId ?? '');
  } else if (it.groupId !== undefined && it.groupId !== '') w.misplaced('groupId', v);
  if (v <= 7) {
    if (v >= 2) w.nullableArray(v, it.topics === undefined ? [] : it.topics, writeOffsetFetchRequestTopic);
    else w.array(v, w.present(it.topics === undefined ? [] : it.topics, 'topics', v), writeOffsetFetchRequestTopic);
  } else if (it.topics !== undefined && it.topics !== null && it.topics.length > 0) w.misplaced('topics', v);
  if (v >= 8) {
    w.array(v, it.groups ?? [], writeOffsetFetchRequestGroup);
  } else if (it.groups !== undefined && it.groups.length > 0) w.misplaced('groups', v);
  if (v >= 7) {
    w.bool(it.requireStable ?? false);
  } else if (it.requireStable !== undefined && it.requireStable !== false) w.misplaced('requireStable', v);
  w.noTags();
}

function readOffsetFetchResponsePartition(r: KafkaReader, v: number): Whole<OffsetFetchResponsePartition> {
  const it: Whole<OffsetFetchResponsePartition> = {
    partitionIndex: r.i32(),
    committedOffset: r.i64(),
    committedLeaderEpoch: v >= 5 ? r.i32() : -1,
    metadata: r.nullableString(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

function readOffsetFetchResponseTopic(r: KafkaReader, v: number): Whole<OffsetFetchResponseTopic> {
  const it: Whole<OffsetFetchResponseTopic> = {
    name: r.string(),
    partitions: r.array(15, v, readOffsetFetchResponsePartition),
  };
  r.skipTags();
  return it;
}

function readOffsetFetchResponsePartitions(r: KafkaReader): Whole<OffsetFetchResponsePartitions> {
  const it: Whole<OffsetFetchResponsePartitions> = {
    partitionIndex: r.i32(),
    committedOffset: r.i64(),
    committedLeaderEpoch: r.i32(),
    metadata: r.nullableString(),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

function readOffsetFetchResponseTopics(r: KafkaReader, v: number): Whole<OffsetFetchResponseTopics> {
  const it: Whole<OffsetFetchResponseTopics> = {
    name: r.string(),
    partitions: r.array(19, v, readOffsetFetchResponsePartitions),
  };
  r.skipTags();
  return it;
}

function readOffsetFetchResponseGroup(r: KafkaReader, v: number): Whole<OffsetFetchResponseGroup> {
  const it: Whole<OffsetFetchResponseGroup> = {
    groupId: r.string(),
    topics: r.array(2, v, readOffsetFetchResponseTopics),
    errorCode: r.i16(),
  };
  r.skipTags();
  return it;
}

export function readOffsetFetchResponse(r: KafkaReader, v: number): Whole<OffsetFetchResponse> {
  const it: Whole<OffsetFetchResponse> = {
    throttleTimeMs: v >= 3 ? r.i32() : 0,
    topics: v <= 7 ? r.array(2, v, readOffsetFetchResponseTopic) : [],
    errorCode: v >= 2 && v <= 7 ? r.i16() : 0,
    groups: v >= 8 ? r.array(4, v, readOffsetFetchResponseGroup) : [],
  };
  r.skipTags();
  return it;
}
