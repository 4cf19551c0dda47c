import type { EventBridgeEvent, S3Event, SNSEvent } from 'aws-lambda';
import { describe, expect, it, test } from 'vitest';
import { parseSource, readSource, SOURCE_KINDS, type SourceConfig, SourceError } from '../../lib/route/index.ts';
import { change, kinesisRecord, message, SENT_AT_MS, textAttributes } from '../functions/deliveries.ts';

/** The one event that a Lambda event becomes, as text. */
function only(event: unknown, config: Omit<SourceConfig, 'topic'>) {
  const all = everyOne(event, config);
  expect(all).toHaveLength(1);
  return all[0]!;
}

function everyOne(event: unknown, config: Omit<SourceConfig, 'topic'>) {
  const { arrivals, reportedAs } = readSource(event, parseSource({ ...config, topic: 't' }));
  return arrivals.map(({ id, lane, events: [one] }, i) => ({
    id,
    lane,
    reportedAs: reportedAs[i],
    key: one!.key && Buffer.from(one!.key).toString(),
    value: one!.value && Buffer.from(one!.value).toString(),
    timestampMs: one!.timestampMs,
    headers: Object.fromEntries(one!.headers!.map(([name, value]) => [name, String(value)])),
  }));
}

const sns: SNSEvent = {
  Records: [
    {
      EventVersion: '1.0',
      EventSubscriptionArn: 'arn:aws:sns:eu-central-1:123456789012:orders:21be56ed',
      EventSource: 'aws:sns',
      Sns: {
        SignatureVersion: '1',
        Timestamp: '2026-01-01T00:00:00.123Z',
        Signature: 'tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi=',
        SigningCertUrl: 'https://sns.eu-central-1.amazonaws.com/cert.pem',
        MessageId: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
        Message: '{"id":7}',
        MessageAttributes: {
          tenant: { Type: 'String', Value: 'acme' },
          raw: { Type: 'Binary', Value: Buffer.from('bytes').toString('base64') },
        },
        Type: 'Notification',
        UnsubscribeUrl: 'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
        TopicArn: 'arn:aws:sns:eu-central-1:123456789012:orders',
        Subject: 'An order',
      },
    },
  ],
};

const bridge: EventBridgeEvent<'Order Paid', { order: { id: number; lines: string[] } }> = {
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  version: '0',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region: 'eu-central-1',
  resources: [],
  source: 'shop',
  'detail-type': 'Order Paid',
  detail: { order: { id: 42, lines: ['a', 'b'] } },
};

const s3: S3Event = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'eu-central-1',
      eventTime: '2026-01-01T00:00:00.123Z',
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: 'AWS:AIDAINPONIXQXHT3IKHL2' },
      requestParameters: { sourceIPAddress: '205.255.255.255' },
      responseElements: { 'x-amz-request-id': 'D82B88E5F771F645', 'x-amz-id-2': 'vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: '828aa6fc',
        bucket: { name: 'photos', ownerIdentity: { principalId: 'A3I5XTEXAMAI3E' }, arn: 'arn:aws:s3:::photos' },
        object: { key: 'a+b/caf%C3%A9.png', size: 1305107, eTag: 'b21b84d6', sequencer: '0C0F6F405D6ED209E1' },
      },
    },
  ],
};

