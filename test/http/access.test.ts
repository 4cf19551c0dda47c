import { describe, expect, test } from 'vitest';
import { Acls, ANY_ACL, CLUSTER_NAME } from '../../lib/auth/index.ts';
import { type Need, REQUIREMENTS } from '../../lib/http/access/requirements.ts';
import { type HttpServices, httpApp } from '../../lib/http/index.ts';
import { StoreError } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { as, CHECKED, ROOT, right } from './access-world.ts';
import { type Answer, services, V2_JSON } from './world.ts';

const records = { records: [{ value: 1 }] };
const places = { partitions: [{ topic: 'orders', partition: 0 }] };
const offsets = { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] };
const acl = {
  resource_type: 'TOPIC',
  resource_name: 'orders',
  pattern_type: 'LITERAL',
  principal: 'User:carol',
  host: '*',
  operation: 'READ',
  permission: 'ALLOW',
};
const file = { 'connector.class': 'file', topics: 'orders', file: 'x' };

/** What a request of a route takes, where it takes something; `from` is what its consumer instance does before. */
const SAMPLES: Readonly<
  Record<string, { body?: unknown; type?: string; search?: string; from?: 'fresh' | 'assigned' }>
> = {
  'POST /topics/:topic': { body: records, type: V2_JSON },
  'POST /topics/:topic/partitions/:partition': { body: records, type: V2_JSON },
  'POST /buffered/topics/:topic': { body: records, type: V2_JSON },
  'POST /buffered/topics/:topic/partitions/:partition': { body: records, type: V2_JSON },
  'POST /consumers/:group': { body: { name: 'c2' } },
  'POST /consumers/:group/instances/:instance/subscription': { body: { topics: ['orders'] }, from: 'fresh' },
  'POST /consumers/:group/instances/:instance/assignments': { body: places },
  'POST /consumers/:group/instances/:instance/offsets': {},
  'GET /consumers/:group/instances/:instance/records': { search: '?timeout=0' },
  'POST /consumers/:group/instances/:instance/positions': { body: offsets },
  'POST /consumers/:group/instances/:instance/positions/beginning': { body: places },
  'POST /consumers/:group/instances/:instance/positions/end': { body: places },
  'POST /v3/clusters/:cluster/topics': { body: { topic_name: 'fresh' } },
  'PATCH /v3/clusters/:cluster/topics/:topic': { body: { partitions_count: 9 } },
  'POST /v3/clusters/:cluster/topics/:topic/:action{configs:alter}': {
    body: { data: [{ name: 'retention.ms', value: '1' }] },
  },
  'PUT /v3/clusters/:cluster/topics/:topic/configs/:name': { body: { value: '1' } },
  'POST /v3/clusters/:cluster/topics/:topic/records': { body: { value: { type: 'JSON', data: 1 } } },
  'POST /v3/clusters/:cluster/transactions': {
    body: {
      records: [{ topic_name: 'orders', value: { type: 'JSON', data: 1 } }],
      offsets: [{ consumer_group_id: 'billing', partitions: [{ topic_name: 'orders', partition_id: 0, offset: 1 }] }],
    },
  },
  'POST /v3/clusters/:cluster/consumer-groups/:group/reset': { body: { topic: 'orders', to: 'earliest' } },
  'POST /v3/clusters/:cluster/acls': { body: acl },
  'POST /v3/clusters/:cluster/:action{acls:batch}': { body: { data: [acl] } },
  'DELETE /v3/clusters/:cluster/acls': {
    search: '?resource_type=GROUP&pattern_type=ANY&operation=ANY&permission=DENY',
  },
  'POST /connectors': { body: { name: 'r', config: file } },
  'PUT /connectors/:name/config': { body: file },
  'PATCH /connectors/:name/config': { body: { file: 'y' } },
  'POST /connectors/:name/replay': { body: { from: 'earliest' } },
  'PATCH /connectors/:name/offsets': {
    body: { offsets: [{ partition: { kafka_topic: 'orders', kafka_partition: 0 }, offset: null }] },
  },
  'PUT /connector-plugins/:plugin/config/validate': { body: file },
};

