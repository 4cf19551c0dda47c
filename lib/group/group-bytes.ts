import { crc32 } from 'node:zlib';
import { BytesError, parseUlid, Reader, ULID_BYTES, ulidText, Writer } from '../bytes/index.ts';
import { PARTITIONS_MAX } from '../topic/index.ts';
import type { AssignorName } from './assign.ts';
import { readClassic, writeClassic } from './classic-bytes.ts';
import { GroupError } from './errors.ts';
import { NO_PARTITIONS, type PartitionSet, sameSet } from './partitions.ts';
import type { GroupState, KnownTopic, Member, Subscription } from './state.ts';
import { corrupt, readText, writeText } from './stored-text.ts';

/*
 * A group's state as bytes: version, CRC-32 of the rest, epochs, topics, ids of topics that are gone but still held, and
 * the members of the one kind or, behind them, the classic half. Partitions are runs (gap, length) per topic, so that 10,000 partitions take 30 bytes where members hold
 * ranges, and about 20 KB where every run is one partition long.
 */

/** Without classic members, which older builds know nothing of; and with them. */
const VERSION = { plain: 1, classic: 2 } as const;
const HEADER_BYTES = 5;
const ASSIGNORS: readonly (AssignorName | undefined)[] = [undefined, 'uniform', 'range'];
const FLAG = { instance: 1, client: 2, pattern: 4, away: 8, onTarget: 16, host: 32 } as const;
const FLAGS_KNOWN = 63;

/**
 * @example
 * decodeGroup(encodeGroup(state)); // equal to state
 */
export function encodeGroup(state: GroupState): Uint8Array {
  const writer = new Writer(1_024);
  writer.u8(state.classic ? VERSION.classic : VERSION.plain);
  writer.i32(0);
  writer.uvarint(state.epoch);
  writer.uvarint(state.groupEpoch);
  writer.uvarint(state.topics.size);
  const indexes = new Map<string, number>();
  for (const [name, topic] of state.topics) {
    writeText(writer, name);
    writer.raw(idBytes(topic.topicId));
    writer.uvarint(topic.partitions);
    indexes.set(topic.topicId, indexes.size);
  }
  writeTopicsGone(writer, state, indexes);
  writer.uvarint(state.members.size);
  for (const member of state.members.values()) writeMember(writer, member, indexes);
  if (state.classic) writeClassic(writer, state.classic);
  const bytes = writer.view();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(1, crc32(bytes.subarray(HEADER_BYTES)));
  return bytes;
}

/**
 * The state that `encodeGroup` wrote.
 * @throws GroupError group_corrupt for anything else: another version, a wrong sum, bytes missing or left over
 */
export function decodeGroup(bytes: Uint8Array): GroupState {
  try {
    const reader = new Reader(bytes);
    const version = reader.u8();
    if (version !== VERSION.plain && version !== VERSION.classic) {
      throw corrupt(`its version is ${version}; this build reads ${VERSION.plain} and ${VERSION.classic}`);
    }
    if (reader.u32() !== crc32(bytes.subarray(HEADER_BYTES))) throw corrupt('its checksum is wrong');
    const state = readState(reader, version === VERSION.classic);
    if (reader.remaining > 0) throw corrupt(`${reader.remaining} bytes are left over`);
    return state;
  } catch (error) {
    if (error instanceof BytesError) throw corrupt(error.message, error);
    throw error;
  }
}

function readState(reader: Reader, withClassic: boolean): GroupState {
  const epoch = reader.uvarint();
  const groupEpoch = reader.uvarint();
  const topics = new Map<string, KnownTopic>();
  const ids: string[] = [];
  for (let left = reader.uvarint(); left > 0; left--) {
    const name = readText(reader);
    const topicId = ulidText(reader.view(ULID_BYTES));
    topics.set(name, { topicId, partitions: reader.uvarint() });
    ids.push(topicId);
  }
  for (let left = reader.uvarint(); left > 0; left--) ids.push(ulidText(reader.view(ULID_BYTES)));
  const members = new Map<string, Member>();
  for (let left = reader.uvarint(); left > 0; left--) {
    const member = readMember(reader, ids);
    members.set(member.id, member);
  }
  return { epoch, groupEpoch, topics, members, classic: withClassic ? readClassic(reader) : undefined };
}

/** Ids of topics that were deleted, or are no longer subscribed to, while members still hold partitions of them. */
function writeTopicsGone(writer: Writer, state: GroupState, indexes: Map<string, number>): void {
  const gone: string[] = [];
  for (const { target, assigned, revoking } of state.members.values()) {
    for (const set of [target, assigned, revoking]) {
      for (const topicId of set.keys()) {
        if (indexes.has(topicId)) continue;
        indexes.set(topicId, indexes.size);
        gone.push(topicId);
      }
    }
  }
  writer.uvarint(gone.length);
  for (const topicId of gone) writer.raw(idBytes(topicId));
}

