import { describe, expect, test } from 'vitest';
import type { RouteEvent } from '../../../lib/route/envelope.ts';
import type { BodyFormat } from '../../../lib/route/sinks/bodies.ts';
import { bytesBody, isMessageText, textBody } from '../../../lib/route/sinks/bodies.ts';
import { cloudEventOf } from '../../../lib/route/sinks/cloud-event.ts';
import { groupIdOf, type Message, messageOf } from '../../../lib/route/sinks/messages.ts';
import { batchOf, contextOf, eventAt, TOPIC_ID } from './events.ts';

const origin = { topicId: TOPIC_ID };

function message(event: RouteEvent, { fifo = false, format = 'value' as BodyFormat, sizeBytesMax = 10_000 } = {}) {
  const made = messageOf(event, batchOf([event]), contextOf(), { fifo, format, sizeBytesMax });
  if ('is' in made) throw new Error(`The event became ${JSON.stringify(made)}.`);
  return made;
}

describe('the body', () => {
  test.each([
    ['a text', 'é {}', { text: 'é {}', stand: undefined }],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe]), { text: '//4=', stand: 'base64' }],
    ['a text with a character that SQS forbids', 'a\0b', { text: 'YQBi', stand: 'base64' }],
    ['no value', null, { text: 'null', stand: 'null' }],
    ['no bytes', '', { text: '""', stand: 'empty' }],
  ])('of %s says what it is', (_, value, body) => {
    const event = eventAt(0, { value: typeof value === 'string' ? Buffer.from(value) : value });
    expect(textBody(event, 'value', origin)).toEqual(body);
  });

  test('as an envelope is JSON of all of it, of characters that SQS takes', () => {
    const event = eventAt(7, { key: Buffer.from('a'), value: Buffer.from('"\uffff\\u0001"'), headers: [] });
    const { text } = textBody(event, 'envelope', origin);
    expect(isMessageText(text)).toBe(true);
    expect(JSON.parse(text)).toEqual({
      topic: 'orders',
      partition: 0,
      offset: 7,
      timestamp: '2026-09-21T14:13:20.000Z',
      timestampMs: 1_790_000_000_000,
      key: 'a',
      headers: {},
      value: '\uffff\u0001',
    });
  });

  test('as bytes is the value itself, whatever it holds', () => {
    expect(bytesBody(eventAt(0, { value: Buffer.from([0, 255]) }), 'value', origin)).toEqual(Buffer.from([0, 255]));
    expect(bytesBody(eventAt(0, { value: null }), 'value', origin)).toHaveLength(0);
  });
});

describe('a CloudEvent', () => {
  const base = { specversion: '1.0', id: `${TOPIC_ID}/0/3`, source: '/topics/orders', type: 'millrace.event' };
  const time = '2026-09-21T14:13:20.000Z';

  test.each<[string, Partial<RouteEvent>, object]>([
    [
      'JSON',
      { key: Buffer.from('k'), value: Buffer.from('{"a":1}') },
      { partitionkey: 'k', datacontenttype: 'application/json', data: { a: 1 } },
    ],
    ['text', { value: Buffer.from('plain') }, { datacontenttype: 'text/plain', data: 'plain' }],
    [
      'text that looks like JSON',
      { value: Buffer.from('17'), headers: [['content-type', Buffer.from('text/csv')]] },
      { datacontenttype: 'text/csv', data: '17' },
    ],
    ['bytes', { value: Buffer.from([255]) }, { datacontenttype: 'application/octet-stream', data_base64: '/w==' }],
    ['nothing', { value: null }, {}],
  ])('of %s has the right data', (_, of, data) => {
    expect(cloudEventOf(eventAt(3, of), origin)).toEqual({ ...base, time, ...data });
  });

  test('that was produced as one keeps its attributes', () => {
    const of = { ce_specversion: '1.0', ce_id: 'i', ce_source: '/s', ce_type: 't', ce_traceid: 'x', ce_BAD: 'y' };
    const headers = Object.entries(of).map(([name, text]) => [name, Buffer.from(text)] as const);
    expect(cloudEventOf(eventAt(3, { headers }), origin)).toEqual({
      ...{ specversion: '1.0', id: 'i', source: '/s', type: 't', traceid: 'x', time },
      ...{ datacontenttype: 'application/json', data: { n: 3 } },
    });
  });

  test('is not made of headers that leave out what one must have', () => {
    const headers = [['ce_id', Buffer.from('i')]] as const;
    expect(cloudEventOf(eventAt(3, { headers }), origin)).toMatchObject(base);
  });
});

