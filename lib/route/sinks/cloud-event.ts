import { envelopeOf, type Json, type RouteEvent, utf8Text } from '../envelope.ts';
import type { EventOrigin } from './bodies.ts';

/** Attributes that a CloudEvent must have. Source: CloudEvents 1.0.2, "Required attributes". */
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;
/** What the bindings for HTTP, AMQP and Kafka all leave of attribute names. */
const ATTRIBUTE_NAME = /^[a-z0-9]{1,20}$/;
/** Headers of an event that is a CloudEvent already. Source: Kafka protocol binding 1.0.2, binary mode. */
const HEADER_PREFIX = 'ce_';

/**
 * An event as CloudEvents 1.0, structured JSON. One that was produced as a CloudEvent (headers `ce_id`, `ce_source`,
 * `ce_type`, `ce_specversion`) keeps its attributes; another gets the topic as source and its place in the log as id, so
 * that each delivery of it has the same.
 *
 * @example
 * cloudEventOf(event, { topicId }); // { specversion: '1.0', id: '…/0/17', source: '/topics/orders', type: 'millrace.event', … }
 */
export function cloudEventOf(event: RouteEvent, origin: EventOrigin): { readonly [name: string]: Json } {
  const { key, timestamp, value, partition, offset } = envelopeOf(event);
  const own = ownAttributes(event);
  const contentType = headerText(event, 'content-type');
  return {
    specversion: '1.0',
    id: `${origin.topicId}/${partition}/${offset}`,
    source: `/topics/${event.topic}`,
    type: 'millrace.event',
    ...(Number.isNaN(Date.parse(timestamp)) ? {} : { time: timestamp }),
    ...(key === null || key === '' ? {} : { partitionkey: key }),
    ...own,
    ...dataOf(event, value, contentType),
  };
}

/** The attributes that headers give it, where they make a whole CloudEvent. */
function ownAttributes(event: RouteEvent): Record<string, string> {
  const found = event.headers.flatMap(([name]) => {
    const attribute = name.startsWith(HEADER_PREFIX) ? name.slice(HEADER_PREFIX.length) : '';
    const text = ATTRIBUTE_NAME.test(attribute) && !attribute.startsWith('data') && headerText(event, name);
    return text ? [[attribute, text] as const] : [];
  });
  const attributes = Object.fromEntries(found);
  return REQUIRED.every((name) => attributes[name]) && attributes.specversion === '1.0' ? attributes : {};
}

/** JSON as it is, text as text, other bytes as base64; no value is no data. */
function dataOf(event: RouteEvent, value: Json, contentType: string | undefined): Record<string, Json> {
  if (event.value === null) return {};
  const text = utf8Text(event.value);
  const type = contentType ? { datacontenttype: contentType } : {};
  if (text === undefined) {
    return { datacontenttype: 'application/octet-stream', ...type, data_base64: String(value) };
  }
  // A text that is JSON too, such as 17, stays the text that its header says it is.
  const isJson =
    contentType === undefined ? value !== text : /^application\/(json\b|[\w.-]+\+json\b)/.test(contentType);
  return isJson
    ? { datacontenttype: 'application/json', ...type, data: value }
    : { datacontenttype: 'text/plain', ...type, data: text };
}

/** The last header of that name, where it is text. */
function headerText(event: RouteEvent, name: string): string | undefined {
  const bytes = event.headers.findLast(([one]) => one.toLowerCase() === name)?.[1];
  return bytes ? utf8Text(bytes) : undefined;
}
