import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileRoute } from '../../lib/route/compile.ts';
import { Leases } from '../../lib/route/lease.ts';
import { ROUTE_LIMITS } from '../../lib/route/limits.ts';
import { FileSink } from '../../lib/route/sinks/file.ts';
import { Worker } from '../../lib/route/worker.ts';
import { seededRandom } from '../support/clock.ts';
import { faultyStores } from '../support/faulty.ts';
import { receiver } from './receiver.ts';
import { jsonEvents, RouteWorld } from './world.ts';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** A worker of a webhook route, by itself. */
async function worker(world: RouteWorld, url: string, more: Readonly<Record<string, string>> = {}) {
  const parts = { ...world.process(), clock: world.clock, filesFolder: undefined };
  const { topicId } = await world.finish(parts.topics.describe('t'));
  const texts = {
    'connector.class': 'webhook',
    topics: 't',
    'webhook.url': url,
    'webhook.timeout.ms': '300000',
    ...more,
  };
  const route = { name: 'r', id: 'id', texts, state: 'RUNNING', version: 1, createdMs: 0 } as const;
  const leases = new Leases({ items: world.stores.items, clock: world.clock });
  const acquired = await leases.acquire({ route: 'r', topic: 't', topicId, ledger: 0 }, { owner: 'me' });
  if (!('lease' in acquired)) throw new Error('The lease is not free.');
  return new Worker(parts, leases, acquired.lease, compileRoute(route, parts).compiled);
}

describe('a worker', () => {
  test('reads no more ahead of a receiver that hangs than its memory allows', async () => {
    const world = new RouteWorld();
    const { topics, events } = world.process();
    await world.finish(topics.create('t', { partitions: 1 }));
    const value = 'x'.repeat(8 * 1024);
    for (const _ of numbers(0, 10)) {
      await world.finish(events.produce('t', jsonEvents(numbers(0, 400).map((i) => [`k${i}`, value]))));
    }
    const hook = await receiver(() => undefined);
    const one = await worker(world, hook.url);
    const stop = new AbortController();
    const running = one.run([0], stop.signal);
    await world.pass(8_000);
    const readBytes = one.counts.read * value.length;
    expect(readBytes).toBeGreaterThanOrEqual(ROUTE_LIMITS.openBytesMax);
    // One fetch more, of which the last batch may be cut nowhere.
    expect(readBytes).toBeLessThan(ROUTE_LIMITS.openBytesMax + 5 * ROUTE_LIMITS.fetchBytes);
    expect(hook.received.length).toBe(ROUTE_LIMITS.deliveriesMax);
    stop.abort();
    expect(await world.finish(running)).toBe('stopped');
    await hook.close();
  });

  test('reads no more ahead of one event that hangs, though all others need no delivery', async () => {
    const world = new RouteWorld();
    const { topics, events } = world.process();
    await world.finish(topics.create('t', { partitions: 1 }));
    const value = 'x'.repeat(200);
    await world.finish(events.produce('t', jsonEvents([['stuck', value]])));
    for (const _ of numbers(0, 7)) {
      await world.finish(events.produce('t', jsonEvents(numbers(0, 10_000).map(() => ['other', value]))));
    }
    const hook = await receiver(() => undefined);
    const one = await worker(world, hook.url, { filter: '{"key":["stuck"]}' });
    const stop = new AbortController();
    const running = one.run([0], stop.signal);
    await world.pass(8_000);
    expect(one.counts.read).toBeGreaterThanOrEqual(ROUTE_LIMITS.windowEventsMax);
    expect(one.counts.read).toBeLessThan(ROUTE_LIMITS.windowEventsMax + 15_000);
    stop.abort();
    expect(await world.finish(running)).toBe('stopped');
    await hook.close();
  });

  test('that was asked to stop commits what was delivered and gives its lease back', async () => {
    const world = new RouteWorld();
    const { topics, events, groups } = world.process();
    await world.finish(topics.create('t', { partitions: 1 }));
    await world.finish(events.produce('t', jsonEvents(numbers(0, 10).map((i) => ['k', i]))));
    const hook = await receiver(({ body }) => (body === '6' ? undefined : { status: 200 }));
    const one = await worker(world, hook.url);
    const stop = new AbortController();
    const running = one.run([0], stop.signal);
    await world.until(() => hook.received.length === 7, 'the seventh event');
    stop.abort();
    expect(await world.finish(running)).toBe('stopped');
    expect(one.counts).toMatchObject({ delivered: 6 });
    expect(await world.finish(groups.committed('route.r', 't'))).toMatchObject([{ partition: 0, offset: 6 }]);
    const [lease] = await new Leases({ items: world.stores.items, clock: world.clock }).list('r');
    expect(lease!.owner).toBeUndefined();
    await hook.close();
  });
});

