import {
  BatchBuilder,
  type BatchInfo,
  batchHeader,
  checkBatches,
  DEFAULT_LIMITS,
  forEachRecord,
  recodeBatch,
  stampLogAppendTime,
} from '../record/index.ts';
import { TopicError } from './errors.ts';
import type { EventIn } from './events.ts';
import type { TopicInfo } from './topics.ts';

/** Whole batches with what is known of them, ready to append. */
export interface Batches {
  batches: Uint8Array;
  infos: BatchInfo[];
}

/** More than a record's own numbers take, however large they are; keeps estimates on the safe side. */
const RECORD_EXTRA_BYTES = 80;
const HEADERS_MAX = 1_000;

/**
 * Builds batches, none larger than the topic's limit, from those of `events` that `indexes` names, in their order.
 *
 * @throws TopicError `message_too_large`, `key_required`, `event_invalid`
 */
export function buildBatches(
  topic: TopicInfo,
  events: readonly EventIn[],
  indexes: readonly number[],
  nowMs: number,
): Batches {
  const { settings } = topic;
  const stamp = settings.timestampType === 'LogAppendTime';
  const codec = settings.compression === 'producer' ? 'none' : settings.compression;
  const built: Uint8Array[] = [];
  let builder = new BatchBuilder({ codec });
  const finish = () => {
    const batch = builder.build();
    if (stamp) stampLogAppendTime(batch, 0, nowMs);
    built.push(batch);
    builder = new BatchBuilder({ codec });
  };
  for (const index of indexes) {
    const event = events[index]!;
    checkEvent(topic, event, index);
    if (builder.recordCount > 0 && builder.sizeBytes + sizeOf(event) > settings.maxMessageBytes) finish();
    builder.append(event.key, event.value, stamp ? nowMs : (event.timestampMs ?? nowMs), event.headers);
    if (builder.recordCount === 1 && builder.sizeBytes > settings.maxMessageBytes)
      throw tooLarge(topic, builder.sizeBytes, index);
  }
  if (builder.recordCount > 0) finish();
  const batches = built.length === 1 ? built[0]! : Buffer.concat(built);
  return { batches, infos: headersOf(batches) };
}

/** What every batch has beside its records, and room for what its numbers take. */
const BATCH_EXTRA_BYTES = 128;

/**
 * Why an event can never be in the topic as it is set now, or undefined: what `buildBatches` would throw for it.
 */
export function eventRefusal(topic: TopicInfo, event: EventIn, index: number): TopicError | undefined {
  try {
    checkEvent(topic, event, index);
    // Only what is near the limit, or over it, is measured by building it.
    if (sizeOf(event) + BATCH_EXTRA_BYTES > topic.settings.maxMessageBytes) buildBatches(topic, [event], [0], 0);
    return undefined;
  } catch (error) {
    if (error instanceof TopicError) return error;
    throw error;
  }
}

function checkEvent(topic: TopicInfo, event: EventIn, index: number): void {
  if (event.key === null && topic.settings.compact) throw keyRequired(topic, `Event ${index}`);
  const { timestampMs, headers } = event;
  if (timestampMs !== undefined && !(Number.isSafeInteger(timestampMs) && timestampMs >= 0)) {
    throw new TopicError(
      'event_invalid',
      `Event ${index} has the timestamp ${timestampMs}; milliseconds since 1970 are due.`,
    );
  }
  if (headers && headers.length > HEADERS_MAX) {
    throw new TopicError('event_invalid', `Event ${index} has ${headers.length} headers; ${HEADERS_MAX} are allowed.`);
  }
}

function sizeOf(event: EventIn): number {
  let bytes = RECORD_EXTRA_BYTES + (event.key?.length ?? 0) + (event.value?.length ?? 0);
  for (const [name, value] of event.headers ?? []) bytes += name.length * 3 + (value?.length ?? 0) + 10;
  return bytes;
}

function headersOf(batches: Uint8Array): BatchInfo[] {
  const infos: BatchInfo[] = [];
  for (let at = 0; at < batches.length; ) {
    const info = batchHeader(batches, at);
    infos.push(info);
    at += info.lengthBytes;
  }
  return infos;
}

/**
 * Checks batches as they came and makes of them what the topic asks for: its compression, its timestamps. Bytes of a
 * topic that asks for nothing pass as they are.
 *
 * @throws RecordError; TopicError `message_too_large`, `key_required`, `timestamp_invalid`
 */
export function acceptBatches(topic: TopicInfo, given: Uint8Array, nowMs: number): Batches {
  const { settings } = topic;
  let batches = given;
  let infos = checkBatches(given);
  requireSizes(topic, infos);
  if (settings.timestampType === 'CreateTime') for (const info of infos) requireTimes(topic, info, nowMs);
  if (settings.compact) for (const info of infos) requireKeys(topic, given, info);
  const { compression } = settings;
  if (compression !== 'producer' && infos.some((info) => info.codec !== compression)) {
    batches = Buffer.concat(infos.map((info) => recodeBatch(given, info.position, compression)));
    infos = headersOf(batches);
    requireSizes(topic, infos);
  }
  if (settings.timestampType === 'LogAppendTime') {
    for (const info of infos) stampLogAppendTime(batches, info.position, nowMs);
    infos = headersOf(batches);
  }
  return { batches, infos };
}

function requireSizes(topic: TopicInfo, infos: readonly BatchInfo[]): void {
  for (const { lengthBytes } of infos)
    if (lengthBytes > topic.settings.maxMessageBytes) throw tooLarge(topic, lengthBytes);
}

/** By the header alone: the first record's time, and the latest one's. Source: Kafka's LogValidator, which looks at each. */
function requireTimes({ name, settings }: TopicInfo, info: BatchInfo, nowMs: number): void {
  const { baseTimestampMs, maxTimestampMs, control } = info;
  if (control) return;
  const behindMs = nowMs - baseTimestampMs;
  const aheadMs = maxTimestampMs - nowMs;
  // A batch without times has -1.
  if (baseTimestampMs >= 0 && behindMs > settings.timestampBeforeMaxMs) {
    throw new TopicError(
      'timestamp_invalid',
      `A batch begins with a time that is ${behindMs} ms ago; '${name}' allows ${settings.timestampBeforeMaxMs} (message.timestamp.before.max.ms).`,
    );
  }
  if (aheadMs > settings.timestampAfterMaxMs) {
    throw new TopicError(
      'timestamp_invalid',
      `A batch has a time ${aheadMs} ms in the future; '${name}' allows ${settings.timestampAfterMaxMs} (message.timestamp.after.max.ms).`,
    );
  }
}

function requireKeys(topic: TopicInfo, batches: Uint8Array, info: BatchInfo): void {
  if (info.control) return;
  const options = { at: info.position, decompressedBytesMax: DEFAULT_LIMITS.decompressedBytesMax };
  forEachRecord(batches, options, (record) => {
    if (record.keyBytes < 0) throw keyRequired(topic, `A record at offset ${record.offsetDelta} of its batch`);
    return undefined;
  });
}

function keyRequired(topic: TopicInfo, what: string): TopicError {
  return new TopicError(
    'key_required',
    `${what} has no key, and '${topic.name}' is a compacted topic: it keeps the latest event per key.`,
  );
}

function tooLarge(topic: TopicInfo, bytes: number, index?: number): TopicError {
  const what = index === undefined ? 'A batch' : `Event ${index}`;
  return new TopicError(
    'message_too_large',
    `${what} takes ${bytes} bytes; '${topic.name}' allows ${topic.settings.maxMessageBytes} (max.message.bytes).`,
  );
}