function writeMember(writer: Writer, member: Member, indexes: ReadonlyMap<string, number>): void {
  const onTarget = sameSet(member.assigned, member.target);
  const { subscription } = member;
  writer.u8(
    (member.instanceId === undefined ? 0 : FLAG.instance) |
      (member.clientId === undefined ? 0 : FLAG.client) |
      (member.clientHost === undefined ? 0 : FLAG.host) |
      ('pattern' in subscription ? FLAG.pattern : 0) |
      (member.away ? FLAG.away : 0) |
      (onTarget ? FLAG.onTarget : 0),
  );
  writeText(writer, member.id);
  if (member.instanceId !== undefined) writeText(writer, member.instanceId);
  if (member.clientId !== undefined) writeText(writer, member.clientId);
  if (member.clientHost !== undefined) writeText(writer, member.clientHost);
  if ('pattern' in subscription) {
    writeText(writer, subscription.pattern);
  } else {
    writer.uvarint(subscription.topics.length);
    for (const name of subscription.topics) writeText(writer, name);
  }
  writer.u8(ASSIGNORS.indexOf(member.assignor));
  for (const number of [member.sessionTimeoutMs, member.rebalanceTimeoutMs, member.epoch, member.previousEpoch]) {
    writer.uvarint(number);
  }
  writer.varint(member.deadlineMs);
  writer.varint(member.revokeByMs);
  writeSet(writer, member.target, indexes);
  if (!onTarget) writeSet(writer, member.assigned, indexes);
  writeSet(writer, member.revoking, indexes);
}

function readMember(reader: Reader, ids: readonly string[]): Member {
  const flags = reader.u8();
  if (flags > FLAGS_KNOWN) throw corrupt(`a member has the unknown flags ${flags}`);
  const id = readText(reader);
  const instanceId = flags & FLAG.instance ? readText(reader) : undefined;
  const clientId = flags & FLAG.client ? readText(reader) : undefined;
  const clientHost = flags & FLAG.host ? readText(reader) : undefined;
  const subscription = flags & FLAG.pattern ? { pattern: readText(reader) } : readTopicNames(reader);
  const assignor = reader.u8();
  if (assignor >= ASSIGNORS.length) throw corrupt(`a member asks for the unknown assignor ${assignor}`);
  const sessionTimeoutMs = reader.uvarint();
  const rebalanceTimeoutMs = reader.uvarint();
  const epoch = reader.uvarint();
  const previousEpoch = reader.uvarint();
  const deadlineMs = reader.varint();
  const revokeByMs = reader.varint();
  const target = readSet(reader, ids);
  const assigned = flags & FLAG.onTarget ? target : readSet(reader, ids);
  const revoking = readSet(reader, ids);
  return {
    id,
    instanceId,
    clientId,
    clientHost,
    subscription,
    assignor: ASSIGNORS[assignor],
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    epoch,
    previousEpoch,
    target,
    assigned,
    revoking,
    deadlineMs,
    revokeByMs,
    away: (flags & FLAG.away) !== 0,
  };
}

function readTopicNames(reader: Reader): Subscription {
  const topics: string[] = [];
  for (let left = reader.uvarint(); left > 0; left--) topics.push(readText(reader));
  return { topics };
}

function writeSet(writer: Writer, set: PartitionSet, indexes: ReadonlyMap<string, number>): void {
  writer.uvarint(set.size);
  for (const [topicId, partitions] of set) {
    writer.uvarint(indexes.get(topicId)!);
    const runs = runsOf(partitions);
    writer.uvarint(runs.length);
    let end = 0;
    for (const [from, length] of runs) {
      writer.uvarint(from - end);
      writer.uvarint(length);
      end = from + length;
    }
  }
}

function runsOf(partitions: readonly number[]): [from: number, length: number][] {
  const runs: [from: number, length: number][] = [];
  for (const partition of partitions) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === partition) last[1]++;
    else runs.push([partition, 1]);
  }
  return runs;
}

function readSet(reader: Reader, ids: readonly string[]): PartitionSet {
  const topics = reader.uvarint();
  if (topics === 0) return NO_PARTITIONS;
  const set = new Map<string, readonly number[]>();
  for (let left = topics; left > 0; left--) {
    const topicId = ids[reader.uvarint()];
    if (topicId === undefined) throw corrupt('a member holds partitions of a topic that is not listed');
    const partitions: number[] = [];
    let at = 0;
    for (let runs = reader.uvarint(); runs > 0; runs--) {
      at += reader.uvarint();
      const end = at + reader.uvarint();
      if (end > PARTITIONS_MAX) throw corrupt(`a partition number is beyond ${PARTITIONS_MAX}`);
      while (at < end) partitions.push(at++);
    }
    set.set(topicId, partitions);
  }
  return set;
}

function idBytes(topicId: string): Uint8Array {
  const bytes = parseUlid(topicId);
  if (!bytes) throw new GroupError('group_corrupt', `Topic id "${topicId}" is not a ULID of 26 characters.`);
  return bytes;
}