test('a position never goes back while answers to its commits are lost or late', async () => {
  const world = new RouteWorld();
  const stores = faultyStores(world.stores, { clock: world.clock, random: seededRandom(11) });
  const [faulty, clean] = [world.process({ stores }), world.process()];
  const hook = await receiver();
  await world.finish(clean.topics.create('t', { partitions: 1 }));
  await world.finish(clean.routes.create('r', { 'connector.class': 'webhook', topics: 't', 'webhook.url': hook.url }));
  faulty.routes.start();
  stores.plan({ answerLost: 0.2, requestLost: 0.1, delayed: 0.1 });
  const seen: number[] = [];
  for (const round of numbers(0, 12)) {
    await world.finish(clean.events.produce('t', jsonEvents(numbers(round * 5, round * 5 + 5).map((i) => ['k', i]))));
    for (const _ of numbers(0, 10)) {
      await world.pass(200);
      const [position] = await world.finish(clean.routes.offsets('r'));
      if (position) seen.push(position.offset);
    }
  }
  stores.plan({});
  await world.until(async () => (await clean.routes.offsets('r'))[0]?.offset === 60, 'the last position');
  await world.pass(70_000);
  expect(await world.finish(clean.routes.offsets('r'))).toEqual([{ topic: 't', partition: 0, offset: 60 }]);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(stores.struck.answerLost).toBeGreaterThan(0);
  expect(stores.struck.delayed).toBeGreaterThan(0);
  expect(new Set(hook.received.map(({ body }) => body)).size).toBe(60);
  await hook.close();
});

test('a file sink whose writer has lost its lease, and does not know it yet, undoes nothing', async () => {
  const path = await mkdtemp(join(tmpdir(), 'millrace-route-'));
  const options = { path, chunkOffsets: 100, gzip: false };
  const [old, young] = [new FileSink(options), new FileSink(options)];
  const batch = (from: number, to: number) => ({
    topic: 't',
    topicId: 'id',
    partition: 0,
    from,
    to,
    events: numbers(from, to).map((offset) => {
      return { topic: 't', partition: 0, offset, timestampMs: 0, key: null, value: Buffer.from('1'), headers: [] };
    }),
  });
  await old.deliver(batch(0, 10));
  await Promise.all([young.deliver(batch(5, 20)), old.deliver(batch(10, 15)), young.deliver(batch(20, 30))]);
  await old.deliver(batch(10, 16));
  const text = await readFile(join(path, 't', '0', '00000000000000000000.jsonl'), 'utf8');
  expect(
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).offset),
  ).toEqual(numbers(0, 30));
  await rm(path, { recursive: true });
});

test('a webhook keeps the start of a long refusal, and no more', async () => {
  const world = new RouteWorld();
  const one = world.process();
  const hook = await receiver(() => ({ status: 400, body: `no${'!'.repeat(1_000_000)}` }));
  await world.finish(one.topics.create('t', { partitions: 1 }));
  await world.finish(one.routes.create('r', { 'connector.class': 'webhook', topics: 't', 'webhook.url': hook.url }));
  one.routes.start();
  await world.finish(one.events.produce('t', jsonEvents([['k', 1]])));
  await world.until(async () => (await one.routes.status('r')).tasks[0]!.state === 'FAILED', 'a failed task');
  const { trace } = (await world.finish(one.routes.status('r'))).tasks[0]!;
  expect(trace).toMatch(/HTTP 400 from http:.*: no!!!/);
  expect(trace!.length).toBeLessThanOrEqual(ROUTE_LIMITS.traceMax);
  await hook.close();
});

describe('a batch that was begun under a narrower filter', () => {
  test('does not keep the worker waiting for more than it may hold, and nothing of it is lost', async () => {
    const world = new RouteWorld();
    const { topics, events, groups } = world.process();
    await world.finish(topics.create('t', { partitions: 1 }));
    await world.finish(topics.create('out', { partitions: 1 }));
    for (const from of [0, 5_000, 10_000]) {
      await world.finish(
        events.produce('t', jsonEvents(numbers(from, from + 5_000).map((i) => [null, `${i}`.padEnd(400)]))),
      );
    }
    const parts = { ...world.process(), clock: world.clock, filesFolder: undefined };
    const { topicId } = await world.finish(topics.describe('t'));
    const texts = { 'connector.class': 'topic', topics: 't', 'topic.name': 'out' };
    const route = { name: 'r', id: 'id', texts, state: 'RUNNING', version: 1, createdMs: 0 } as const;
    const leases = new Leases({ items: world.stores.items, clock: world.clock });
    const place = { route: 'r', topic: 't', topicId, ledger: 0 };
    const before = await leases.seize(place, 'before', { replay: false });
    await leases.planBatch(before, 0, { from: 0, to: 14_000 });
    const lease = await leases.seize(place, 'me', { replay: false });
    const one = new Worker(parts, leases, lease, compileRoute(route, parts).compiled);
    const stop = new AbortController();
    const running = one.run([0], stop.signal);
    await world.until(async () => {
      const [at] = await groups.committed('route.r', 't');
      return at?.offset === 15_000;
    }, 'everything delivered');
    expect(one.counts.delivered).toBe(15_000);
    expect((await world.finish(events.offsets('out')))[0]!.highWatermark).toBe(15_000);
    stop.abort();
    await world.finish(running);
  }, 30_000);
});

test('a worker that begins at the latest event says so at once, so that its successor skips nothing', async () => {
  const world = new RouteWorld();
  const { topics, events, groups } = world.process();
  await world.finish(topics.create('t', { partitions: 2 }));
  await world.finish(events.produce('t', jsonEvents(numbers(0, 4).map((i) => [`k${i}`, i]))));
  const ends = (await world.finish(events.offsets('t'))).map(({ highWatermark }) => highWatermark);
  const hook = await receiver(() => undefined);
  const one = await worker(world, hook.url, { 'consumer.override.auto.offset.reset': 'latest' });
  const stop = new AbortController();
  const running = one.run([0, 1], stop.signal);
  await world.pass(50);
  expect((await groups.committed('route.r', 't')).map(({ offset }) => offset)).toEqual(ends);
  stop.abort();
  await world.finish(running);
  await hook.close();
});
