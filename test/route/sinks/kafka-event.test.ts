import type { MSKEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { eventOverheadBytes, eventText, readAnswer, recordText } from '../../../lib/route/sinks/kafka-event.ts';
import { eventAt } from './events.ts';

const SOURCE = { arn: 'arn:aws:kafka:us-east-1:123456789012:cluster/a/b-1', bootstrapServers: 'b-1:9092,b-2:9092' };

describe("an event in the shape of Kafka's event source mappings", () => {
  test('has records by topic and partition, base64, and headers as arrays of signed bytes', () => {
    const headers: [string, Uint8Array | null][] = [
      ['trace', Buffer.from('ë')],
      ['trace', null],
    ];
    const record = recordText(eventAt(15, { key: Buffer.from('k'), value: Buffer.from('Hello'), headers }));
    const event = JSON.parse(eventText(SOURCE, 'orders-0', [record])) as MSKEvent;
    expect(event).toEqual({
      eventSource: 'aws:kafka',
      eventSourceArn: SOURCE.arn,
      bootstrapServers: 'b-1:9092,b-2:9092',
      records: {
        'orders-0': [
          {
            topic: 'orders',
            partition: 0,
            offset: 15,
            timestamp: 1_790_000_000_000,
            timestampType: 'CREATE_TIME',
            key: 'aw==',
            value: 'SGVsbG8=',
            headers: [{ trace: [-61, -85] }, { trace: null }],
          },
        ],
      },
    });
  });

  test('has no key and no value where the event has none, and no ARN where the source is self-managed', () => {
    const record = recordText(eventAt(1, { value: null }));
    const text = eventText({ ...SOURCE, arn: undefined }, 'orders-0', [record, record]);
    const event = JSON.parse(text) as Record<string, unknown>;
    expect(event).toMatchObject({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b-1:9092,b-2:9092' });
    expect(event).not.toHaveProperty('eventSourceArn');
    const [first, second] = (event.records as Record<string, object[]>)['orders-0']!;
    expect(first).not.toHaveProperty('key');
    expect(first).not.toHaveProperty('value');
    expect(second).toEqual(first);
  });

  test('takes as many bytes as its records, their commas, and what was said to be around them', () => {
    const records = [0, 1, 2].map((offset) => recordText(eventAt(offset, { key: Buffer.from('ключ') })));
    const inside = records.reduce((sum, text) => sum + Buffer.byteLength(text), 0) + records.length - 1;
    const all = Buffer.byteLength(eventText(SOURCE, 'orders-0', records));
    expect(all).toBe(inside + eventOverheadBytes(SOURCE, 'orders-0'));
  });
});

describe("a function's answer", () => {
  const read = (answer: unknown) =>
    readAnswer(Buffer.from(JSON.stringify(answer) ?? ''), 'orders-0', new Set([15, 16, 17]));
  const failing = (...items: unknown[]) =>
    read({ batchItemFailures: items.map((itemIdentifier) => ({ itemIdentifier })) });

  test.each([
    [undefined],
    [null],
    ['ok'],
    [[1]],
    [{}],
    [{ statusCode: 500 }],
    [{ batchItemFailures: [] }],
    [{ batchItemFailures: null }],
  ])('says that all is well: %j', (answer) => {
    expect(read(answer)).toBe('all');
  });

  test('says that all is well where it is no JSON', () => {
    expect(readAnswer(Buffer.from('<ok/>'), 'orders-0', new Set([15]))).toBe('all');
  });

  test.each([
    [{ 'topic-partition': 'orders-0', offset: 16 }],
    [{ partition: 'orders-0', offset: 16 }],
    [{ topic: 'orders', partition: 0, offset: 16 }],
    [{ topic: 'orders', partition: '0', offset: '16' }],
    ['orders-0-16'],
  ])('names what failed: %j', (identifier) => {
    expect(failing(identifier)).toEqual({ failedFrom: 16 });
  });

  test('counts from the lowest offset that it names', () => {
    expect(failing('orders-0-17', 'orders-0-15', 'orders-0-16')).toEqual({ failedFrom: 15 });
  });

  test.each([
    [''],
    [null],
    [16],
    ['orders-1-16'],
    ['orders-0-99'],
    [{ offset: 16 }],
    [{ 'topic-partition': 'orders-0' }],
  ])('fails all where it names none of the records: %j', (identifier) => {
    expect(failing(identifier)).toBe('unclear');
    expect(failing('orders-0-16', identifier)).toBe('unclear');
  });
});
