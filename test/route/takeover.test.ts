import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { ROUTE_LIMITS } from '../../lib/route/limits.ts';
import { seededRandom } from '../support/clock.ts';
import { faultyStores } from '../support/faulty.ts';
import { receiver } from './receiver.ts';
import { jsonEvents, mortal, RouteWorld, readAll } from './world.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-route-'));
  folders.push(path);
  return path;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const offsetsIn = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { offset: number }).offset);

describe('a process killed in mid-delivery', () => {
  test('is succeeded by another when its lease ends; nothing is lost, keys stay in order', async () => {
    const world = new RouteWorld();
    const [first, second] = [mortal(world), world.process()];
    let killed = false;
    const hook = await receiver((_, index) => {
      if (index < 25) return { status: 200 };
      if (!killed) first.kill();
      killed = true;
      return index < 30 ? undefined : { status: 200 };
    });
    await world.finish(first.topics.create('t', { partitions: 4 }));
    await world.finish(
      first.routes.create('hook', { 'connector.class': 'webhook', topics: 't', 'webhook.url': hook.url }),
    );
    first.routes.start();
    const sent = numbers(0, 200).map((i) => [`k${i % 10}`, i] as const);
    await world.finish(second.events.produce('t', jsonEvents(sent)));
    await world.until(() => killed, 'the kill');
    const killedMs = world.clock.nowMs();
    const { ended } = second.routes.start();
    const values = () => hook.received.map(({ body }) => Number(body));
    await world.until(() => new Set(values()).size === 200, 'all events');
    expect(world.clock.nowMs() - killedMs).toBeLessThan(ROUTE_LIMITS.leaseMs + 5_000);
    for (const key of numbers(0, 10)) {
      // Delivered again from the position on, each key's first deliveries are in order, and so are its last.
      const mine = values().filter((value) => value % 10 === key);
      const firsts = mine.filter((value, at) => mine.indexOf(value) === at);
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    }
    second.routes.close();
    await world.finish(ended);
    await hook.close();
  });

  test('is succeeded at once where no other process can be alive', async () => {
    const world = new RouteWorld();
    const first = mortal(world);
    const hook = await receiver();
    await world.finish(first.topics.create('t', { partitions: 1 }));
    await world.finish(
      first.routes.create('hook', { 'connector.class': 'webhook', topics: 't', 'webhook.url': hook.url }),
    );
    first.routes.start();
    await world.finish(first.events.produce('t', jsonEvents([['a', 1]])));
    await world.until(() => hook.received.length === 1, 'the first event');
    first.kill();
    const second = world.process({ aloneInStores: true });
    second.routes.start();
    await world.finish(second.events.produce('t', jsonEvents([['a', 2]])));
    const startMs = world.clock.nowMs();
    await world.until(() => hook.received.at(-1)?.body === '2', 'the second event');
    expect(world.clock.nowMs() - startMs).toBeLessThan(2_000);
    await hook.close();
  });

  test('cannot move positions once its lease is taken, however late its commit comes', async () => {
    const world = new RouteWorld();
    const [first, second] = [world.process(), world.process()];
    const hook = await receiver(() => undefined);
    await world.finish(first.topics.create('t', { partitions: 1 }));
    await world.finish(
      first.routes.create('hook', { 'connector.class': 'webhook', topics: 't', 'webhook.url': hook.url }),
    );
    first.routes.start();
    await world.finish(first.events.produce('t', jsonEvents(numbers(0, 5).map((i) => ['a', i]))));
    await world.until(() => hook.received.length === 1, 'a request under way');
    // Another process replays: the first one's answer, when it comes, must not count.
    await world.finish(second.routes.stop('hook'));
    await world.finish(second.routes.alterOffsets('hook', [{ topic: 't', partition: 0, offset: 4 }]));
    await world.pass(60_000);
    expect(await world.finish(second.routes.offsets('hook'))).toEqual([{ topic: 't', partition: 0, offset: 4 }]);
    expect((await world.finish(second.routes.status('hook'))).tasks).toEqual([]);
    await hook.close();
  });
});

