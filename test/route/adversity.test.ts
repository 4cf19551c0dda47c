import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TopicSink } from '../../lib/route/sinks/topic.ts';
import type { ItemKey, Write } from '../../lib/store/index.ts';
import { memoryStores, StoreError } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { jsonEvents, mortal, RouteWorld, readAll } from './world.ts';

let filesFolder: string;
beforeEach(async () => {
  filesFolder = await mkdtemp(join(tmpdir(), 'millrace-route-'));
});
afterEach(() => rm(filesFolder, { recursive: true, force: true, maxRetries: 5 }));

const linesOf = async (folder: string) => {
  const text = await readFile(join(filesFolder, folder, 't', '0', '00000000000000000000.jsonl'), 'utf8').catch(
    () => '',
  );
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { value: unknown }).value);
};

describe('a value that is nested too deep to be walked', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

  async function delivered(config: Readonly<Record<string, string>>) {
    const world = new RouteWorld();
    const one = world.process({ filesFolder });
    await world.finish(one.topics.create('t', { partitions: 1 }));
    await world.finish(
      one.events.produce(
        't',
        jsonEvents([
          ['a', '1'],
          ['b', deep],
          ['c', '[2]'],
        ]),
      ),
    );
    const { ended } = one.routes.start();
    const settings = { 'connector.class': 'file', topics: 't', 'file.path': 'archive', ...config };
    await world.finish(one.routes.create('archive', settings));
    await world.pass(3_000);
    one.routes.close();
    await world.finish(ended);
    return linesOf('archive');
  }

  test('is archived as text, and keeps nothing else from it', async () => {
    expect(await delivered({})).toEqual([1, deep, [2]]);
  });

  test('passes a filter as text', async () => {
    expect(await delivered({ filter: '{"value":[1,{"prefix":"[["}]}' })).toEqual([1, deep]);
    expect(await delivered({ filter: '{"value":[{"exists":true}]}', 'file.path': 'archive' })).toContain(deep);
  });
});

describe('the topic sink', () => {
  test('doubles nothing of a batch with a poison event, of which one answer was lost', async () => {
    const world = new RouteWorld();
    const one = world.process();
    await world.finish(one.topics.create('in', { partitions: 1 }));
    await world.finish(one.topics.create('out', { partitions: 1, config: { 'max.message.bytes': '500' } }));
    let lost = 0;
    const flaky = intercepted(one.events, {
      transact: async (...args) => {
        const placed = await one.events.transact(...args);
        if (lost++ === 0) throw new StoreError('store_unknown', 'lost');
        return placed;
      },
    });
    const sink = new TopicSink({ topic: 'out' }, flaky);
    const events = jsonEvents([
      ['a', 'x'.repeat(2_000)],
      ['b', 1],
      ['c', 2],
    ]).map((event, offset) => {
      return { ...event, topic: 'in', partition: 0, offset, timestampMs: 0, headers: [] };
    });
    const batch = { topic: 'in', topicId: 'id', partition: 0, from: 0, to: 3, events };
    const positions = {
      beside: (partition: number, from: number, to: number) => {
        const offsets = [{ topic: 'in', partition, offset: to, from }];
        return one.groups.consumed([{ group: 'route.r', as: 'anyone', offsets }]);
      },
      moved: () => {},
    };
    const context = { route: 'r', run: 'id/0', signal: new AbortController().signal, positions };
    const outcomes = await world.finish(sink.deliver(batch, context));
    expect(outcomes.map(({ is }) => is)).toEqual(['poison', 'waits', 'waits']);
    const left = { ...batch, events: events.slice(1), partial: true };
    await expect(world.finish(sink.deliver(left, context))).rejects.toMatchObject({ code: 'store_unknown' });
    expect((await world.finish(sink.deliver(left, context))).map(({ is }) => is)).toEqual(['delivered', 'delivered']);
    expect(await one.groups.committed('route.r')).toMatchObject([{ offset: 3 }]);
    expect((await world.finish(readAll(one.events, 'out'))).map(({ key }) => key)).toEqual(['b', 'c']);
  });
});

