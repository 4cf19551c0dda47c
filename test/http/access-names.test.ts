import { beforeEach, describe, expect, test } from 'vitest';
import { ANY_ACL, CLUSTER_NAME } from '../../lib/auth/index.ts';
import type { HttpServices } from '../../lib/http/index.ts';
import { as, ROOT, right } from './access-world.ts';
import { type Answer, services, V2_JSON } from './world.ts';

/*
 * What is checked is what is used: alice may do everything with the topic `orders` and the group `billing`; there are also
 * `secret` and `payroll`.
 */
let over: HttpServices;
let alice: ReturnType<typeof as>;
let root: ReturnType<typeof as>;

const AT = '/consumers/billing/instances/c1';

beforeEach(async () => {
  over = services();
  alice = as('alice', over);
  root = as(ROOT, over);
  for (const topic of ['orders', 'secret']) {
    await over.topics.create(topic, { partitions: 1 });
    await over.events.produce(topic, [{ key: null, value: Buffer.from(`"${topic}"`) }]);
  }
  await over.acls.create([
    { ...right('DESCRIBE', 'TOPIC', 'orders'), operation: 'ALL' },
    { ...right('DESCRIBE', 'GROUP', 'billing'), operation: 'ALL' },
  ]);
});

const config = { name: 'c1', format: 'json', 'auto.offset.reset': 'earliest' };
const make = async (path = '/consumers/billing') => (await alice.post(path, config)).status;
const place = (topic: string) => ({ topic, partition: 0 });
const poll = () => alice.get(`${AT}/records?timeout=0`, { accept: V2_JSON });
const values = ({ status, body }: Answer) => {
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { value: string }[]).map(({ value }) => value);
};
const reading = (topic: string) => right('READ', 'TOPIC', topic);

describe('a name in a path', () => {
  test.each([
    '/topics/secret',
    '/topics/%73ecret',
    '/topics/%73%65%63%72%65%74',
    '/topics/secret/',
    '/topics/secret?topic=orders',
    '/topics/orders%2F..%2Fsecret',
    '/topics/orders/../secret',
    '/topics/%2573ecret',
    '/topics/secret/partitions/0/messages',
    '/topics/%73ecret/partitions/0/records/',
    '/topics/secret%00',
    '/topics/SECRET',
    '/v3/clusters/millrace/topics/%73ecret',
    '/v3/clusters/%6Dillrace/topics/secret/configs',
    '/v3/clusters/orders/topics/secret',
    '/v3/clusters/millrace/consumer-groups/payroll',
    '/v3/clusters/millrace/consumer-groups/p%61yroll/lags',
  ])('%s is refused, however it is written', async (path) => {
    expect(await alice.get(path)).toMatchObject({ status: 403, body: { error_code: 40301 } });
    expect((await alice.app.request(path, { method: 'HEAD', headers: { 'x-user': 'alice' } })).status).toBe(403);
  });

  test('is refused as a record is sent there', async () => {
    const body = { records: [{ value: 1 }] };
    for (const path of ['/topics/%73ecret', '/topics/secret/partitions/0', '/topics/secret/']) {
      expect((await alice.post(path, body, { 'content-type': V2_JSON })).status).toBe(403);
    }
    expect((await alice.post('/topics/%6Frders', body, { 'content-type': V2_JSON })).status).toBe(200);
    expect((await over.events.offsets('secret', [0]))[0]!.highWatermark).toBe(1);
  });

  test('may be a group that holds a route’s positions: it is a group like any other', async () => {
    expect(await make('/consumers/route.mail')).toBe(403);
    expect(await make('/consumers/route%2Email')).toBe(403);
    expect(await make('/consumers/billing/')).toBe(200);
  });
});

