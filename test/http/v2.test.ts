import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpServices } from '../../lib/http/index.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { client, services, V2_BINARY, V2_JSON } from './world.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

let stores: Stores;
let over: HttpServices;
let http: ReturnType<typeof client>;

beforeEach(async () => {
  stores = memoryStores();
  over = services(stores);
  http = client(over);
  await over.topics.create('orders', { partitions: 2 });
});

describe('topics', () => {
  test('are listed by name', async () => {
    const answer = await http.get('/topics');
    expect(answer.body).toEqual(['orders']);
    expect(answer.headers.get('content-type')).toBe('application/vnd.kafka.v2+json');
  });

  test('are described with what was set and their partitions', async () => {
    await over.topics.alter('orders', { 'retention.ms': '1000' });
    const replicas = [{ broker: 0, leader: true, in_sync: true }];
    expect((await http.get('/topics/orders')).body).toEqual({
      name: 'orders',
      configs: { 'retention.ms': '1000' },
      partitions: [
        { partition: 0, leader: 0, replicas },
        { partition: 1, leader: 0, replicas },
      ],
    });
    expect((await http.get('/topics/orders/partitions/1')).body).toEqual({ partition: 1, leader: 0, replicas });
  });

  test('unknown topics and partitions are 40401 and 40402', async () => {
    expect(await http.get('/topics/nothing')).toMatchObject({ status: 404, body: { error_code: 40401 } });
    expect(await http.get('/topics/orders/partitions/2')).toMatchObject({ status: 404, body: { error_code: 40402 } });
    expect(await http.get('/topics/orders/partitions/2/offsets')).toMatchObject({ body: { error_code: 40402 } });
    expect(await http.produce('nothing', [{ value: 1 }])).toMatchObject({ status: 404, body: { error_code: 40401 } });
    expect(await http.produce('orders', [{ value: 1, partition: 7 }])).toMatchObject({ body: { error_code: 40402 } });
  });

  test('tell the first and next offset of a partition', async () => {
    await http.produce('orders', [{ value: 1, partition: 1 }]);
    expect((await http.get('/topics/orders/partitions/1/offsets')).body).toEqual({
      beginning_offset: 0,
      end_offset: 1,
      last_stable_offset: 1,
    });
  });
});

