import { createHash } from 'node:crypto';
import { type RouteEvent, utf8Text } from '../envelope.ts';
import type { Outcome, SinkBatch, SinkContext } from '../sink.ts';
import { type BodyFormat, isMessageText, keyText, textBody } from './bodies.ts';
import type { Entry } from './entries.ts';

/** An attribute of a message, as SQS and SNS both have it. */
export interface MessageAttribute {
  readonly DataType: 'String' | 'Number' | 'Binary';
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

/** A message of SQS or SNS. */
export interface Message {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** For FIFO queues and topics alone. */
  readonly fifo: { readonly groupId: string; readonly deduplicationId: string } | undefined;
}

export interface MessageOptions {
  readonly fifo: boolean;
  readonly format: BodyFormat;
  /** Bytes of body and attributes; headers that do not fit are left out. */
  readonly sizeBytesMax: number;
}

/** Source: SQS developer guide, "Message attributes"; SNS passes no more on to a queue with raw delivery. */
const ATTRIBUTES_MAX = 10;
/** Names begin with none of these: the first two are reserved, the third is ours. */
const RESERVED_NAME = /^(aws\.|amazon\.|millrace\.)/i;
const ATTRIBUTE_NAME = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/;
/** What group and deduplication ids may be. Source: SQS API reference, SendMessage. */
const FIFO_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/**
 * An event as a message: its body in the given format; attributes `millrace.topic`, `.partition`, `.offset`,
 * `.timestamp` (ms), `.key`, `.value` (where the body stands for a value: `base64`, `null`, `empty`), and under their own
 * names as many headers as fit.
 */
export function messageOf(
  event: RouteEvent,
  { topicId }: SinkBatch,
  { run }: SinkContext,
  { fifo, format, sizeBytesMax }: MessageOptions,
): Entry<Message> | Outcome {
  const { text: body, stand } = textBody(event, format, { topicId });
  const attributes: Record<string, MessageAttribute> = {
    'millrace.topic': { DataType: 'String', StringValue: event.topic },
    'millrace.partition': { DataType: 'Number', StringValue: String(event.partition) },
    'millrace.offset': { DataType: 'Number', StringValue: String(event.offset) },
    'millrace.timestamp': { DataType: 'Number', StringValue: String(event.timestampMs) },
    ...(event.key?.length ? { 'millrace.key': attributeOf(event.key) } : {}),
    ...(stand ? { 'millrace.value': { DataType: 'String', StringValue: stand } } : {}),
  };
  let sizeBytes = Buffer.byteLength(body);
  for (const [name, attribute] of Object.entries(attributes)) sizeBytes += attributeBytes(name, attribute);
  for (const [name, attribute] of headerAttributes(event)) {
    const withIt = sizeBytes + attributeBytes(name, attribute);
    if (Object.keys(attributes).length === ATTRIBUTES_MAX || withIt > sizeBytesMax) break;
    attributes[name] = attribute;
    sizeBytes = withIt;
  }
  const place = `${run}/${topicId}/${event.partition}/${event.offset}`;
  const ids = fifo ? { groupId: groupIdOf(event), deduplicationId: fifoId(place) } : undefined;
  return { content: { body, attributes, fifo: ids }, sizeBytes };
}

/**
 * The group of a FIFO queue or topic in which an event keeps its order: its key, hashed where a group's id cannot be it;
 * without a key, its partition.
 *
 * @example
 * groupIdOf({ ...event, key: Buffer.from('a b') }); // 'sha256:C8aG…', as ids have no spaces
 */
export function groupIdOf(event: RouteEvent): string {
  return fifoId(keyText(event) ?? `${event.topic}-${event.partition}`);
}

function fifoId(text: string): string {
  return FIFO_ID.test(text) ? text : `sha256:${createHash('sha256').update(text).digest('base64url')}`;
}

/** Headers that can be attributes, in their order; of those with one name the last. */
function headerAttributes({ headers }: RouteEvent): Map<string, MessageAttribute> {
  const found = new Map<string, MessageAttribute>();
  for (const [name, bytes] of headers) {
    // Attributes have no empty values.
    if (!ATTRIBUTE_NAME.test(name) || RESERVED_NAME.test(name)) continue;
    if (bytes?.length) found.set(name, attributeOf(bytes));
    else found.delete(name);
  }
  return found;
}

function attributeOf(bytes: Uint8Array): MessageAttribute {
  const text = utf8Text(bytes);
  return text !== undefined && isMessageText(text)
    ? { DataType: 'String', StringValue: text }
    : { DataType: 'Binary', BinaryValue: bytes };
}

/** What an attribute adds to a message: name, type and value. Source: SQS developer guide, "Message attributes". */
function attributeBytes(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): number {
  return name.length + DataType.length + (BinaryValue?.length ?? Buffer.byteLength(StringValue ?? ''));
}