describe('names in a body', () => {
  beforeEach(async () => {
    expect(await make()).toBe(200);
  });

  test.each<[string, unknown]>([
    ['subscription', { topics: ['orders', 'secret'] }],
    ['assignments', { partitions: [place('orders'), place('secret')] }],
    ['positions', { offsets: [place('orders'), place('secret')].map((one) => ({ ...one, offset: 0 })) }],
    ['positions/beginning', { partitions: [place('orders'), place('secret')] }],
    ['positions/end', { partitions: [place('orders'), place('secret')] }],
    ['offsets', { offsets: [place('orders'), place('secret')].map((one) => ({ ...one, offset: 0 })) }],
  ])('%s: one that may not be read refuses all', async (path, body) => {
    const answer = await alice.post(`${AT}/${path}`, body);
    expect(answer).toMatchObject({ status: 403, body: { error_code: 40301 } });
    expect((answer.body as { message: string }).message).toContain('topic "secret"');
    expect((await alice.get(`${AT}/assignments`)).body).toEqual({ partitions: [] });
  });

  test('what is committed is not told of a topic in a query, either', async () => {
    expect((await alice.get(`${AT}/offsets?topic=secret&partition=0`)).status).toBe(403);
    expect((await alice.get(`${AT}/offsets?topic=orders&topic=secret&partition=0`)).status).toBe(200);
  });

  test('a group is not moved in a topic that may not be read', async () => {
    const reset = { topic: 'secret', to: 'earliest' };
    expect((await alice.post('/v3/clusters/millrace/consumer-groups/billing/reset', reset)).status).toBe(403);
  });
});

describe('a pattern', () => {
  const subscribe = () => alice.post(`${AT}/subscription`, { topic_pattern: '.*' });

  test('means the topics that may be seen', async () => {
    await make();
    expect((await subscribe()).status).toBe(204);
    expect(values(await poll())).toEqual(['orders']);
    expect((await alice.get(`${AT}/assignments`)).body).toEqual({ partitions: [place('orders')] });
  });

  test('that means one that may be seen and not read is refused when it is polled', async () => {
    await over.acls.create([right('DESCRIBE', 'TOPIC', 'secret')]);
    await make();
    await subscribe();
    const answer = await poll();
    expect(answer).toMatchObject({ status: 403 });
    expect((answer.body as { message: string }).message).toContain('READ topic "secret"');
  });

  test('no more means a topic whose right was taken away', async () => {
    await over.acls.create([reading('secret')]);
    await make();
    await subscribe();
    expect(
      values(await poll())
        .concat(values(await poll()))
        .sort(),
    ).toEqual(['orders', 'secret']);
    await over.acls.delete([{ ...ANY_ACL, name: 'secret' }]);
    await over.events.produce('secret', [{ key: null, value: Buffer.from('"more"') }]);
    for (let i = 0; i < 3; i++) {
      const answer = await poll();
      if (answer.status === 200) expect(values(answer)).toEqual([]);
      else expect(answer.status).toBe(403);
    }
    expect((await alice.get(`${AT}/assignments`)).body).toEqual({ partitions: [place('orders')] });
  });
});

describe('a right that is taken away', () => {
  test('ends polling, and what was assigned stays where it was', async () => {
    await make();
    await alice.post(`${AT}/assignments`, { partitions: [place('orders')] });
    expect(values(await poll())).toEqual(['orders']);
    await over.acls.delete([{ ...ANY_ACL, type: 'TOPIC' }]);
    expect((await poll()).status).toBe(403);
    expect((await alice.post(`${AT}/offsets`)).status).toBe(403);
    expect((await alice.get(`${AT}/offsets`)).status).toBe(403);
  });

  test('commits nothing more when the instance goes', async () => {
    await make();
    await alice.post(`${AT}/subscription`, { topics: ['orders'] });
    expect(values(await poll())).toEqual(['orders']);
    await over.acls.delete([{ ...ANY_ACL, type: 'TOPIC' }]);
    expect((await alice.send('DELETE', AT)).status).toBe(204);
    expect(await over.groups.committed('billing')).toEqual([]);
  });

  test('is refused in the midst of a stream of records', async () => {
    const sent = new TransformStream<string, string>();
    const writer = sent.writable.getWriter();
    const response = await alice.app.request('/v3/clusters/millrace/topics/orders/records', {
      method: 'POST',
      headers: { 'x-user': 'alice', 'content-type': 'application/json' },
      body: sent.readable.pipeThrough(new TextEncoderStream()),
      duplex: 'half',
    } as RequestInit);
    const receipts = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => JSON.parse((await receipts.read()).value!) as { error_code: number };
    const record = JSON.stringify({ value: { type: 'JSON', data: 1 } });
    await writer.write(record);
    expect(await next()).toMatchObject({ error_code: 200, offset: 1 });
    await over.acls.delete([{ ...ANY_ACL, type: 'TOPIC' }]);
    await writer.write(record);
    expect(await next()).toMatchObject({ error_code: 40301 });
    await writer.close();
    expect((await over.events.offsets('orders', [0]))[0]!.highWatermark).toBe(2);
  });
});