describe('sqs', () => {
  it('takes bodies as they come, with message attributes as headers', () => {
    const messageAttributes = {
      ...textAttributes({ tenant: 'acme' }),
      raw: { binaryValue: Buffer.from('bytes').toString('base64'), dataType: 'Binary' },
    };
    expect(only({ Records: [message('m-1', 'not json', { messageAttributes })] }, { kind: 'sqs' })).toEqual({
      id: 'm-1',
      lane: undefined,
      reportedAs: 'm-1',
      key: null,
      value: 'not json',
      timestampMs: SENT_AT_MS,
      headers: { 'source.id': 'm-1', tenant: 'acme', raw: 'bytes' },
    });
  });

  it("keys by the group of a FIFO queue, and keeps the group's order", () => {
    const event = { Records: [message('m-1', '1', { group: 'customer-7' })] };
    expect(only(event, { kind: 'sqs' })).toMatchObject({ key: 'customer-7', lane: 'customer-7' });
  });

  it("takes a standard queue's group for what it is: of fair queues, without order", () => {
    const fair = message('m-1', '1', { group: 'tenant-7', eventSourceARN: 'arn:aws:sqs:eu-central-1:1:orders' });
    expect(only({ Records: [fair] }, { kind: 'sqs' })).toMatchObject({ key: null, lane: undefined });
    const keyed = only({ Records: [fair] }, { kind: 'sqs', key: 'attributes.MessageGroupId' });
    expect(keyed).toMatchObject({ key: 'tenant-7', lane: undefined });
  });
});

describe('sns', () => {
  it('takes messages as they come', () => {
    expect(only(sns, { kind: 'sns' })).toEqual({
      id: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
      lane: undefined,
      reportedAs: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
      key: null,
      value: '{"id":7}',
      timestampMs: SENT_AT_MS + 123,
      headers: {
        'source.id': '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
        tenant: 'acme',
        raw: 'bytes',
        Subject: 'An order',
      },
    });
  });
});

describe('eventbridge', () => {
  it('keeps the whole event', () => {
    const read = only(bridge, { kind: 'eventbridge' });
    expect(JSON.parse(read.value!)).toEqual(bridge);
    expect(read).toMatchObject({ key: null, timestampMs: SENT_AT_MS, id: bridge.id });
    expect(read.headers).toMatchObject({ 'source.id': bridge.id, source: 'shop', 'detail-type': 'Order Paid' });
  });
});

describe('s3', () => {
  it("keys direct notifications by the object's key, as its owner wrote it", () => {
    const read = only(s3, { kind: 's3' });
    expect(read).toMatchObject({ key: 'a b/café.png', timestampMs: SENT_AT_MS + 123 });
    expect(JSON.parse(read.value!)).toEqual(s3.Records[0]);
    expect(read.headers).toEqual({
      'source.id': 'photos/a b/café.png/ObjectCreated:Put/0C0F6F405D6ED209E1/',
      's3.bucket': 'photos',
      's3.eventName': 'ObjectCreated:Put',
      's3.sequencer': '0C0F6F405D6ED209E1',
    });
  });

  it('takes what comes through EventBridge, whose keys are not encoded', () => {
    const event = {
      ...bridge,
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { version: '0', bucket: { name: 'photos' }, object: { key: 'a+b/50%.png', size: 1, sequencer: '0C' } },
    };
    const read = only(event, { kind: 's3' });
    expect(read).toMatchObject({ id: bridge.id, key: 'a+b/50%.png' });
    expect(read.headers).toMatchObject({ 's3.bucket': 'photos', 's3.eventName': 'Object Created' });
  });

  it('passes over the test event that S3 sends when notifications are set up', () => {
    const event = { Service: 'Amazon S3', Event: 's3:TestEvent', Time: '2026-01-01T00:00:00Z', Bucket: 'photos' };
    expect(everyOne(event, { kind: 's3' })).toEqual([]);
  });
});

