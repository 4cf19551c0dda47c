import { KafkaProtocolError } from '../errors.ts';
import {
  type ConsumerProtocolAssignment,
  readConsumerProtocolAssignment,
  writeConsumerProtocolAssignment,
} from './generated/consumer-protocol-assignment.ts';
import {
  type ConsumerProtocolSubscription,
  readConsumerProtocolSubscription,
  writeConsumerProtocolSubscription,
} from './generated/consumer-protocol-subscription.ts';
import { KafkaReader, type Read, reading } from './reader.ts';
import { KafkaWriter, type Write, writing } from './writer.ts';

/** The newest version that is read field by field; what is newer begins like it (KIP-429). */
const VERSION_MAX = 3;
const LENGTH_BYTES = 4;

/**
 * What a consumer says in JoinGroup's `metadata`: the topics that it wants and the partitions that it has.
 *
 * @throws KafkaProtocolError for bytes that are no subscription.
 */
export function decodeSubscription(bytes: Uint8Array): ConsumerProtocolSubscription {
  return decode('Consumer protocol subscription', bytes, readConsumerProtocolSubscription);
}

/** @throws KafkaProtocolError for fields that `version` has no place for. */
export function encodeSubscription(version: number, subscription: ConsumerProtocolSubscription): Uint8Array {
  return encode('Consumer protocol subscription', version, subscription, writeConsumerProtocolSubscription);
}

/**
 * What SyncGroup's `assignment` tells a consumer: its partitions.
 *
 * @throws KafkaProtocolError for bytes that are no assignment.
 */
export function decodeAssignment(bytes: Uint8Array): ConsumerProtocolAssignment {
  return decode('Consumer protocol assignment', bytes, readConsumerProtocolAssignment);
}

/** @throws KafkaProtocolError for fields that `version` has no place for. */
export function encodeAssignment(version: number, assignment: ConsumerProtocolAssignment): Uint8Array {
  return encode('Consumer protocol assignment', version, assignment, writeConsumerProtocolAssignment);
}

function decode<T>(what: string, bytes: Uint8Array, read: Read<T>): T {
  return reading(what, () => {
    const reader = new KafkaReader(bytes, 0, false);
    const version = reader.i16();
    if (version < 0) throw new KafkaProtocolError('kafka_version', `Version ${version}; at least 0 is right.`);
    return read(reader, Math.min(version, VERSION_MAX));
  });
}

function encode<T>(what: string, version: number, value: T, write: Write<T>): Uint8Array {
  const writer = new KafkaWriter(false);
  writing(what, () => {
    writer.i16(version);
    write(writer, version, value);
  });
  return Buffer.concat(writer.frame().parts).subarray(LENGTH_BYTES);
}
