import { parseUlid, ulidText } from '../bytes/index.ts';

/** Our topic ids are ULIDs; Kafka's are UUIDs, of 16 bytes as well. Here as 32 hexadecimal digits, as the codec has them. */
export function kafkaTopicId(topicId: string): string {
  return Buffer.from(parseUlid(topicId) ?? new Uint8Array(16)).toString('hex');
}

/** The ULID of a Kafka topic id. */
export function topicIdOf(uuid: string): string {
  return ulidText(Buffer.from(uuid, 'hex'));
}