describe('the file sink is exactly-once', () => {
  const config = (more: Record<string, string> = {}) => ({
    'connector.class': 'file',
    topics: 't',
    'file.path': 'archive',
    'file.chunk.offsets': '50',
    ...more,
  });

  test.each(['none', 'gzip'])('through kills, torn lines and replays (%s)', async (codec) => {
    const world = new RouteWorld();
    const filesFolder = await folder();
    const path = join(filesFolder, 'archive');
    const first = mortal(world, { filesFolder });
    await world.finish(first.topics.create('t', { partitions: 1 }));
    await world.finish(first.routes.create('archive', config({ 'file.compression': codec })));
    first.routes.start();
    const total = 180;
    const names = () => readdir(join(path, 't', '0')).catch(() => [] as string[]);
    const lines = async () => {
      const all: number[] = [];
      for (const name of (await names()).filter((one) => !one.endsWith('.tmp')).sort()) {
        const bytes = await readFile(join(path, 't', '0', name));
        all.push(...offsetsIn((codec === 'gzip' ? gunzipSync(bytes) : bytes).toString()));
      }
      return all;
    };
    await world.finish(first.events.produce('t', jsonEvents(numbers(0, 70).map((i) => [`k${i % 7}`, { i }]))));
    await world.until(async () => (await lines()).length === 70, 'the first 70 lines');
    // Killed before it has committed: all of this comes again.
    first.kill();
    if (codec === 'none') {
      const torn = join(path, 't', '0', '00000000000000000050.jsonl');
      await writeFile(torn, `${await readFile(torn, 'utf8')}{"topic":"t","partition":0,"off`);
    }
    const second = world.process({ filesFolder });
    const { ended } = second.routes.start();
    await world.finish(second.events.produce('t', jsonEvents(numbers(70, total).map((i) => [`k${i % 7}`, { i }]))));
    await world.until(async () => (await lines()).length >= total, 'all lines');
    expect(await lines()).toEqual(numbers(0, total));
    const end = codec === 'gzip' ? '.jsonl.gz' : '.jsonl';
    expect((await names()).sort()).toEqual(['000', '050', '100', '150'].map((at) => `00000000000000000${at}${end}`));
    // A replay lands on what is there; a file that was deleted is filled again.
    await rm(join(path, 't', '0', `00000000000000000050${end}`));
    await world.finish(second.routes.replay('archive', { offset: 20 }));
    await world.until(async () => (await lines()).length >= total, 'all lines again');
    await world.pass(10_000);
    expect(await lines()).toEqual(numbers(0, total));
    second.routes.close();
    await world.finish(ended);
  });

  test('a replay from further back fills in front of what a file has', async () => {
    const world = new RouteWorld();
    const filesFolder = await folder();
    const path = join(filesFolder, 'archive');
    const one = world.process({ filesFolder });
    await world.finish(one.topics.create('t', { partitions: 1 }));
    await world.finish(one.events.produce('t', jsonEvents(numbers(0, 40).map((i) => ['k', i]))));
    await world.finish(one.routes.create('archive', config({ 'consumer.override.auto.offset.reset': 'latest' })));
    const { ended } = one.routes.start();
    await world.pass(1_000);
    await world.finish(one.routes.replay('archive', { offset: 30 }));
    const lines = async () =>
      offsetsIn(await readFile(join(path, 't', '0', '00000000000000000000.jsonl'), 'utf8').catch(() => ''));
    await world.until(async () => (await lines()).length === 10, 'ten lines');
    await world.finish(one.routes.replay('archive', 'earliest'));
    await world.until(async () => (await lines()).length === 40, 'forty lines');
    expect(await lines()).toEqual(numbers(0, 40));
    one.routes.close();
    await world.finish(ended);
  });
});

describe('the topic sink is exactly-once', () => {
  test('through a kill between produce and commit', async () => {
    const world = new RouteWorld();
    const first = mortal(world);
    await world.finish(first.topics.create('in', { partitions: 2 }));
    await world.finish(first.topics.create('out', { partitions: 1 }));
    await world.finish(first.routes.create('copy', { 'connector.class': 'topic', topics: 'in', 'topic.name': 'out' }));
    const second = world.process();
    await world.finish(first.events.produce('in', jsonEvents(numbers(0, 300).map((i) => [`k${i % 9}`, i]))));
    first.routes.start();
    await world.until(async () => (await readAll(second.events, 'out')).length > 0, 'something produced');
    first.kill();
    expect(await world.finish(second.routes.offsets('copy'))).not.toContainEqual(
      expect.objectContaining({ offset: 150 }),
    );
    await world.finish(second.events.produce('in', jsonEvents(numbers(300, 350).map((i) => [`k${i % 9}`, i]))));
    second.routes.start();
    await world.until(async () => (await readAll(second.events, 'out')).length >= 350, 'all events');
    await world.pass(60_000);
    const out = (await world.finish(readAll(second.events, 'out'))).map(({ value }) => Number(value));
    expect(out.toSorted((a, b) => a - b)).toEqual(numbers(0, 350));
    for (const key of numbers(0, 9)) {
      const mine = out.filter((value) => value % 9 === key);
      expect(mine).toEqual(mine.toSorted((a, b) => a - b));
    }
    // Asked for on purpose, it lands again.
    await world.finish(second.routes.replay('copy', 'earliest'));
    await world.until(async () => (await readAll(second.events, 'out')).length === 700, 'all events twice');
  });

  test('while answers of the stores are lost, refused and late', async () => {
    const world = new RouteWorld();
    const inner = world.stores;
    const stores = faultyStores(inner, { clock: world.clock, random: seededRandom(5) });
    const clean = world.process();
    await world.finish(clean.topics.create('in', { partitions: 2 }));
    await world.finish(clean.topics.create('out', { partitions: 1 }));
    await world.finish(clean.routes.create('copy', { 'connector.class': 'topic', topics: 'in', 'topic.name': 'out' }));
    const faulty = world.process({ stores });
    faulty.routes.start();
    stores.plan({ unavailable: 0.1, answerLost: 0.15, requestLost: 0.1 });
    for (const from of numbers(0, 10)) {
      await world.finish(
        clean.events.produce('in', jsonEvents(numbers(from * 20, from * 20 + 20).map((i) => [`k${i % 9}`, i]))),
      );
      await world.pass(3_000);
    }
    await world.until(async () => (await readAll(clean.events, 'out')).length >= 200, 'all events');
    await world.pass(70_000);
    const out = (await world.finish(readAll(clean.events, 'out'))).map(({ value }) => Number(value));
    expect(out.toSorted((a, b) => a - b)).toEqual(numbers(0, 200));
    expect(Object.values(stores.struck).reduce((sum, count) => sum + count)).toBeGreaterThan(10);
  });
});
