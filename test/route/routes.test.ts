import { describe, expect, test } from 'vitest';
import { HIDDEN } from '../../lib/route/config.ts';
import type { Routes } from '../../lib/route/index.ts';
import { receiver } from './receiver.ts';
import { jsonEvents, RouteWorld } from './world.ts';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

async function hooked(partitions = 1) {
  const world = new RouteWorld();
  const one = world.process();
  one.routes.start();
  const hook = await receiver();
  await world.finish(one.topics.create('t', { partitions, config: { 'millrace.partitions.per.ledger': '4' } }));
  const config = { 'connector.class': 'webhook', topics: 't', 'webhook.url': hook.url };
  const produce = (from: number, to: number) =>
    world.finish(one.events.produce('t', jsonEvents(numbers(from, to).map((i) => [`k${i}`, i]))));
  const values = () => hook.received.map(({ body }) => Number(body)).toSorted((a, b) => a - b);
  return { world, ...one, hook, config, produce, values };
}

const lagOf = async (routes: Routes, name: string) =>
  (await routes.status(name)).tasks.flatMap(({ partitions }) => partitions).reduce((sum, { lag }) => sum + lag, 0);

describe('routes', () => {
  test('are created, shown without secrets, listed, changed and deleted', async () => {
    const { world, routes, groups, config, hook, produce, values } = await hooked();
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const made = await world.finish(routes.create('r', { ...config, 'webhook.secret': secret }));
    expect(made).toMatchObject({ name: 'r', type: 'sink', tasks: [{ connector: 'r', task: 0 }] });
    expect(made.config).toMatchObject({ name: 'r', 'webhook.secret': HIDDEN });
    await expect(world.finish(routes.create('r', config))).rejects.toMatchObject({ code: 'route_exists' });
    await produce(0, 3);
    await world.until(() => hook.received.length === 3, 'three events');
    // What was shown comes back changed: the secret stays, and the new filter holds from here on.
    const shown = (await world.finish(routes.get('r'))).config;
    const changed = await world.finish(routes.put('r', { ...shown, filter: '{"value":[{"numeric":[">=",5]}]}' }));
    expect(changed.created).toBe(false);
    await produce(3, 7);
    await world.until(async () => (await lagOf(routes, 'r')) === 0, 'no lag');
    expect(values()).toEqual([0, 1, 2, 5, 6]);
    expect(hook.received.at(-1)!.headers['webhook-signature']).toMatch(/^v1,/);
    expect(await routes.list()).toEqual(['r']);
    await world.finish(routes.delete('r'));
    await expect(routes.get('r')).rejects.toMatchObject({ code: 'route_unknown' });
    expect(await world.finish(groups.committed('route.r'))).toEqual([]);
    // A new one of its name begins anew.
    await world.finish(routes.create('r', config));
    await world.until(() => hook.received.length === 5 + 7, 'all events again');
  });

  test('of a bad name or config are refused', async () => {
    const { routes, config } = await hooked();
    await expect(routes.create('a/b', config)).rejects.toMatchObject({ code: 'route_name_invalid' });
    await expect(routes.create('r', { ...config, tpoics: 'x' })).rejects.toMatchObject({
      code: 'route_config_invalid',
      problems: [{ name: 'tpoics', error: expect.stringContaining('"topics"') }],
    });
    await expect(routes.pause('none')).rejects.toMatchObject({ code: 'route_unknown' });
  });

  test('pause and resume where they were; stopped ones have no tasks', async () => {
    const { world, routes, config, produce, values } = await hooked(8);
    await world.finish(routes.create('r', config));
    await produce(0, 10);
    await world.until(() => values().length === 10, 'ten events');
    await world.finish(routes.pause('r'));
    await produce(10, 30);
    await world.pass(70_000);
    expect(values()).toEqual(numbers(0, 10));
    const paused = await world.finish(routes.status('r'));
    expect(paused.connector.state).toBe('PAUSED');
    expect(paused.tasks.map(({ id, state, worker_id }) => [id, state, worker_id])).toEqual([
      [0, 'PAUSED', ''],
      [1, 'PAUSED', ''],
    ]);
    expect(await world.finish(lagOf(routes, 'r'))).toBe(20);
    await world.finish(routes.resume('r'));
    await world.until(() => values().length === 30, 'thirty events');
    await world.until(async () => (await lagOf(routes, 'r')) === 0, 'no lag');
    await world.finish(routes.stop('r'));
    expect(await world.finish(routes.status('r'))).toMatchObject({ connector: { state: 'STOPPED' }, tasks: [] });
  });

  test('replay from an offset and from a time, while they run', async () => {
    const { world, events, routes, config, values, hook } = await hooked();
    await world.finish(routes.create('r', config));
    const timed = jsonEvents(numbers(0, 10).map((i) => ['k', i])).map((event, i) => ({
      ...event,
      timestampMs: 1_000 * i,
    }));
    await world.finish(events.produce('t', timed));
    await world.until(() => values().length === 10, 'ten events');
    expect(await world.finish(routes.replay('r', { offset: 7 }))).toEqual([{ topic: 't', partition: 0, offset: 7 }]);
    await world.until(() => values().length === 13, 'three again');
    expect(hook.received.slice(10).map(({ body }) => body)).toEqual(['7', '8', '9']);
    await world.finish(routes.replay('r', { timeMs: 4_500 }));
    await world.until(() => values().length === 18, 'five again');
    expect(hook.received[13]!.body).toBe('5');
    await expect(world.finish(routes.replay('r', { offset: -1 }))).rejects.toMatchObject({ code: 'route_conflict' });
    await expect(world.finish(routes.replay('r', 'latest', { topic: 'other' }))).rejects.toMatchObject({
      code: 'route_conflict',
    });
  });

  test('take other offsets only while they are paused or stopped', async () => {
    const { world, routes, config, produce, values } = await hooked();
    await world.finish(routes.create('r', config));
    await produce(0, 5);
    await world.until(() => values().length === 5, 'five events');
    const to3 = [{ topic: 't', partition: 0, offset: 3 }];
    await expect(world.finish(routes.alterOffsets('r', to3))).rejects.toMatchObject({ code: 'route_conflict' });
    await world.finish(routes.stop('r'));
    expect(await world.finish(routes.offsets('r'))).toEqual([{ topic: 't', partition: 0, offset: 5 }]);
    await world.finish(routes.alterOffsets('r', to3));
    expect(await world.finish(routes.offsets('r'))).toEqual(to3);
    await world.finish(routes.resume('r'));
    await world.until(() => values().length === 7, 'two again');
    await world.finish(routes.pause('r'));
    await world.finish(routes.resetOffsets('r'));
    await world.finish(routes.resume('r'));
    await world.until(() => values().length === 12, 'all again');
  });

  test('begin at the end where they are asked to, and miss nothing from then on', async () => {
    const { world, routes, config, produce, values } = await hooked(3);
    await produce(0, 9);
    await world.finish(routes.create('r', { ...config, 'consumer.override.auto.offset.reset': 'latest' }));
    await world.until(async () => (await routes.offsets('r')).length === 3, 'positions');
    await produce(9, 12);
    await world.until(() => values().length === 3, 'three events');
    await world.pass(5_000);
    expect(values()).toEqual([9, 10, 11]);
  });

  test('say which topics are gone, and see topics and partitions that are made later', async () => {
    const { world, routes, topics, events, config, values } = await hooked();
    await world.finish(topics.create('later', { partitions: 1 }));
    await world.finish(routes.create('r', { ...config, topics: 't,later' }));
    await world.finish(topics.delete('later'));
    const { connector } = await world.finish(routes.status('r'));
    expect(connector).toMatchObject({
      state: 'RUNNING',
      trace: expect.stringContaining('topic "later" does not exist'),
    });
    await world.finish(topics.create('later', { partitions: 1 }));
    expect((await world.finish(routes.status('r'))).connector).not.toHaveProperty('trace');
    await world.finish(events.produce('later', jsonEvents([['k', 1]])));
    await world.until(() => values().length === 1, 'the event of the new topic');
    await world.finish(topics.addPartitions('later', 2));
    await world.finish(events.produce('later', [{ key: null, value: Buffer.from('2'), partition: 1 }]));
    await world.until(() => values().length === 2, 'the event of the new partition');
  });

  test('need the topics that they name, and make the one for dead letters', async () => {
    const { world, routes, topics, config } = await hooked();
    const copy = { 'connector.class': 'topic', topics: 't,u', 'topic.name': 'v' };
    await expect(world.finish(routes.create('r', copy))).rejects.toMatchObject({
      code: 'route_config_invalid',
      problems: [
        {
          name: 'topics',
          error: expect.stringContaining('topic "u" does not exist; create it (millrace topic create u)'),
        },
        { name: 'topic.name', error: expect.stringContaining('topic "v" does not exist') },
      ],
    });
    expect(await world.finish(routes.validate(copy))).toMatchObject({ error_count: 2 });
    expect(await routes.list()).toEqual([]);
    await world.finish(routes.create('r', config));
    await expect(world.finish(routes.patch('r', { topics: 'u' }))).rejects.toMatchObject({
      code: 'route_config_invalid',
    });
    const letters = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' };
    await world.finish(routes.patch('r', letters));
    expect(await topics.describe('dead')).toMatchObject({ partitions: 1 });
    // One that is there stays as it is.
    await world.finish(topics.create('grave', { partitions: 3 }));
    await world.finish(routes.create('s', { ...config, ...letters, 'errors.deadletterqueue.topic.name': 'grave' }));
    expect(await topics.describe('grave')).toMatchObject({ partitions: 3 });
  });

  test('keep who delivers them over changes that do not say who does', async () => {
    const { world, routes, config } = await hooked();
    const worker = 'arn:aws:lambda:us-east-1:000000000000:function:deliver-r';
    await world.finish(routes.put('r', config, { worker }));
    expect(await routes.workerOf('r')).toBe(worker);
    await world.finish(routes.patch('r', { 'tasks.max': '2' }));
    await world.finish(routes.put('r', config));
    await world.finish(routes.pause('r'));
    expect(await routes.workerOf('r')).toBe(worker);
    await world.finish(routes.patch('r', {}, { worker: null }));
    expect(await routes.workerOf('r')).toBeUndefined();
    await expect(routes.workerOf('s')).rejects.toMatchObject({ code: 'route_unknown' });
  });

  test('share the work of many ledgers, no more of them at once than tasks.max', async () => {
    const { world, routes, config, produce, values } = await hooked(20);
    await world.finish(routes.create('r', { ...config, 'tasks.max': '2' }));
    await produce(0, 200);
    await world.until(() => values().length === 200, 'all events');
    expect(values()).toEqual(numbers(0, 200));
    expect((await world.finish(routes.status('r'))).tasks).toHaveLength(5);
  });
});
