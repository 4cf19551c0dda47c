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
/** Ways to assign that a classic member may know; Kafka's clients name up to four. */
const PROTOCOLS_MAX = 16;
/** Of a classic member's metadata, for all of them: all members' together must fit into the group's item, deflated. */
const JOIN_BYTES_MAX = 256 * 1024;
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

/** Whether a text can be an id: 1 to 249 bytes of UTF-8 without control characters. */
export function isId(id: string): boolean {
  return flaw(id, ID_BYTES_MAX) === undefined;
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

/**
 * What every request to join by the classic protocol must keep to, whatever the group's state.
 * @throws GroupError member_invalid
 */
export function checkClassicJoin(request: {
  readonly instanceId?: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[];
}): void {
  const { instanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols } = request;
  if (instanceId !== undefined) checkId('instance id', instanceId);
  checkTimeout('session', sessionTimeoutMs);
  if (!(rebalanceTimeoutMs >= 0)) {
    throw new GroupError(
      'member_invalid',
      `The rebalance time-out ${rebalanceTimeoutMs} is not a number of ms from 0.`,
    );
  }
  let sizeBytes = Buffer.byteLength(protocolType);
  for (const { name, metadata } of protocols) sizeBytes += Buffer.byteLength(name) + metadata.length;
  if (sizeBytes <= JOIN_BYTES_MAX && protocols.length <= PROTOCOLS_MAX) return;
  throw new GroupError(
    'member_invalid',
    `A member joins with ${protocols.length} protocols and ${sizeBytes} bytes of metadata; at most ${PROTOCOLS_MAX} and ${JOIN_BYTES_MAX} are allowed.`,
  );
}

/**
 * An offset below 0 is kept, as Kafka does: kafkajs commits -1 and -2, and reads them back as the end and the start.
 * @throws GroupError offset_invalid, metadata_too_large
 */
export function checkOffset(offset: number, metadata?: string): void {
  if (!Number.isSafeInteger(offset)) {
    throw new GroupError('offset_invalid', `Offset ${offset} is not a whole number up to 2^53-1.`);
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
