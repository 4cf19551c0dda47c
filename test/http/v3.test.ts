import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpServices } from '../../lib/http/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { client, services } from './world.ts';

const CLUSTER = '/v3/clusters/millrace';
const RECORDS = `${CLUSTER}/topics/orders/records`;

let over: HttpServices;
let http: ReturnType<typeof client>;

beforeEach(async () => {
  over = services();
  http = client(over);
  await over.topics.create('orders', { partitions: 2 });
});

describe('clusters', () => {
  test('are one, with links to what it has', async () => {
    const answer = await http.get('/v3/clusters');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.body).toMatchObject({
      kind: 'KafkaClusterList',
      data: [
        {
          kind: 'KafkaCluster',
          cluster_id: 'millrace',
          metadata: { resource_name: 'crn:///kafka=millrace' },
          topics: { related: 'http://localhost/v3/clusters/millrace/topics' },
        },
      ],
    });
    expect(await http.get(CLUSTER)).toMatchObject({ status: 200 });
  });

  test('of another name are 404, and so is all below', async () => {
    for (const path of ['', '/topics', '/topics/orders', '/consumer-groups']) {
      expect(await http.get(`/v3/clusters/other${path}`)).toMatchObject({ status: 404, body: { error_code: 404 } });
    }
  });
});

describe('topics', () => {
  test('are made, described, grown and deleted', async () => {
    const made = await http.post(`${CLUSTER}/topics`, {
      topic_name: 'flights',
      partitions_count: 3,
      replication_factor: 3,
      configs: [{ name: 'cleanup.policy', value: 'compact' }],
    });
    expect(made).toMatchObject({
      status: 201,
      body: { kind: 'KafkaTopic', topic_name: 'flights', partitions_count: 3 },
    });
    const grown = await http.send('PATCH', `${CLUSTER}/topics/flights`, { partitions_count: 5 });
    expect(grown).toMatchObject({ status: 200, body: { partitions_count: 5 } });
    expect((await http.get(`${CLUSTER}/topics/flights/partitions`)).body).toMatchObject({ data: { length: 5 } });
    expect(await http.get(`${CLUSTER}/topics/flights/partitions/4`)).toMatchObject({ body: { partition_id: 4 } });
    expect(await http.delete(`${CLUSTER}/topics/flights`)).toMatchObject({ status: 204 });
    expect(await http.get(`${CLUSTER}/topics/flights`)).toMatchObject({ status: 404, body: { error_code: 40403 } });
  });

  test.each([
    [{ topic_name: 'orders' }, 40002, /exists/],
    [{ topic_name: 'a/b' }, 40002, /a\/b/],
    [{ topic_name: 'x', configs: [{ name: 'retention.mss', value: '1' }] }, 40002, /retention\.ms/],
    [{ topic_name: 'x', configs: [{ name: 'retention.ms', value: 'soon' }] }, 40002, /retention\.ms/],
    [{ topic_name: 'x', partitions: 1 }, 400, /partitions/],
    [{}, 400, /topic_name/],
  ])('%j cannot be made', async (body, code, message) => {
    const answer = await http.post(`${CLUSTER}/topics`, body);
    expect(answer).toMatchObject({ status: 400, body: { error_code: code, message: expect.stringMatching(message) } });
  });

  test('cannot lose partitions', async () => {
    const answer = await http.send('PATCH', `${CLUSTER}/topics/orders`, { partitions_count: 1 });
    expect(answer).toMatchObject({ status: 400, body: { error_code: 40002 } });
  });
});

