import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Reader, Writer } from '../bytes/index.ts';
import type { ClassicGroup, ClassicMember, ClassicPhase, ClassicProtocol } from './classic-state.ts';
import { GroupError } from './errors.ts';
import { corrupt, readText, writeText } from './stored-text.ts';

/*
 * The classic half of a group as bytes: how many, whether they are deflated, and they. What clients tell each other
 * (metadata, assignments) is mostly the names of the same topics over and over, and shrinks to a few per cent: more
 * members fit into the one item, and a write costs less.
 */

/** Deflating less than this saves no write unit (1 KB). */
const DEFLATE_FROM_BYTES = 1_024;
/** Undeflated; bounds the work that a stored item makes. Deflated it must fit into the item all the same. */
export const CLASSIC_BYTES_MAX = 2 * 1024 * 1024;
/** zlib's fastest: within a tenth of the best for such bytes. */
const DEFLATE_LEVEL = 1;

const PHASES: readonly ClassicPhase[] = ['empty', 'joining', 'syncing', 'stable'];
const FLAG = { instance: 1, client: 2, joined: 4, synced: 8 } as const;
const FLAGS_KNOWN = 15;

/** @throws GroupError group_too_large */
export function writeClassic(writer: Writer, group: ClassicGroup): void {
  const plain = new Writer(1_024);
  writeGroup(plain, group);
  const bytes = plain.view();
  if (bytes.length > CLASSIC_BYTES_MAX) {
    throw new GroupError(
      'group_too_large',
      `The metadata and assignments of the group's members have ${bytes.length} bytes; at most ${CLASSIC_BYTES_MAX} are allowed: use fewer members, or fewer topics per member.`,
    );
  }
  const deflated = bytes.length >= DEFLATE_FROM_BYTES;
  const stored = deflated ? deflateRawSync(bytes, { level: DEFLATE_LEVEL }) : bytes;
  writer.u8(deflated ? 1 : 0);
  writer.uvarint(stored.length);
  writer.raw(stored);
}

/** @throws GroupError group_corrupt; BytesError where bytes are missing */
export function readClassic(reader: Reader): ClassicGroup {
  const deflated = reader.u8();
  if (deflated > 1) throw corrupt(`its classic half has the unknown form ${deflated}`);
  const stored = reader.view(reader.uvarint());
  const plain = new Reader(deflated === 1 ? inflate(stored) : stored);
  const group = readGroup(plain);
  if (plain.remaining > 0) throw corrupt(`${plain.remaining} bytes are left over in its classic half`);
  return group;
}

function inflate(stored: Uint8Array): Uint8Array {
  try {
    const { buffer, byteOffset, length } = inflateRawSync(stored, { maxOutputLength: CLASSIC_BYTES_MAX });
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    throw corrupt('its classic half can not be inflated', error);
  }
}

function writeGroup(writer: Writer, group: ClassicGroup): void {
  writer.u8(PHASES.indexOf(group.phase));
  writeText(writer, group.protocolType);
  // Neither can be empty where it is there.
  writeText(writer, group.protocol ?? '');
  writeText(writer, group.leader ?? '');
  writer.uvarint(group.generation);
  writer.varint(group.joinFromMs);
  writer.varint(group.byMs);
  writer.uvarint(group.byWithinMs);
  writer.uvarint(group.pending.size);
  for (const [id, untilMs] of group.pending) {
    writeText(writer, id);
    writer.varint(untilMs);
  }
  writer.uvarint(group.members.size);
  for (const member of group.members.values()) writeMember(writer, member);
}

function readGroup(reader: Reader): ClassicGroup {
  const phase = PHASES[reader.u8()];
  if (phase === undefined) throw corrupt('its phase is unknown');
  const protocolType = readText(reader);
  const protocol = readText(reader) || undefined;
  const leader = readText(reader) || undefined;
  const generation = reader.uvarint();
  const joinFromMs = reader.varint();
  const byMs = reader.varint();
  const byWithinMs = reader.uvarint();
  const pending = new Map<string, number>();
  for (let left = reader.uvarint(); left > 0; left--) pending.set(readText(reader), reader.varint());
  const members = new Map<string, ClassicMember>();
  for (let left = reader.uvarint(); left > 0; left--) {
    const member = readMember(reader);
    members.set(member.id, member);
  }
  return { phase, protocolType, protocol, generation, leader, joinFromMs, byMs, byWithinMs, pending, members };
}

function writeMember(writer: Writer, member: ClassicMember): void {
  writer.u8(
    (member.instanceId === undefined ? 0 : FLAG.instance) |
      (member.clientId === undefined ? 0 : FLAG.client) |
      (member.joined ? FLAG.joined : 0) |
      (member.synced ? FLAG.synced : 0),
  );
  writeText(writer, member.id);
  if (member.instanceId !== undefined) writeText(writer, member.instanceId);
  if (member.clientId !== undefined) writeText(writer, member.clientId);
  writeText(writer, member.clientHost);
  writer.uvarint(member.sessionTimeoutMs);
  writer.uvarint(member.rebalanceTimeoutMs);
  writer.varint(member.deadlineMs);
  writer.uvarint(member.protocols.length);
  for (const { name, metadata } of member.protocols) {
    writeText(writer, name);
    writeBytes(writer, metadata);
  }
  writeBytes(writer, member.assignment);
}

function readMember(reader: Reader): ClassicMember {
  const flags = reader.u8();
  if (flags > FLAGS_KNOWN) throw corrupt(`a classic member has the unknown flags ${flags}`);
  const id = readText(reader);
  const instanceId = flags & FLAG.instance ? readText(reader) : undefined;
  const clientId = flags & FLAG.client ? readText(reader) : undefined;
  const clientHost = readText(reader);
  const sessionTimeoutMs = reader.uvarint();
  const rebalanceTimeoutMs = reader.uvarint();
  const deadlineMs = reader.varint();
  const protocols: ClassicProtocol[] = [];
  for (let left = reader.uvarint(); left > 0; left--) {
    protocols.push({ name: readText(reader), metadata: readBytes(reader) });
  }
  return {
    id,
    instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols,
    assignment: readBytes(reader),
    joined: (flags & FLAG.joined) !== 0,
    synced: (flags & FLAG.synced) !== 0,
    deadlineMs,
  };
}

function writeBytes(writer: Writer, bytes: Uint8Array): void {
  writer.uvarint(bytes.length);
  writer.raw(bytes);
}

function readBytes(reader: Reader): Uint8Array {
  return reader.view(reader.uvarint());
}
