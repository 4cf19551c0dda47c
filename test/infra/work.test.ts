import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noteAwake, noteTended, readAwake } from '../../functions/awake-item.ts';
import { ingestHandler } from '../../functions/ingest.ts';
import { reconcileFromParameters } from '../../functions/reconcile.ts';
import { sourceHandler } from '../../functions/source.ts';
import { type HttpEnv, httpApp } from '../../lib/http/index.ts';
import { ledgerOfHead, parseObjectKey } from '../../lib/log/index.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { parseSource } from '../../lib/route/index.ts';
import { memoryStores, SMALL_OBJECT_BYTES_MAX, type Stores, tieredStores } from '../../lib/store/index.ts';
import { message, recordingLogger, textAttributes } from '../functions/deliveries.ts';
import { runOut, type SimulatedClock, seededRandom, simulatedClock } from '../support/clock.ts';
import { testApp } from './apps.ts';
import { everything } from './everything.ts';
import { rightsOf } from './policies.ts';
import { type Denied, underRights } from './under-rights.ts';

const HOUR_MS = 3_600_000;
const LARGE = 'x'.repeat(2 * SMALL_OBJECT_BYTES_MAX);

let template: Template;
let folder: string;
let shared: Stores;
let clock: SimulatedClock;
let seed = 0;

beforeAll(async () => {
  template = Template.fromStack(Stack.of(everything(testApp()).platform));
  folder = await mkdtemp(join(tmpdir(), 'millrace-rights-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  shared = memoryStores();
  clock = simulatedClock();
});

/** The platform as a function of this name has it: over what all share, with the rights of its role. */
function as(functionName: string): { platform: Platform; denied: Denied } {
  const { stores, denied } = underRights(shared, rightsOf(template, functionName));
  const small = (key: string) => (parseObjectKey(key)?.sizeBytes ?? Number.POSITIVE_INFINITY) <= SMALL_OBJECT_BYTES_MAX;
  const platform = openPlatform({
    stores: tieredStores(stores, small),
    clock,
    random: seededRandom(++seed),
    background: false,
    lingerMs: 1,
    filesFolder: folder,
    log: { mergeAgeMs: 1, staleObjectMs: 60_000, collectGraceMs: 60_000 },
  });
  return { platform, denied };
}

const done = <T>(work: Promise<T>): Promise<T> => runOut(clock, work);

/** As the API's function, which may do what everybody may ask for. */
async function prepared(...topics: string[]): Promise<void> {
  const { platform } = as('all-api');
  for (const topic of topics) await done(platform.topics.create(topic, { partitions: 2 }));
}

async function filled(topic: string): Promise<void> {
  const { platform } = as('all-api');
  for (const value of ['small', LARGE]) {
    await done(platform.events.produce(topic, [{ key: Buffer.from('k'), value: Buffer.from(value) }]));
  }
}

async function asked(app: Hono<HttpEnv>, method: string, path: string, body?: object): Promise<unknown> {
  const type =
    path.startsWith('/v3') || path.startsWith('/conn') ? 'application/json' : 'application/vnd.kafka.json.v2+json';
  const more = body === undefined ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body) };
  const answer = await done(Promise.resolve(app.request(path, { method, ...more })));
  const text = await answer.text();
  expect(`${method} ${path} ${answer.status < 300 ? 'is done' : text}`).toBe(`${method} ${path} is done`);
  return text === '' ? undefined : JSON.parse(text);
}

