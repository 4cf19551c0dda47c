import { envelopeOf, type RouteEvent, textOrBase64, utf8Text } from '../envelope.ts';
import { oneOf, type Setting, setting } from '../setting.ts';
import { cloudEventOf } from './cloud-event.ts';

/**
 * What an event looks like at a destination:
 * - `value`: its value alone, as it is.
 * - `envelope`: JSON of all of it, the shape that filters and transforms see.
 * - `cloudevents`: CloudEvents 1.0, structured JSON.
 */
export type BodyFormat = 'value' | 'envelope' | 'cloudevents';

/** Where an event comes from, as bodies and ids name it. */
export interface EventOrigin {
  readonly topicId: string;
}

/** The setting `<sink>.format`. */
export function formatSetting(name: string, group: string): Setting<BodyFormat> {
  return setting(name, {
    type: 'STRING',
    defaultText: 'value',
    group,
    documentation: 'value: the value alone. envelope: JSON of the whole event. cloudevents: CloudEvents 1.0, as JSON.',
    parse: oneOf('value', 'envelope', 'cloudevents'),
  });
}

/**
 * How a text stands for a value that is not such a text itself: `base64` of its bytes; `null` for no value (a tombstone);
 * `empty` for no bytes, as services refuse empty bodies.
 */
export type Stand = 'base64' | 'null' | 'empty';

export interface TextBody {
  readonly text: string;
  /** Undefined where the text is the value itself. */
  readonly stand: Stand | undefined;
}

/** The characters of XML 1.0, which is all that messages of SQS and SNS may hold. Source: API reference, SendMessage. */
const NO_MESSAGE_TEXT = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether a message may hold this text. */
export function isMessageText(text: string): boolean {
  return !NO_MESSAGE_TEXT.test(text);
}

/**
 * An event as text for a service of messages, never empty.
 *
 * @example
 * textBody({ ...event, value: Buffer.from([0xff]) }, 'value', { topicId }); // { text: '/w==', stand: 'base64' }
 */
export function textBody(event: RouteEvent, format: BodyFormat, origin: EventOrigin): TextBody {
  if (format !== 'value') return { text: jsonText(event, format, origin), stand: undefined };
  if (event.value === null) return { text: 'null', stand: 'null' };
  if (event.value.length === 0) return { text: '""', stand: 'empty' };
  const text = utf8Text(event.value);
  if (text !== undefined && isMessageText(text)) return { text, stand: undefined };
  return { text: asBuffer(event.value).toString('base64'), stand: 'base64' };
}

/** An event as bytes, for services that take any; no value is no bytes. */
export function bytesBody(event: RouteEvent, format: BodyFormat, origin: EventOrigin): Uint8Array {
  return format === 'value' ? (event.value ?? new Uint8Array(0)) : Buffer.from(jsonText(event, format, origin));
}

function jsonText(event: RouteEvent, format: Exclude<BodyFormat, 'value'>, origin: EventOrigin): string {
  const json = format === 'envelope' ? { ...envelopeOf(event) } : cloudEventOf(event, origin);
  // JSON escapes all other characters that a message may not hold; in JSON these stand in strings alone.
  return JSON.stringify(json).replaceAll('\ufffe', '\\ufffe').replaceAll('\uffff', '\\uffff');
}

/** The key as text, base64 where it is not UTF-8. */
export function keyText(event: RouteEvent): string | undefined {
  return event.key === null ? undefined : textOrBase64(event.key);
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