describe('attributes of a message', () => {
  test('say where the event comes from, and hold its headers under their own names', () => {
    const headers = [
      ['kind', Buffer.from('refund')],
      ['kind', Buffer.from('order')],
      ['raw', Buffer.from([255])],
    ] as const;
    const { attributes } = message(eventAt(5, { key: Buffer.from('k'), headers })).content;
    expect(attributes).toEqual({
      'millrace.topic': { DataType: 'String', StringValue: 'orders' },
      'millrace.partition': { DataType: 'Number', StringValue: '0' },
      'millrace.offset': { DataType: 'Number', StringValue: '5' },
      'millrace.timestamp': { DataType: 'Number', StringValue: '1790000000000' },
      'millrace.key': { DataType: 'String', StringValue: 'k' },
      kind: { DataType: 'String', StringValue: 'order' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from([255]) },
    });
  });

  test('leave out headers that SQS could not have: by name, without a value', () => {
    const names = ['AWS.trace', 'amazon.x', 'millrace.topic', '.a', 'a.', 'a..b', 'a b', '', 'x'.repeat(257)];
    const headers = [...names.map((name) => [name, Buffer.from('v')] as const), ['none', null] as const];
    const { attributes } = message(eventAt(5, { headers })).content;
    expect(Object.keys(attributes).filter((name) => !name.startsWith('millrace.'))).toEqual([]);
    expect(attributes['millrace.topic']?.StringValue).toBe('orders');
  });

  test('are ten at most, and no more than the size allows', () => {
    const headers = Array.from({ length: 20 }, (_, n) => [`h${n}`, Buffer.from('v')] as const);
    const { content } = message(eventAt(5, { key: Buffer.from('k'), headers }));
    expect(Object.keys(content.attributes).slice(5)).toEqual(['h0', 'h1', 'h2', 'h3', 'h4']);
    const { sizeBytes: bare } = message(eventAt(5));
    const tight = message(eventAt(5, { headers }), { sizeBytesMax: bare + 9 + 8 });
    // A header is its name, the word String and its value.
    expect(tight.sizeBytes).toBe(bare + 9);
    expect(Object.keys(tight.content.attributes)).toContain('h0');
  });
});

describe('a message of a FIFO queue', () => {
  const fifoOf = (event: RouteEvent): NonNullable<Message['fifo']> => message(event, { fifo: true }).content.fifo!;

  test('has its key as group, or a hash where a group cannot be called so', () => {
    const groups = ['order-1', 'a b', 'ä', 'x'.repeat(129), ''].map((key) => {
      return groupIdOf(eventAt(0, { key: Buffer.from(key) }));
    });
    expect(groups[0]).toBe('order-1');
    for (const group of groups.slice(1)) expect(group).toMatch(/^sha256:[\w-]{43}$/);
    expect(new Set(groups).size).toBe(5);
  });

  test('without a key is in the group of its partition', () => {
    expect(fifoOf(eventAt(1)).groupId).toBe('orders-0');
    expect(fifoOf(eventAt(2, { partition: 3 })).groupId).toBe('orders-3');
  });

  test('has one deduplication id however often it comes, and another at each place', () => {
    const ids = [eventAt(1), eventAt(1), eventAt(2), eventAt(1, { partition: 1 })].map((event) => fifoOf(event));
    expect(ids[0]!.deduplicationId).toBe(`01K9ROUTE/1/${TOPIC_ID}/0/1`);
    expect(ids[1]).toEqual(ids[0]);
    expect(new Set(ids.map(({ deduplicationId }) => deduplicationId)).size).toBe(3);
  });
});