const NAMES: Readonly<Record<string, string>> = {
  cluster: 'millrace',
  topic: 'orders',
  partition: '0',
  group: 'billing',
  instance: 'c1',
  name: 'retention.ms',
  consumer: 'm',
  task: '0',
  plugin: 'file',
};

/** A request of `route`, with the names that there are, or with others. */
function sample(route: string, names = NAMES) {
  const [method, pattern] = route.split(' ') as [string, string];
  const named = pattern.replace(/:(\w+)(?=\/|$)/g, (_, name: string) => names[name]!);
  const path = named.replace(/:action\{([^}]+)\}/, '$1');
  const { body, type = 'application/json', search = '' } = SAMPLES[route] ?? {};
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': type };
  return (http: ReturnType<typeof as>) => http.send(method, path + search, body, headers);
}

/** A topic `orders` with a record, and an instance `c1` of the group `billing`, as the super user made them. */
async function world(start: 'fresh' | 'assigned' = 'assigned'): Promise<HttpServices> {
  const over = services();
  const root = as(ROOT, over);
  await over.topics.create('orders', { partitions: 1 });
  await over.events.produce('orders', [{ key: null, value: Buffer.from('1') }]);
  const config = { name: 'c1', format: 'json', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' };
  await root.post('/consumers/billing', config);
  const at = '/consumers/billing/instances/c1';
  if (start === 'assigned') expect(await root.post(`${at}/assignments`, places)).toMatchObject({ status: 204 });
  if (start === 'assigned') expect(await root.post(`${at}/offsets`, offsets)).toMatchObject({ status: 200 });
  return over;
}

function rightFor({ operation, type, from }: Need) {
  if (from === 'orCluster') return right(operation, 'TOPIC', 'fresh');
  return right(operation, type, type === 'TOPIC' ? 'orders' : type === 'GROUP' ? 'billing' : CLUSTER_NAME);
}

const refused = ({ status, body }: Answer) => ({ status, code: (body as { error_code?: number }).error_code });
const ROUTES = Object.entries(REQUIREMENTS);
const WITH_NEEDS = ROUTES.flatMap(([route, needs]) => (typeof needs === 'string' ? [] : [[route, needs] as const]));

describe('routes', () => {
  test('have a requirement each, and each requirement a route', () => {
    const routes = httpApp(services(), CHECKED).routes.filter(({ method }) => method !== 'ALL');
    const registered = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    // The guards are registered under the same paths, so only an app without them shows what has a handler.
    const unchecked = httpApp(services()).routes.filter(({ method }) => method !== 'ALL');
    expect([...registered].sort()).toEqual(Object.keys(REQUIREMENTS).sort());
    expect([...new Set(unchecked.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual(
      Object.keys(REQUIREMENTS).sort(),
    );
  });

  test.each(ROUTES)('%s is for nobody without a name, but for health', async (route, needs) => {
    const answer = await sample(route)(as(undefined, await world()));
    if (needs === 'open') return expect(answer.status).toBe(200);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    return expect(refused(answer).code).toBe(route.includes('/connect') ? 401 : 40101);
  });

  test.each(WITH_NEEDS)('%s needs each of its rights, and no more', async (route, needs) => {
    const over = await world(SAMPLES[route]?.from);
    const alice = as('alice', over);
    for (const missing of needs) {
      await over.acls.delete([ANY_ACL]);
      await over.acls.create(needs.filter((need) => need !== missing).map(rightFor));
      const answer = await sample(route)(alice);
      const hidden = missing.type === 'TOPIC' ? '"orders"' : '"billing"';
      if (missing.from === 'listed') expect(JSON.stringify(answer.body)).not.toContain(hidden);
      else expect(refused(answer)).toEqual({ status: 403, code: route.includes('/connect') ? 403 : 40301 });
    }
    await over.acls.create(needs.map(rightFor));
    const answer = await sample(route)(alice);
    expect([401, 403, 500, 503]).not.toContain(answer.status);
    if (needs.some(({ from }) => from === 'listed') && !route.endsWith('/assignments')) {
      expect(answer.status).toBe(200);
    }
  });

  test.each(WITH_NEEDS)('%s says no word of what exists to those without a right', async (route) => {
    const over = await world(SAMPLES[route]?.from);
    const alice = as('alice', over);
    const there = await sample(route)(alice);
    const others = { ...NAMES, topic: 'nothing', group: 'nobody', instance: 'none', name: 'no' };
    const gone = await sample(route, others)(alice);
    const neutral = ({ status, body }: Answer) => [
      status,
      JSON.stringify(body).replaceAll('orders', 'nothing').replaceAll('billing', 'nobody'),
    ];
    expect(neutral(gone)).toEqual(neutral(there));
  });
});

test('a refusal names who may not do what to which', async () => {
  const over = await world();
  const message = 'User:alice is not authorized to WRITE topic "orders".';
  const answer = await as('alice', over).post('/topics/orders', records, { 'content-type': V2_JSON });
  expect(answer).toMatchObject({ status: 403, body: { error_code: 40301, message } });
});

test.each(['*', '', 'a\tb'])('nobody is called %j', async (user) => {
  const over = await world();
  const access = { principalOf: () => `User:${user}` };
  expect((await as(undefined, over, { access }).get('/topics')).status).toBe(401);
});

test('without access everything is allowed, whatever the bindings say', async () => {
  const over = await world();
  const http = as(undefined, over, { access: undefined } as object);
  await over.acls.create([{ ...right('DESCRIBE', 'TOPIC', 'orders'), principal: 'User:*', permission: 'DENY' }]);
  expect((await http.get('/topics/orders')).status).toBe(200);
});

test('rights that cannot be read let nobody in but super users', async () => {
  const over = await world();
  const broken = intercepted(over.items, {
    query: () => Promise.reject(new StoreError('store_unavailable', 'Gone.')),
  });
  const closed = { ...over, acls: new Acls({ items: broken, clock: over.clock }) };
  expect((await as('alice', closed).get('/topics/orders')).status).toBe(503);
  expect((await as(ROOT, closed).get('/topics/orders')).status).toBe(200);
});

describe('lists', () => {
  test('of groups show all to whoever may describe the cluster', async () => {
    const over = await world();
    await over.acls.create([right('DESCRIBE', 'CLUSTER', CLUSTER_NAME)]);
    const { body } = await as('alice', over).get('/v3/clusters/millrace/consumer-groups');
    expect(body).toMatchObject({ data: [{ consumer_group_id: 'billing' }] });
  });

  test('of settings are shown to whoever may describe them', async () => {
    const over = await world();
    await over.topics.alter('orders', { 'retention.ms': '5' });
    await over.acls.create([right('WRITE', 'TOPIC', 'orders')]);
    const alice = as('alice', over);
    expect((await alice.get('/topics/orders')).body).toHaveProperty('configs', {});
    await over.acls.create([right('DESCRIBE_CONFIGS', 'TOPIC', 'orders')]);
    expect((await alice.get('/topics/orders')).body).toMatchObject({ configs: { 'retention.ms': '5' } });
  });
});

test('topics are made by whoever may make this one, or any', async () => {
  const over = await world();
  const alice = as('alice', over);
  const make = async (topic_name: string) => (await alice.post('/v3/clusters/millrace/topics', { topic_name })).status;
  await over.acls.create([right('CREATE', 'TOPIC', 'mine')]);
  expect([await make('mine'), await make('other')]).toEqual([201, 403]);
  await over.acls.create([right('CREATE', 'CLUSTER', CLUSTER_NAME)]);
  expect(await make('other')).toBe(201);
});
