import { GroupError } from './errors.ts';

/** As Kafka's topic names: keys and file names made of it stay short. */
const GROUP_NAME_BYTES_MAX = 249;
/** Kafka's own limit. */
const TOPIC_NAME_BYTES_MAX = 249;
/** Member, instance and client ids: Kafka's own are 22 to 60 bytes; each stands in the group's item. */
const ID_BYTES_MAX = 249;
/** Kafka's default of `offset.metadata.max.bytes`. */
const METADATA_BYTES_MAX = 4_096;
/** Each member costs 50 to 200 bytes in the group's one item, and a write per third of its session. */
export const MEMBERS_MAX = 1_000;
/** Names in one member's subscription. */
export const SUBSCRIPTION_TOPICS_MAX = 1_000;
/** Kafka's defaults: `session.timeout.ms`, and `max.poll.interval.ms` as the rebalance time-out. */
export const SESSION_TIMEOUT_MS = { min: 1_000, default: 45_000, max: 1_800_000 } as const;
export const REBALANCE_TIMEOUT_MS = { min: 1_000, default: 300_000, max: 1_800_000 } as const;

const CONTROL = /\p{Cc}/u;

/** What is wrong with `text` as a name or id, or undefined. Lone surrogates are not UTF-8. */
function flaw(text: string, bytesMax: number): string | undefined {
  if (text === '') return 'is empty';
  if (!text.isWellFormed()) return 'is not well-formed Unicode';
  if (CONTROL.test(text)) return 'contains a control character';
  const sizeBytes = Buffer.byteLength(text);
  return sizeBytes > bytesMax ? `has ${sizeBytes} bytes; at most ${bytesMax} are allowed` : undefined;
}

/** @throws GroupError group_name_invalid unless `name` is 1 to 249 bytes of UTF-8 without control characters */
export function checkGroupName(name: string): void {
  const wrong = flaw(name, GROUP_NAME_BYTES_MAX);
  if (wrong) throw new GroupError('group_name_invalid', `Group name ${quoted(name)} ${wrong}.`);
}

/** @throws GroupError member_invalid unless `id` is 1 to 249 bytes of UTF-8 without control characters */
export function checkId(what: 'member id' | 'instance id' | 'client id', id: string): void {
  const wrong = flaw(id, ID_BYTES_MAX);
  if (wrong) throw new GroupError('member_invalid', `The ${what} ${quoted(id)} ${wrong}.`);
}

/** @throws GroupError subscription_invalid for a name that no topic can have */
export function checkTopicName(name: string): void {
  const wrong = flaw(name, TOPIC_NAME_BYTES_MAX);
  if (wrong) throw new GroupError('subscription_invalid', `Topic name ${quoted(name)} ${wrong}.`);
}

/** @throws GroupError member_invalid unless `ms` is a whole number within the limits */
export function checkTimeout(what: 'session' | 'rebalance', ms: number): void {
  const { min, max } = what === 'session' ? SESSION_TIMEOUT_MS : REBALANCE_TIMEOUT_MS;
  if (Number.isInteger(ms) && ms >= min && ms <= max) return;
  throw new GroupError(
    'member_invalid',
    `The ${what} time-out ${ms} is not a whole number of ms from ${min} to ${max}.`,
  );
}

/** @throws GroupError offset_invalid, metadata_too_large */
export function checkOffset(offset: number, metadata?: string): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new GroupError('offset_invalid', `Offset ${offset} is not a whole number from 0 to 2^53-1.`);
  }
  if (metadata === undefined) return;
  const sizeBytes = Buffer.byteLength(metadata);
  if (sizeBytes > METADATA_BYTES_MAX) {
    throw new GroupError(
      'metadata_too_large',
      `Metadata of ${sizeBytes} bytes; at most ${METADATA_BYTES_MAX} go with an offset.`,
    );
  }
}

/** A text from outside as it may stand in a message: shortened, control characters escaped. */
export function quoted(text: string): string {
  const shown = JSON.stringify(text.toWellFormed());
  return shown.length > 80 ? `${shown.slice(0, 77)}…"` : shown;
}