describe('the role of', () => {
  it('the API lets it do all that can be asked for', async () => {
    const { platform, denied } = as('all-api');
    const app = httpApp(platform, { clusterId: 'all' });
    const ask = (method: string, path: string, body?: object) => asked(app, method, path, body);
    await ask('GET', '/health/ready');
    await ask('POST', '/v3/clusters/all/topics', { topic_name: 'orders', partitions_count: 2 });
    await ask('POST', '/v3/clusters/all/topics', { topic_name: 'copies', partitions_count: 1 });
    await ask('POST', '/topics/orders', { records: [{ key: 'a', value: 1 }] });
    await ask('POST', '/topics/orders', { records: [{ key: 'a', value: LARGE }] });
    const once = { 'idempotency-key': 'k', 'content-type': 'application/vnd.kafka.json.v2+json' };
    const body = JSON.stringify({ records: [{ value: 2 }] });
    for (const _ of ['first', 'again']) {
      const answer = await done(
        Promise.resolve(app.request('/topics/orders', { method: 'POST', headers: once, body })),
      );
      expect(answer.status).toBe(200);
    }
    const at = '/consumers/billing/instances/c1';
    await ask('POST', '/consumers/billing', { name: 'c1', format: 'json', 'auto.offset.reset': 'earliest' });
    await ask('POST', `${at}/subscription`, { topics: ['orders'] });
    await ask('GET', `${at}/records?timeout=0`);
    await ask('POST', `${at}/offsets`);
    await ask('DELETE', at);
    const config = { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copies' };
    await ask('PUT', '/connectors/made/config', config);
    await ask('GET', '/connectors/made/status');
    await ask('PUT', '/connectors/made/pause');
    await ask('DELETE', '/connectors/made');
    const binding = { resource_type: 'TOPIC', resource_name: 'orders', pattern_type: 'LITERAL', principal: 'User:a' };
    await ask('POST', '/v3/clusters/all/acls', { ...binding, host: '*', operation: 'READ', permission: 'ALLOW' });
    await ask('GET', '/v3/clusters/all/consumer-groups');
    await done(platform.groups.delete('billing'));
    await ask('DELETE', '/v3/clusters/all/topics/copies');
    expect(denied).toEqual([]);
  });

  it('ingest, and that of a source, lets them store what comes, dead letters and repetitions among it', async () => {
    await prepared('orders', 'dead');
    const logger = recordingLogger();
    const ingest = as('all-ingest');
    const attributes = { topic: 'orders', contentType: 'application/vnd.kafka.json.v2+json', idempotencyKey: 'once' };
    const Records = [message('m1', '{"records":[{"value":1}]}', { messageAttributes: textAttributes(attributes) })];
    const stored = ingestHandler({ events: ingest.platform.events, logger });
    expect(await done(stored({ Records }))).toEqual({ batchItemFailures: [] });
    expect(await done(stored({ Records }))).toEqual({ batchItemFailures: [] });
    expect(ingest.denied).toEqual([]);

    const source = as('all-source-mail');
    const settings = parseSource({ kind: 'sqs', topic: 'orders', deadLetterTopic: 'dead', deduplicate: 'record' });
    const brought = sourceHandler({ events: source.platform.events, logger }, settings);
    const batch = { Records: [message('m2', '{"a":1}'), message('m3', LARGE)] };
    expect(await done(brought(batch))).toEqual({ batchItemFailures: [] });
    expect(await done(brought(batch))).toEqual({ batchItemFailures: [] });
    expect(source.denied).toEqual([]);
  });

  it('dispatch lets it find who is to deliver, and note that something happens', async () => {
    await prepared('orders', 'copies');
    await done(as('all-api').platform.routes.put('copy', COPY, { worker: 'all-deliver-copy' }));
    await filled('orders');
    const { platform, denied } = as('all-dispatch');
    const [topic] = (await platform.topics.list()).filter(({ name }) => name === 'orders');
    const ledger = ledgerOfHead({ pk: `ledger/${topic!.topicId}/0`, sk: 'head' });
    expect(await done(platform.routes.onDemand.readersOf([ledger!]))).toMatchObject([{ route: 'copy' }]);
    await done(noteAwake(platform.items, clock.nowMs()));
    expect(denied).toEqual([]);
  });

  it('a route lets it deliver and keep its position, and touch no other route', async () => {
    await prepared('orders', 'copies');
    const api = as('all-api').platform;
    await done(api.routes.put('queue', { 'connector.class': 'file', topics: 'orders', 'file.path': 'out.jsonl' }));
    await done(api.routes.put('copy', COPY));
    const poison = { ...COPY, transform: '$error("no")', 'errors.tolerance': 'all', 'errors.retry.timeout': '0' };
    await done(api.routes.put('hook', { ...poison, 'errors.deadletterqueue.topic.name': 'dead' }));
    await filled('orders');
    const [orders] = (await api.topics.list()).filter(({ name }) => name === 'orders');
    for (const route of ['queue', 'copy', 'hook']) {
      const { platform, denied } = as(`all-deliver-${route}`);
      const work = { route, topicId: orders!.topicId, ledger: 0 };
      const stop = new AbortController().signal;
      const came = await done(platform.routes.onDemand.deliver(work, { stop }));
      expect([route, came.end, came.delivered + came.givenUp]).toEqual([route, 'idle', 2]);
      expect([route, ...denied]).toEqual([route]);
    }
    const other = as('all-deliver-queue');
    const work = { route: 'copy', topicId: orders!.topicId, ledger: 0 };
    const tried = done(other.platform.routes.onDemand.deliver(work, { stop: new AbortController().signal }));
    await expect(tried).rejects.toThrow('AccessDenied');
    expect(other.denied[0]).toMatch(/route\/copy$/);
  });

  it('tend lets it merge, compact, retain, collect, catalogue, sweep and measure', async () => {
    await prepared('orders', 'copies');
    const api = as('all-api').platform;
    await done(
      api.topics.create('latest', { config: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' } }),
    );
    await done(api.topics.create('short', { config: { 'retention.ms': '1000' } }));
    await done(api.routes.put('copy', COPY));
    for (const topic of ['orders', 'latest', 'short']) {
      for (let i = 0; i < 40; i++) await filled(topic);
    }
    const { platform, denied } = as('all-tend');
    for (let round = 0; round < 4; round++) {
      clock.jump(HOUR_MS);
      const report = await done(platform.tend({ collect: true }));
      expect(report.failures).toEqual([]);
      await done(noteTended(platform.items, clock.nowMs(), true));
    }
    await done(readAwake(platform.items));
    expect((await done(platform.routes.onDemand.behind())).works).not.toEqual([]);
    await done(platform.routes.status('copy'));
    for (const { group } of await done(platform.groups.list())) await done(platform.groups.lag(group));
    expect(denied).toEqual([]);
    expect((await done(platform.verify())).problems).toEqual([]);
  });

  it('reconcile lets it make, change and take back what is declared', async () => {
    for (const functionName of ['all-reconcile', 'all-tend']) {
      const { platform, denied } = as(functionName);
      for (const [revision, texts] of [
        [1, DECLARED],
        [2, { ...DECLARED, 'topics/orders': '{"partitions":4,"settings":{"retention.ms":"1000"}}' }],
        [3, { 'topics/orders': DECLARED['topics/orders'] }],
      ] as const) {
        clock.jump(HOUR_MS);
        const read = async () =>
          Object.entries(texts).map(([name, text]) => ({ name, text, revision: clock.nowMs() + revision }));
        const names = (kind: string) =>
          Object.keys(texts).flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []));
        const listed = { topics: names('topics/'), routes: names('routes/'), acls: names('acls/') };
        const { settled } = await done(
          reconcileFromParameters(platform, '/millrace/all', { read, listed, pauseMs: 0 }),
        );
        expect(settled.filter(({ is, why }) => is === 'refused' && !why.includes('only grow'))).toEqual([]);
      }
      expect(denied).toEqual([]);
    }
  });
});

const COPY = { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copies' };
const DECLARED = {
  'topics/orders': '{"partitions":2,"settings":{}}',
  'topics/copies': '{"partitions":1,"settings":{}}',
  'routes/copy': JSON.stringify({ config: COPY, worker: 'all-deliver-copy' }),
  'acls/0': JSON.stringify([
    {
      resource: { type: 'TOPIC', pattern: 'LITERAL', name: 'orders' },
      principal: 'User:role/Shop',
      host: '*',
      operation: 'WRITE',
      permission: 'ALLOW',
    },
  ]),
};