describe('produce', () => {
  test('answers where each record landed, in the order of the request', async () => {
    const answer = await http.produce('orders', [
      { value: { total: 12 }, partition: 1 },
      { value: 'x', partition: 0 },
      { value: null, key: 'k', partition: 1 },
    ]);
    const fine = { error_code: null, error: null };
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      offsets: [
        { partition: 1, offset: 0, ...fine },
        { partition: 0, offset: 0, ...fine },
        { partition: 1, offset: 1, ...fine },
      ],
      key_schema_id: null,
      value_schema_id: null,
    });
  });

  test('keeps the text of JSON values: large numbers, fractions, escapes; without white space', async () => {
    const text =
      '{"records":[{"key": "\\u0041", "value": {"id" : 12345678901234567890, "f": 1.0, "s": "a \\" b\\u00e9"}, "partition":0}]}';
    await http.post('/topics/orders', text, { 'content-type': V2_JSON });
    const read = await http.app.request('/topics/orders/partitions/0/records', { headers: { accept: V2_JSON } });
    expect(await read.text()).toContain('"key":"A","value":{"id":12345678901234567890,"f":1.0,"s":"a \\" b\\u00e9"}');
  });

  test('takes timestamps and headers, and gives them back', async () => {
    const headers = [
      { name: 'trace', value: base64('1') },
      { name: 'trace', value: null },
    ];
    await http.produce('orders', [{ value: 1, partition: 0, timestamp: 1_000_000, headers }]);
    const read = await http.get('/topics/orders/partitions/0/records', { accept: V2_JSON });
    expect(read.body).toEqual([
      { topic: 'orders', key: null, value: 1, partition: 0, offset: 0, timestamp: 1_000_000, headers },
    ]);
  });

  test('takes base64 in the binary format, and gives it back', async () => {
    const records = [{ key: base64('k'), value: base64('\u0000ÿ'), partition: 0 }];
    await http.post('/topics/orders/partitions/1', { records }, { 'content-type': V2_BINARY });
    const read = await http.get('/topics/orders/partitions/1/messages?offset=0&count=1');
    expect(read.body).toMatchObject([{ key: base64('k'), value: base64('\u0000ÿ'), partition: 1, offset: 0 }]);
    expect(read.headers.get('content-type')).toBe(V2_BINARY);
  });

  test.each([
    ['no records', { records: [] }, 422, /at least one/],
    ['records missing', {}, 422, /no "records"/],
    ['a record that is no object', { records: [1] }, 422, /records\[0\] must be an object/],
    ['an unknown member', { records: [{ value: 1 }, { valeu: 1 }] }, 422, /records\[1\].*valeu/],
    ['a partition below 0', { records: [{ value: 1, partition: -1 }] }, 422, /whole number/],
    ['a fractional timestamp', { records: [{ value: 1, timestamp: 1.5 }] }, 422, /timestamp/],
    ['a header without a name', { records: [{ value: 1, headers: [{ value: '' }] }] }, 422, /header without a name/],
    ['a header that is not base64', { records: [{ headers: [{ name: 'n', value: '***' }] }] }, 422, /not base64/],
    ['too large a key', { records: [{ key: 'x'.repeat(70_000) }] }, 422, /key of 70002 bytes/],
    ['too many headers', { records: [{ headers: Array(101).fill({ name: 'n', value: '' }) }] }, 422, /at most 100/],
  ])('refuses %s', async (_, body, status, message) => {
    const answer = await http.post('/topics/orders', body, { 'content-type': V2_JSON });
    expect(answer).toMatchObject({ status, body: { error_code: status, message: expect.stringMatching(message) } });
  });

  test('refuses base64 that is none in the binary format', async () => {
    const answer = await http.post('/topics/orders', { records: [{ value: 'ä!' }] }, { 'content-type': V2_BINARY });
    expect(answer).toMatchObject({ status: 422, body: { message: expect.stringMatching(/records\[0\].*base64/) } });
  });

  test.each([
    ['application/json', 'Content-Type application/json is taken as application/vnd.kafka.binary.v2+json, which means'],
    [V2_BINARY, 'Content-Type application/vnd.kafka.binary.v2+json means'],
  ])('a value that is JSON under %s is refused with the type that JSON has', async (type, why) => {
    const answer = await http.post('/topics/orders', { records: [{ value: { n: 1 } }] }, { 'content-type': type });
    expect(answer).toMatchObject({ status: 422 });
    expect(answer.body).toMatchObject({
      message: `records[0] must have a base64 string as its value: ${why} keys and values in base64. JSON is sent as application/vnd.kafka.json.v2+json.`,
    });
  });

  test('says where JSON breaks', async () => {
    const answer = await http.post('/topics/orders', '{"records":[{"value":1,}]}', { 'content-type': V2_JSON });
    expect(answer).toMatchObject({ status: 400, body: { error_code: 400 } });
    expect(answer.body).toMatchObject({ message: expect.stringMatching(/position 23/) });
  });

  test('refuses deep nesting, bytes that are not UTF-8, and other content types', async () => {
    const deep = `{"records":[{"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`;
    expect(await http.post('/topics/orders', deep, { 'content-type': V2_JSON })).toMatchObject({ status: 400 });
    const broken = await http.app.request('/topics/orders', {
      method: 'POST',
      body: Buffer.from([0x7b, 0xff]),
      headers: { 'content-type': V2_JSON },
    });
    expect(broken.status).toBe(400);
    const avro = { 'content-type': 'application/vnd.kafka.avro.v2+json' };
    expect(await http.post('/topics/orders', {}, avro)).toMatchObject({ status: 415, body: { error_code: 415 } });
  });

  test('a body over the limit is 413, announced or not', async () => {
    const small = client(over, { limits: { bodyBytesMax: 100 } });
    const records = [{ value: 'x'.repeat(100) }];
    expect(await small.produce('orders', records)).toMatchObject({ status: 413, body: { error_code: 413 } });
    const init = { method: 'POST', body: JSON.stringify({ records }), headers: { 'content-type': V2_JSON } };
    expect((await small.app.request('/topics/orders', init)).status).toBe(413);
  });

  test('refuses when bodies fill the memory that they may have, and recovers', async () => {
    const small = client(over, { limits: { bodyBytesInFlightMax: 1_000 } });
    const full = await small.produce('orders', [{ value: 'x'.repeat(1_000) }]);
    expect(full).toMatchObject({ status: 429, body: { error_code: 429 } });
    expect(full.headers.get('retry-after')).toBe('1');
    for (let i = 0; i < 20; i++) expect((await small.produce('orders', [{ value: 'x'.repeat(100) }])).status).toBe(200);
  });
});