test('an instance belongs to its group: whoever may read group and topics may go on with it, and nobody else', async () => {
  await make();
  await alice.post(`${AT}/subscription`, { topics: ['orders'] });
  const bob = as('bob', over);
  const asBob = (type: 'TOPIC' | 'GROUP', name: string) => ({ ...right('READ', type, name), principal: 'User:bob' });
  const polled = () => bob.get(`${AT}/records?timeout=0`, { accept: V2_JSON });
  await over.acls.create([asBob('GROUP', 'billing')]);
  expect((await polled()).status).toBe(403);
  await over.acls.create([asBob('TOPIC', 'orders')]);
  expect(values(await polled())).toEqual(['orders']);
});

test('what a group has of topics that may not be seen is left out', async () => {
  await root.post('/consumers/billing', config);
  await root.post(`${AT}/subscription`, { topics: ['orders', 'secret'] });
  await root.get(`${AT}/records?timeout=0`, { accept: V2_JSON });
  await over.groups.reset('elsewhere', 'orders', 'earliest');
  const at = '/v3/clusters/millrace/consumer-groups/billing';
  const { body } = await alice.get(`${at}/consumers`);
  const [{ consumer_id }] = (body as { data: [{ consumer_id: string }] }).data;
  const assigned = await alice.get(`${at}/consumers/${consumer_id}/assignments`);
  expect(assigned.body).toMatchObject({ data: [{ topic_name: 'orders' }] });
  expect((await root.get(`${at}/consumers/${consumer_id}/assignments`)).body).toMatchObject({
    data: [{ topic_name: 'orders' }, { topic_name: 'secret' }],
  });
});

describe('access rules over HTTP', () => {
  const acls = '/v3/clusters/millrace/acls';
  const rule = {
    resource_type: 'TOPIC',
    resource_name: 'orders',
    pattern_type: 'PREFIXED',
    principal: 'User:carol',
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
  };

  test('are made, found and deleted, in Confluent’s shapes', async () => {
    expect(await root.post(acls, rule)).toMatchObject({ status: 201, body: '' });
    expect((await root.post(`${acls}:batch`, { data: [rule, { ...rule, operation: 'WRITE' }] })).status).toBe(201);
    const found = await root.get(`${acls}?principal=User:carol&pattern_type=MATCH&resource_name=orders.eu`);
    expect(found).toMatchObject({
      status: 200,
      body: {
        kind: 'KafkaAclList',
        data: [
          { kind: 'KafkaAcl', cluster_id: 'millrace', ...rule },
          { kind: 'KafkaAcl', cluster_id: 'millrace', ...rule, operation: 'WRITE' },
        ],
      },
    });
    const meant = 'resource_type=TOPIC&resource_name=orders&pattern_type=PREFIXED&operation=READ&permission=ANY';
    expect(await root.send('DELETE', `${acls}?${meant}`)).toMatchObject({ status: 200, body: { data: [rule] } });
    expect((await root.get(`${acls}?principal=User:carol`)).body).toMatchObject({ data: [{ operation: 'WRITE' }] });
  });

  test('are not deleted by a request that does not say which', async () => {
    const answer = await root.send('DELETE', `${acls}?principal=User:alice`);
    expect(answer).toMatchObject({ status: 400, body: { error_code: 400 } });
    expect(await over.acls.list()).toHaveLength(2);
  });

  test.each([
    [{ ...rule, host: 'db.example' }, 40002],
    [{ ...rule, principal: 'carol' }, 40002],
    [{ ...rule, resource_type: 'GROUP', operation: 'WRITE' }, 40002],
    [{ ...rule, pattern_type: 'ANY' }, 400],
    [{ ...rule, operation: 'any' }, 400],
    [{ ...rule, more: 1 }, 400],
    [{}, 400],
  ])('are refused where they say nothing that can be: %j', async (body, code) => {
    expect(await root.post(acls, body)).toMatchObject({ status: 400, body: { error_code: code } });
  });

  test('count in the next request', async () => {
    expect((await as('carol', over).get('/topics/orders')).status).toBe(403);
    await root.post(acls, rule);
    expect((await as('carol', over).get('/topics/orders')).status).toBe(200);
    await over.acls.create([right('ALTER', 'CLUSTER', CLUSTER_NAME)]);
    const deny = { ...rule, permission: 'DENY', operation: 'ALL' };
    expect((await alice.post(acls, deny)).status).toBe(201);
    expect((await as('carol', over).get('/topics/orders')).status).toBe(403);
  });
});
