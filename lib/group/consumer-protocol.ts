import { BytesError, Reader } from '../bytes/index.ts';
import type { ClassicGroup, ClassicMember } from './classic-state.ts';

/*
 * What consumers tell each other through a classic group, as far as the group itself needs it: which topics are in use,
 * and who has which partition. Source: Kafka's ConsumerProtocolSubscription and ConsumerProtocolAssignment, whose first
 * fields are the same in all versions: a version, then the array that is read here.
 */

/** The protocol type of consumers; the bytes of others (Connect's workers) are their own business. */
export const CONSUMER_PROTOCOL = 'consumer';

/** A topic of an assignment, by name: clients assign by names. */
export interface NamedPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Names of the topics that a consumer subscribes to; none where its bytes are no subscription. */
export function subscribedTopics(group: ClassicGroup, member: ClassicMember): readonly string[] {
  const protocol = member.protocols.find(({ name }) => name === group.protocol) ?? member.protocols[0];
  if (group.protocolType !== CONSUMER_PROTOCOL || !protocol) return [];
  return reading(protocol.metadata, (reader) => elements(reader, text));
}

/** What the leader gave a consumer; nothing where its bytes are no assignment. */
export function assignedPartitions(group: ClassicGroup, { assignment }: ClassicMember): readonly NamedPartitions[] {
  if (group.protocolType !== CONSUMER_PROTOCOL || assignment.length === 0) return [];
  return reading(assignment, (reader) =>
    elements(reader, () => ({ topic: text(reader), partitions: elements(reader, () => reader.i32()) })),
  );
}

/** Clients may send any bytes: those that are not what they should be say nothing, and nobody is the worse for it. */
function reading<T>(bytes: Uint8Array, read: (reader: Reader) => T[]): T[] {
  try {
    const reader = new Reader(bytes);
    reader.i16();
    return read(reader);
  } catch (error) {
    if (error instanceof BytesError) return [];
    throw error;
  }
}

/** Each element takes a byte or more, so a count that lies ends with the bytes. */
function elements<T>(reader: Reader, read: (reader: Reader) => T): T[] {
  const all: T[] = [];
  for (let left = reader.i32(); left > 0; left--) all.push(read(reader));
  return all;
}

function text(reader: Reader): string {
  return Buffer.from(reader.view(Math.max(0, reader.i16()))).toString('utf8');
}