describe('settings', () => {
  const setting = async (name: string) => (await http.get(`${CLUSTER}/topics/orders/configs/${name}`)).body;

  test('are altered together, one by one, and taken back', async () => {
    const data = [
      { name: 'retention.ms', value: '1000' },
      { name: 'cleanup.policy', value: 'compact', operation: 'SET' },
    ];
    expect(await http.post(`${CLUSTER}/topics/orders/configs:alter`, { data })).toMatchObject({ status: 204 });
    expect(await setting('retention.ms')).toMatchObject({ value: '1000', is_default: false });
    await http.send('PUT', `${CLUSTER}/topics/orders/configs/retention.ms`, { value: '2000' });
    expect(await setting('retention.ms')).toMatchObject({ value: '2000', source: 'DYNAMIC_TOPIC_CONFIG' });
    await http.delete(`${CLUSTER}/topics/orders/configs/retention.ms`);
    expect(await setting('retention.ms')).toMatchObject({ value: '604800000', is_default: true });
    expect((await http.get(`${CLUSTER}/topics/orders/configs`)).body).toMatchObject({ kind: 'KafkaTopicConfigList' });
  });

  test('that do not exist are refused by name', async () => {
    const data = [{ name: 'retention.mss', value: '1' }];
    const answer = await http.post(`${CLUSTER}/topics/orders/configs:alter`, { data });
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringMatching(/retention\.ms\b/) } });
    expect(await http.get(`${CLUSTER}/topics/orders/configs/nothing`)).toMatchObject({ status: 404 });
  });
});