describe('dynamodb', () => {
  const Keys = { sk: { N: '1' }, pk: { S: 'order' } };

  it('makes plain JSON of keys and images, digits and all', () => {
    const NewImage = {
      ...Keys,
      big: { N: '12345678901234567890.123' },
      gone: { NULL: true },
      ok: { BOOL: false },
      bytes: { B: 'AQI=' },
      list: { L: [{ S: 'a' }, { M: { b: { N: '-1E-130' } } }] },
      tags: { SS: ['x', 'y'] },
      numbers: { NS: ['1', '2.5'] },
      parts: { BS: ['AQI='] },
    };
    const read = only({ Records: [change(111, 'MODIFY', { Keys, NewImage, OldImage: Keys })] }, { kind: 'dynamodb' });
    expect(read).toMatchObject({
      id: 'change-111',
      reportedAs: '111',
      key: '{"pk":"order","sk":1}',
      timestampMs: SENT_AT_MS,
      value:
        '{"eventName":"MODIFY","keys":{"pk":"order","sk":1},"newImage":{"big":12345678901234567890.123,"bytes":"AQI=","gone":null,' +
        '"list":["a",{"b":-1E-130}],"numbers":[1,2.5],"ok":false,"parts":["AQI="],"pk":"order","sk":1,"tags":["x","y"]},' +
        '"oldImage":{"pk":"order","sk":1}}',
      headers: { 'source.id': 'change-111', 'dynamodb.eventName': 'MODIFY' },
    });
  });

  it('makes tombstones of removals where asked to, and says who removed', () => {
    const removed = change(112, 'REMOVE', { Keys, OldImage: Keys });
    const expired = { ...removed, userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } };
    expect(only({ Records: [removed] }, { kind: 'dynamodb' }).value).toContain('"eventName":"REMOVE"');
    expect(only({ Records: [expired] }, { kind: 'dynamodb', tombstones: true })).toMatchObject({
      key: '{"pk":"order","sk":1}',
      value: null,
      headers: { 'dynamodb.eventName': 'REMOVE', 'dynamodb.userIdentity': 'dynamodb.amazonaws.com' },
    });
  });

  it('refuses a value without a type', () => {
    const Wrong = { pk: 'order' } as unknown as typeof Keys;
    const event = { Records: [change(1, 'INSERT', { Keys: Wrong })] };
    expect(() => everyOne(event, { kind: 'dynamodb' })).toThrow(/Records.0.dynamodb.Keys: must have DynamoDB values/);
  });
});

describe('kinesis', () => {
  it('takes the bytes as they were put, keyed by partition key, in the order of the shard', () => {
    const event = { Records: [kinesisRecord(1, 'user-1', 'a'), kinesisRecord(2, 'user-2', 'b')] };
    const [first, second] = everyOne(event, { kind: 'kinesis' });
    expect(first).toMatchObject({ key: 'user-1', value: 'a', timestampMs: SENT_AT_MS + 123 });
    expect(second).toMatchObject({ key: 'user-2', value: 'b', lane: first!.lane });
    expect(first!.reportedAs).toBe(event.Records[0]!.kinesis.sequenceNumber);
    expect(first!.headers['source.id']).toBe(event.Records[0]!.eventID);
  });

  it('keeps bytes that are no text', () => {
    const bytes = Uint8Array.of(0, 255, 128);
    const { arrivals } = readSource(
      { Records: [kinesisRecord(1, 'k', bytes)] },
      parseSource({ kind: 'kinesis', topic: 't' }),
    );
    expect(Buffer.from(arrivals[0]!.events[0]!.value!)).toEqual(Buffer.from(bytes));
  });
});

describe('the setting key', () => {
  const body = (value: unknown) => ({
    Records: [message('m', typeof value === 'string' ? value : JSON.stringify(value))],
  });
  test.each([
    ['value.order.id', { order: { id: 'o-7' } }, 'o-7'],
    ['value.order.id', { order: { id: 7 } }, '7'],
    ['value.order', { order: { b: [1, { d: 1, c: 2 }], a: true } }, '{"a":true,"b":[1,{"c":2,"d":1}]}'],
    ['value.lines.0', { lines: ['first'] }, 'first'],
    ['value.order.id', { order: { id: null } }, null],
    ['value.order.id', { order: 'o-7' }, null],
    ['value.constructor', {}, null],
    ['value.order.id', 'no json', null],
    ['attributes.tenant', {}, null],
    ['none', {}, null],
  ])('%s of %j is %j', (key, value, expected) => {
    expect(only(body(value), { kind: 'sqs', key }).key).toBe(expected);
  });

  it('takes attributes of every kind', () => {
    expect(only(sns, { kind: 'sns', key: 'attributes.Subject' }).key).toBe('An order');
    expect(only(bridge, { kind: 'eventbridge', key: 'attributes.detail-type' }).key).toBe('Order Paid');
    expect(only(bridge, { kind: 'eventbridge', key: 'value.detail.order.id' }).key).toBe('42');
    expect(only(s3, { kind: 's3', key: 'attributes.s3.bucket' }).key).toBe('photos');
  });
});