describe('a route that is deleted', () => {
  test('leaves no position behind for its successor, though its process was killed on the way', async () => {
    const inner = memoryStores();
    const world = new RouteWorld(inner);
    const endsOffsets = (write: Write) => write.write === 'delete' && isGroup(write.key);
    const isGroup = ({ pk }: ItemKey) => pk === 'group/route.r';
    const never = new Promise<never>(() => {});
    const items = intercepted(inner.items, {
      write: (write) => (endsOffsets(write) ? never : inner.items.write(write)),
      transact: (writes) => (writes.some(endsOffsets) ? never : inner.items.transact(writes)),
    });
    const [first, second] = [world.process({ stores: { ...inner, items } }), world.process({ filesFolder })];
    const config = { 'connector.class': 'topic', topics: 't', 'topic.name': 'out' };
    await world.finish(first.topics.create('t', { partitions: 1 }));
    await world.finish(first.topics.create('out', { partitions: 1 }));
    await world.finish(
      first.events.produce(
        't',
        jsonEvents([
          ['k', 1],
          ['k', 2],
        ]),
      ),
    );
    first.routes.start();
    await world.finish(first.routes.create('r', config));
    await world.pass(7_000);
    void first.routes.delete('r');
    await world.pass(1_000);
    first.routes.close();
    const { ended } = second.routes.start();
    await world.finish(
      second.routes.delete('r').catch((error: { code: string }) => expect(error.code).toBe('route_unknown')),
    );
    await world.finish(second.routes.create('r', config));
    await world.until(async () => (await readAll(second.events, 'out')).length === 4, 'all events again');
    second.routes.close();
    await world.finish(ended);
  });
});

describe('a topic that is deleted and made anew', () => {
  test('is delivered from its beginning, each event once, though a worker still waits for the old one', async () => {
    const world = new RouteWorld();
    const one = world.process();
    const { ended } = one.routes.start();
    await world.finish(one.topics.create('t', { partitions: 1 }));
    await world.finish(one.topics.create('out', { partitions: 1 }));
    await world.finish(one.routes.create('r', { 'connector.class': 'topic', topics: 't', 'topic.name': 'out' }));
    const values = async () => (await readAll(one.events, 'out')).map(({ value }) => Number(value));
    const produce = (from: number, to: number) => {
      const numbers = Array.from({ length: to - from }, (_, i) => from + i);
      return world.finish(one.events.produce('t', jsonEvents(numbers.map((i) => ['k', i]))));
    };
    await produce(0, 2);
    await world.until(async () => (await values()).length === 2, 'the old events');
    await world.finish(one.topics.delete('t'));
    await world.finish(one.topics.create('t', { partitions: 1 }));
    await produce(2, 6);
    await world.pass(90_000);
    expect(await world.finish(values())).toEqual([0, 1, 2, 3, 4, 5]);
    one.routes.close();
    await world.finish(ended);
  });
});

describe('the file sink', () => {
  test('takes no event of a new topic for one of its predecessor of the same name', async () => {
    const world = new RouteWorld();
    const one = world.process({ filesFolder });
    const config = { 'connector.class': 'file', topics: 't', 'file.path': 'archive', 'errors.retry.timeout': '1000' };
    const { ended } = one.routes.start();
    await world.finish(one.topics.create('t', { partitions: 1 }));
    await world.finish(one.events.produce('t', jsonEvents([['k', 1]])));
    await world.finish(one.routes.create('archive', config));
    await world.until(async () => (await linesOf('archive')).length === 1, 'the first line');
    await world.finish(one.topics.delete('t'));
    await world.finish(one.topics.create('t', { partitions: 1 }));
    await world.finish(one.events.produce('t', jsonEvents([['k', 2]])));
    await world.finish(one.routes.restart('archive'));
    const taskNow = async () => (await one.routes.status('archive')).tasks[0]!;
    await world.until(async () => (await taskNow()).state === 'FAILED', 'a failed task');
    expect(await world.finish(taskNow())).toMatchObject({ trace: expect.stringContaining('earlier topic') });
    expect(await linesOf('archive')).toEqual([1]);
    // With the old files out of the way it goes on.
    await rm(join(filesFolder, 'archive'), { recursive: true });
    await world.finish(one.routes.restart('archive'));
    await world.until(async () => (await linesOf('archive')).length === 1, 'the new line');
    expect(await linesOf('archive')).toEqual([2]);
    one.routes.close();
    await world.finish(ended);
  });
});

describe('a lease that a clock set far ahead', () => {
  test('is taken over when its owner is silent, though the clock is right again', async () => {
    const world = new RouteWorld();
    const [first, second] = [mortal(world), world.process()];
    await world.finish(first.topics.create('t', { partitions: 1 }));
    await world.finish(first.topics.create('out', { partitions: 1 }));
    const yearMs = 365 * 24 * 60 * 60 * 1_000;
    world.clock.jump(yearMs);
    first.routes.start();
    await world.finish(first.routes.create('r', { 'connector.class': 'topic', topics: 't', 'topic.name': 'out' }));
    await world.finish(first.events.produce('t', jsonEvents([['k', 1]])));
    await world.pass(100);
    first.kill();
    world.clock.jump(-yearMs);
    await world.finish(second.events.produce('t', jsonEvents([['k', 2]])));
    const { ended } = second.routes.start();
    await world.until(async () => (await readAll(second.events, 'out')).length === 2, 'both events');
    second.routes.close();
    await world.finish(ended);
  });
});