describe('a produce request with an Idempotency-Key', () => {
  const records = [{ value: 1 }, { value: 2, key: 'k' }];

  test('gets the first answer again, later and concurrently, also from another process', async () => {
    const key = { 'idempotency-key': 'order-17' };
    const first = await http.produce('orders', records, key);
    const elsewhere = client(services(stores));
    const again = await Promise.all([http, http, elsewhere].map((one) => one.produce('orders', records, key)));
    for (const answer of again) expect(answer.body).toEqual(first.body);
    const { offsets } = first.body as { offsets: { partition: number; offset: number }[] };
    const ends = await over.events.offsets('orders', [0, 1]);
    expect(ends.reduce((sum, { highWatermark }) => sum + highWatermark, 0)).toBe(offsets.length);
  });

  test('that carries another body is 422', async () => {
    const key = { 'idempotency-key': 'order-17' };
    await http.produce('orders', records, key);
    const other = await http.produce('orders', [{ value: 3 }], key);
    expect(other).toMatchObject({ status: 422, body: { error_code: 422 } });
  });

  test.each(['', 'x'.repeat(256), 'a b'])('is refused where the key is %j', async (key) => {
    const answer = await http.produce('orders', records, { 'idempotency-key': key });
    expect(answer).toMatchObject({ status: 422, body: { message: expect.stringMatching(/255/) } });
  });
});

describe('reading without a consumer', () => {
  test('a value that is not JSON ends the answer before it, and then is an error that says how to go on', async () => {
    await http.produce('orders', [{ value: 1, partition: 0 }]);
    await over.events.produce('orders', [{ key: null, value: Buffer.from('not json'), partition: 0 }]);
    const at = '/topics/orders/partitions/0/records';
    expect((await http.get(at, { accept: V2_JSON })).body).toHaveLength(1);
    const stuck = await http.get(`${at}?offset=1`, { accept: V2_JSON });
    expect(stuck).toMatchObject({ status: 406, body: { error_code: 40602 } });
    expect(stuck.body).toMatchObject({
      message: expect.stringMatching(/offset 1 of partition 0 of topic "orders".*binary/),
    });
    expect((await http.get(`${at}?offset=1`, { accept: V2_BINARY })).body).toHaveLength(1);
  });

  test('begins in the middle of a batch, and stops at the count asked for', async () => {
    await http.produce(
      'orders',
      Array.from({ length: 10 }, (_, value) => ({ value, partition: 0 })),
    );
    const read = await http.get('/topics/orders/partitions/0/messages?offset=4&count=3', { accept: V2_JSON });
    expect((read.body as { offset: number }[]).map((record) => record.offset)).toEqual([4, 5, 6]);
  });

  test('an offset beyond the end is 41601', async () => {
    const read = await http.get('/topics/orders/partitions/0/messages?offset=9007199254740991');
    expect(read).toMatchObject({ status: 416, body: { error_code: 41601 } });
  });
});

describe('requests that lead nowhere', () => {
  test('unknown paths are 404, known ones under another method 405 with Allow', async () => {
    expect(await http.get('/nothing')).toMatchObject({ status: 404, body: { error_code: 404 } });
    const answer = await http.send('PUT', '/topics/orders');
    const message = '/topics/orders does not take PUT; it takes GET, HEAD and POST.';
    expect(answer).toMatchObject({ status: 405, body: { error_code: 405, message } });
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  test.each(['/topics/%', '/topics/%zz', '/topics/%ff%fe'])('%s is 400', async (path) => {
    expect(await http.get(path)).toMatchObject({ status: 400, body: { error_code: 400 } });
  });

  test('an Accept header that nothing meets is 406', async () => {
    const answer = await http.get('/topics/orders/partitions/0/records', { accept: 'text/html' });
    expect(answer).toMatchObject({ status: 406, body: { error_code: 406 } });
  });

  test('an unexpected failure is 500 without its cause, which is reported', async () => {
    const reported: unknown[] = [];
    const broken = {
      ...over,
      topics: intercepted(over.topics, { names: () => Promise.reject(new Error('secret')) }),
    };
    const answer = await client(broken, { onError: (error, request) => reported.push([error, request]) }).get(
      '/topics',
    );
    expect(answer).toMatchObject({ status: 500, body: { error_code: 50000 } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(reported).toEqual([[new Error('secret'), 'GET /topics']]);
  });
});