describe('records', () => {
  test('one record gets one receipt', async () => {
    const record = {
      partition_id: 1,
      key: { type: 'STRING', data: 'k1' },
      value: { type: 'JSON', data: { id: 12345678901234567890n.toString() } },
      headers: [{ name: 'trace', value: 'MQ==' }],
      timestamp: '2026-01-31T08:00:00.000Z',
    };
    expect(await http.post(RECORDS, record)).toMatchObject({
      status: 200,
      body: {
        error_code: 200,
        cluster_id: 'millrace',
        topic_name: 'orders',
        partition_id: 1,
        offset: 0,
        timestamp: '2026-01-31T08:00:00.000Z',
        key: { type: 'STRING', size: 2 },
        value: { type: 'JSON', size: 29 },
      },
    });
    const read = await http.get('/topics/orders/partitions/1/records');
    expect(read.body).toMatchObject([
      { key: 'azE=', timestamp: Date.UTC(2026, 0, 31, 8), headers: [{ name: 'trace', value: 'MQ==' }] },
    ]);
  });

  test('data may stand before its type, JSON data keeps its text, BINARY is base64', async () => {
    const bodies = [
      '{"partition_id":0,"value":{"data": [1.0, 12345678901234567890], "type": "JSON"}}',
      '{"partition_id":0,"value":{"data":"AP8=","type":"BINARY"}}',
      '{"partition_id":0,"value":{"type":"STRING","data":"caf\\u00e9"}}',
    ];
    for (const body of bodies) expect(await http.post(RECORDS, body)).toMatchObject({ status: 200 });
    const read = (await http.get('/topics/orders/partitions/0/records')).body as { value: string }[];
    expect(read.map(({ value }) => Buffer.from(value, 'base64'))).toEqual([
      Buffer.from('[1.0,12345678901234567890]'),
      Buffer.from([0, 0xff]),
      Buffer.from('café'),
    ]);
  });

  test('several records in one body are stored together, and get a receipt per line', async () => {
    const body = [0, 1, 2].map((n) => `{"partition_id":0,"value":{"type":"JSON","data":${n}}}`).join('');
    const answer = await http.post(RECORDS, body);
    expect(answer.body).toMatchObject([{ offset: 0 }, { offset: 1 }, { offset: 2 }]);
    const bad = await http.post(RECORDS, `${body}{"partition_id":9,"value":{"type":"JSON","data":1}}`);
    expect(bad).toMatchObject({ status: 404, body: { error_code: 40403 } });
    expect((await over.events.offsets('orders', [0]))[0]!.highWatermark).toBe(3);
  });

  test.each([
    ['{"value":{"data":1}}', 400, /type/],
    ['{"value":{"type":"AVRO","data":1}}', 400, /BINARY, JSON or STRING/],
    ['{"value":{"type":"BINARY","data":"*"}}', 400, /base64/],
    ['{"value":{"schema_id":1,"data":1}}', 400, /schema/],
    ['{"valeu":{}}', 400, /valeu/],
    ['{"timestamp":"yesterday"}', 400, /timestamp/],
    ['[]', 400, /"\{" was expected/],
    ['{"value":', 400, /ends within/],
    ['', 400, /no record/],
  ])('%s is refused', async (body, status, message) => {
    const answer = await http.post(RECORDS, body);
    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(message) } });
  });

  test('with an Idempotency-Key a retry gets the first receipts', async () => {
    const body = '{"value":{"type":"JSON","data":1}}{"value":{"type":"JSON","data":2}}';
    const first = await http.post(RECORDS, body, { 'idempotency-key': 'a' });
    const again = await http.post(RECORDS, body, { 'idempotency-key': 'a' });
    expect(first).toMatchObject({ status: 200, body: { length: 2 } });
    expect(again.body).toEqual(first.body);
    expect(await http.post(RECORDS, `${body} `, { 'idempotency-key': 'a' })).toMatchObject({ status: 422 });
  });

  test('for an unknown topic are 40403, in one body or streamed', async () => {
    const at = `${CLUSTER}/topics/nothing/records`;
    expect(await http.post(at, '{"value":{"type":"JSON","data":1}}')).toMatchObject({ body: { error_code: 40403 } });
    expect(
      (await http.app.request(at, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(404);
  });
});

describe('consumer groups', () => {
  beforeEach(async () => {
    for (const value of [1, 2, 3]) await http.produce('orders', [{ value, partition: 0 }]);
    const member = await over.groups.heartbeat('billing', {
      memberId: 'm1',
      memberEpoch: 0,
      subscription: { topics: ['orders'] },
      sessionTimeoutMs: 10_000,
    });
    await over.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 1 }], member);
  });
  const at = `${CLUSTER}/consumer-groups`;

  test('are listed and described, with their consumers and assignments', async () => {
    expect((await http.get(at)).body).toMatchObject({
      kind: 'KafkaConsumerGroupList',
      data: [{ consumer_group_id: 'billing', state: 'STABLE', is_simple: false }],
    });
    expect(await http.get(`${at}/billing`)).toMatchObject({ status: 200 });
    expect((await http.get(`${at}/billing/consumers`)).body).toMatchObject({ data: [{ consumer_id: 'm1' }] });
    expect((await http.get(`${at}/billing/consumers/m1/assignments`)).body).toMatchObject({
      data: [
        { topic_name: 'orders', partition_id: 0 },
        { topic_name: 'orders', partition_id: 1 },
      ],
    });
    expect(await http.get(`${at}/billing/consumers/m2`)).toMatchObject({ status: 404 });
    expect(await http.get(`${at}/nobody`)).toMatchObject({ status: 404, body: { error_code: 40404 } });
  });

  test('tell their lag by partition and in all, from the start where nothing is committed', async () => {
    await http.produce('orders', [{ value: 4, partition: 1 }]);
    expect((await http.get(`${at}/billing/lags`)).body).toMatchObject({
      kind: 'KafkaConsumerLagList',
      data: [
        { topic_name: 'orders', partition_id: 0, consumer_id: 'm1', current_offset: 1, log_end_offset: 3, lag: 2 },
        { topic_name: 'orders', partition_id: 1, consumer_id: 'm1', current_offset: null, log_end_offset: 1, lag: 1 },
      ],
    });
    expect((await http.get(`${at}/billing/lag-summary`)).body).toMatchObject({
      max_lag: 2,
      total_lag: 3,
      max_lag_topic_name: 'orders',
      max_lag_partition_id: 0,
      max_lag_consumer_id: 'm1',
    });
  });

  test('are deleted once they are empty', async () => {
    expect(await http.delete(`${at}/billing`)).toMatchObject({ status: 409 });
    await over.groups.leave('billing', { memberId: 'm1' });
    expect(await http.delete(`${at}/billing`)).toMatchObject({ status: 204 });
    expect((await http.get(at)).body).toMatchObject({ data: [] });
  });
});

test('health tells whether the store answers', async () => {
  expect(await http.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await http.get('/health/ready')).toMatchObject({ status: 200 });
  const items = intercepted(over.items, { get: () => Promise.reject(new Error('gone')) });
  expect(await client({ ...over, items }).get('/health/ready')).toMatchObject({ status: 503 });
});
