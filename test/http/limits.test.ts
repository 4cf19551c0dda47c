import { beforeEach, describe, expect, test } from 'vitest';
import { client, services } from './world.ts';

const INSTANCE = '/consumers/billing/instances/one';

let http: ReturnType<typeof client>;
let unexpected: unknown[];

beforeEach(async () => {
  const over = services();
  unexpected = [];
  http = client(over, { onError: (error) => unexpected.push(error) });
  await over.topics.create('orders', { partitions: 1 });
  await over.topics.create('copy', { partitions: 1 });
  await http.post('/consumers/billing', { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' });
});

describe('a name that nothing can have is refused, and no failure of ours', () => {
  const long = 'x'.repeat(3_000);
  test.each([
    ['GET', `/connectors/${long}`, 404],
    ['GET', '/connectors/%00', 404],
    ['PUT', `/connectors/${long}/pause`, 404],
    ['DELETE', `/connectors/${long}`, 404],
    ['GET', `/consumers/billing/instances/${long}/records`, 404],
    ['GET', `/consumers/${long}/instances/one/records`, 422],
    ['POST', `/consumers/${long}`, 422],
    ['POST', '/consumers/a%00b', 422],
    ['GET', `/topics/${long}`, 422],
    ['GET', `/v3/clusters/millrace/consumer-groups/${long}`, 400],
  ] as const)('%s %s', async (method, path, status) => {
    expect((await http.send(method, path)).status).toBe(status);
    expect(unexpected).toEqual([]);
  });
});

describe('a consumer instance', () => {
  test('takes no subscription that its group would refuse, or that is too large to keep', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `topic-${i}`);
    for (const body of [{ topic_pattern: '(((' }, { topic_pattern: 'a'.repeat(500_000) }, { topics: names(1_001) }]) {
      expect((await http.post(`${INSTANCE}/subscription`, body)).status).toBe(422);
    }
    expect((await http.post(`${INSTANCE}/subscription`, { topics: names(1_000) })).status).toBe(204);
    expect(unexpected).toEqual([]);
  });

  test('takes no assignment that is too large to keep', async () => {
    const partitions = Array.from({ length: 5_000 }, (_, i) => ({ topic: `${'t'.repeat(100)}${i}`, partition: 0 }));
    expect(await http.post(`${INSTANCE}/assignments`, { partitions })).toMatchObject({
      status: 422,
      body: { error_code: 42205 },
    });
    expect(unexpected).toEqual([]);
  });

  test.each(['positions', 'offsets'])('takes the largest offset in %s, and refuses larger ones', async (what) => {
    await http.post(`${INSTANCE}/assignments`, { partitions: [{ topic: 'orders', partition: 0 }] });
    const at = (offset: number) => ({ offsets: [{ topic: 'orders', partition: 0, offset }] });
    const max = Number.MAX_SAFE_INTEGER - 2;
    expect((await http.post(`${INSTANCE}/${what}`, at(max))).status).toBe(what === 'offsets' ? 200 : 204);
    expect((await http.post(`${INSTANCE}/${what}`, at(max + 1))).status).toBe(422);
    expect((await http.post(`${INSTANCE}/${what}`, at(-1))).status).toBe(422);
    expect((await http.get(`${INSTANCE}/offsets`)).status).toBe(200);
    expect(unexpected).toEqual([]);
  });

  test('goes on in a topic called __proto__ as in any other', async () => {
    await http.post('/v3/clusters/millrace/topics', { topic_name: '__proto__' });
    await http.post(`${INSTANCE}/subscription`, { topics: ['__proto__'] });
    await http.produce('__proto__', [{ value: 1 }]);
    expect((await http.get(`${INSTANCE}/records?timeout=0`)).body).toHaveLength(1);
    expect((await http.get(`${INSTANCE}/records?timeout=0`)).body).toEqual([]);
  });
});

test('a setting called __proto__ is unknown like any other', async () => {
  const at = '/v3/clusters/millrace/topics';
  const configs = '[{"name":"__proto__","value":"1"}]';
  expect((await http.post(at, `{"topic_name":"new","configs":${configs}}`)).status).toBe(400);
  expect((await http.post(`${at}/orders/configs:alter`, `{"data":${configs}}`)).status).toBe(400);
});

test('more records than a request takes are refused before any is parsed', async () => {
  const over = services();
  await over.topics.create('orders');
  const small = client(over, { limits: { recordsMax: 2 } });
  const answer = await small.post('/v3/clusters/millrace/topics/orders/records', '{"unknown":1}{}{}');
  expect(answer.body).toMatchObject({ error_code: 400, message: 'One request takes at most 2 records.' });
});

describe('a connector', () => {
  const config = { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copy' };
  const create = (more: string) =>
    http.post('/connectors', `{"name":"copy","config":{${JSON.stringify(config).slice(1, -1)}${more}}}`);

  test('that needs what this server lacks is not made', async () => {
    const file = { 'connector.class': 'file', topics: 'orders', 'file.path': 'archive' };
    expect((await http.post('/connectors', { name: 'archive', config: file })).status).toBe(400);
    expect((await http.send('PUT', '/connectors/archive/config', file)).status).toBe(400);
    expect((await http.get('/connectors')).body).toEqual([]);
  });

  test('names the one setting that is wrong, however many are', async () => {
    expect((await create(',"__proto__":"x"')).body).toMatchObject({ message: expect.stringContaining('"__proto__"') });
    expect((await create(',"tasks.max":[],"filter":{}')).body).toMatchObject({
      error_code: 400,
      message: 'The request is not valid. config.tasks.max: must be a text, a number, true or false.',
    });
    const many = Array.from({ length: 1_000 }, (_, i) => `,"a${i}":1`).join('');
    expect((await create(many)).body).toMatchObject({ message: expect.stringContaining('1 to 1000 settings') });
  });

  test('keeps what each of two patches at once changes', async () => {
    await create('');
    const patch = (change: object) => http.send('PATCH', '/connectors/copy/config', change);
    await Promise.all([patch({ 'tasks.max': 3 }), patch({ 'errors.tolerance': 'all' })]);
    await patch({ 'tasks.max': 4, name: 'copy' });
    expect((await http.get('/connectors/copy/config')).body).toEqual({
      ...config,
      name: 'copy',
      'tasks.max': '4',
      'errors.tolerance': 'all',
    });
    await patch({ 'tasks.max': null });
    expect((await http.get('/connectors/copy/config')).body).not.toHaveProperty(['tasks.max']);
    expect((await patch({ name: 'other' })).status).toBe(400);
  });
});