describe('an event of another shape', () => {
  const shapes: unknown[] = [null, 'text', 7, [], {}, { Records: {} }, { Records: [{}] }, { Records: [null] }];
  test.each(SOURCE_KINDS.map((kind) => [kind.name, kind] as const))('is refused by %s, by name', (name, kind) => {
    const settings = parseSource({ kind: name, topic: 't' });
    const others = [sns, bridge, { Records: [message('m', 'secret')] }, { Records: [kinesisRecord(1, 'k', 'secret')] }];
    const own = { sqs: others[2], sns, eventbridge: bridge, kinesis: others[3] }[name];
    for (const shape of [...shapes, ...others.filter((one) => one !== own)]) {
      const read = () => readSource(shape, settings);
      expect(read).toThrow(SourceError);
      expect(read).toThrow(`A source of the kind "${name}" takes events of ${kind.service}`);
      expect(read).not.toThrow(/secret|c2VjcmV0/);
    }
  });
});

describe('settings', () => {
  it('have defaults by kind', () => {
    const names = SOURCE_KINDS.map(({ name }) => name);
    expect(names).toEqual(['sqs', 'sns', 'eventbridge', 's3', 'dynamodb', 'kinesis']);
    expect(parseSource({ kind: 'sqs', topic: 'orders' })).toMatchObject({ name: 'sqs', deduplicate: 'none' });
    expect(parseSource({ kind: 'kinesis', topic: 'orders' })).toMatchObject({
      name: 'kinesis',
      key: { from: 'source' },
      deduplicate: 'batch',
      deadLetterTopic: undefined,
      tombstones: false,
    });
  });

  test.each([
    [{ topic: 'orders' }, '"kind" is missing; it is one of sqs, sns, eventbridge, s3, dynamodb, kinesis'],
    [{ kind: 'kinesys', topic: 'orders' }, 'Did you mean "kinesis"?'],
    [{ kind: 'sqs' }, '"topic" is missing'],
    [{ kind: 'sqs', topic: 'a b' }, '"topic" is "a b"; a topic\'s name is'],
    [{ kind: 'sqs', topic: 'orders', deadletterTopic: 'x' }, 'Did you mean "deadLetterTopic"?'],
    [{ kind: 'sqs', topic: 'orders', deadLetterTopic: 'orders' }, '"deadLetterTopic" is another topic'],
    [{ kind: 'sqs', topic: 'orders', key: 'order.id' }, '"key" is "order.id"; it takes "source"'],
    [{ kind: 'sqs', topic: 'orders', key: 'value.a..b' }, '"key" is "value.a..b"'],
    [{ kind: 'sqs', topic: 'orders', deduplicate: true }, '"deduplicate" is true; it is one of batch, record, none'],
    [{ kind: 'sqs', topic: 'orders', tombstones: true }, '"tombstones" is for the kind dynamodb'],
    [{ kind: 'sqs', topic: 'orders', name: '' }, '"name" is ""'],
    ['sqs', 'an object with "kind" and "topic"'],
  ])('%j cannot be', (config, why) => {
    expect(() => parseSource(config)).toThrow(SourceError);
    expect(() => parseSource(config)).toThrow(why);
  });
});
