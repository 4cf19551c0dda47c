import { describe, expect, test } from 'vitest';
import type { RouteError, Routes } from '../../lib/route/index.ts';
import { ROUTE_LIMITS } from '../../lib/route/limits.ts';
import { type Answer, type Received, receiver } from './receiver.ts';
import { jsonEvents, RouteWorld } from './world.ts';

/** A route to a receiver that answers as told, and everything that was noticed. */
async function hooked(answer: (request: Received, index: number) => Answer, more: Record<string, string> = {}) {
  const world = new RouteWorld();
  const noticed: { code: string; message: string; doing: string }[] = [];
  const onNotice = ({ code, message }: RouteError, doing: string) => noticed.push({ code, message, doing });
  const one = world.process({ onNotice });
  one.routes.start();
  const hook = await receiver(answer);
  await world.finish(one.topics.create('t', { partitions: 1 }));
  const config = { 'connector.class': 'webhook', topics: 't', 'webhook.url': `${hook.url}?token=hush`, ...more };
  await world.finish(one.routes.create('r', config));
  const produce = (...values: unknown[]) =>
    world.finish(one.events.produce('t', jsonEvents(values.map((value, i) => [`k${i}`, value]))));
  return { world, ...one, hook, noticed, produce, origin: new URL(hook.url).origin };
}

async function taskOf(routes: Routes) {
  const [task] = (await routes.status('r')).tasks;
  return task!;
}

describe('a task that fails and tries again', () => {
  test('says why, since when, how often it tried and when it tries next, until it succeeds', async () => {
    let status = 503;
    const { world, routes, hook, produce, origin } = await hooked(() => ({ status, body: 'later' }));
    await produce(1);
    await world.until(async () => (await taskOf(routes)).retrying?.tries === 4, 'four tries');
    const task = await taskOf(routes);
    expect(task).toMatchObject({
      state: 'RUNNING',
      retrying: { error: `HTTP 503 from ${origin}: later (t-0 offset 0)` },
    });
    expect(task.trace).toMatch(/^HTTP 503 from .*; failing since 20\d\d-.*Z; try 4, next in 1 s$/);
    const { since, next } = task.retrying!;
    expect(Date.parse(next) - Date.parse(since)).toBeLessThan(2_000);
    status = 204;
    await world.until(async () => (await taskOf(routes)).partitions[0]!.lag === 0, 'no lag');
    expect(await taskOf(routes)).not.toHaveProperty('trace');
    expect(await taskOf(routes)).not.toHaveProperty('retrying');
    await hook.close();
  });

  test('is told of by another process as of the last renewal of its lease, which costs no write of its own', async () => {
    const { world, routes, hook, produce, origin } = await hooked(() => ({ status: 503 }));
    const other = world.process();
    await produce(1);
    await world.until(async () => (await taskOf(routes)).retrying !== undefined, 'a failure');
    expect(await taskOf(other.routes)).not.toHaveProperty('retrying');
    await world.pass(ROUTE_LIMITS.renewMs + 1_000);
    expect((await taskOf(other.routes)).trace).toContain(`HTTP 503 from ${origin}`);
    await world.finish(routes.pause('r'));
    expect(await taskOf(other.routes)).toMatchObject({ state: 'PAUSED' });
    expect(await taskOf(other.routes)).not.toHaveProperty('trace');
    await hook.close();
  });

  test('says so to whoever listens, once a minute, without the URL or what the destination said', async () => {
    const { world, hook, produce, noticed, origin } = await hooked(() => ({ status: 503, body: 'payload' }));
    await produce(1, 2, 3);
    await world.until(() => hook.received.length > 9, 'ten tries');
    expect(noticed).toEqual([
      {
        code: 'delivery_retried',
        message: `Trying t-0 offset 0 again: HTTP 503 from ${origin}`,
        doing: 'delivery of route "r"',
      },
    ]);
    await world.pass(120_000);
    expect(noticed.length).toBeGreaterThan(1);
    expect(noticed.length).toBeLessThan(4);
    expect(noticed[1]!.message).toMatch(/; \d+ more since it was last told$/);
    expect(JSON.stringify(noticed)).not.toMatch(/payload|hush/);
    await hook.close();
  });
});

describe('events that are not delivered', () => {
  const refuseOdd = ({ body }: Received) => ({ status: Number(body) % 2 === 1 ? 400 : 204, body: `no ${body}` });
  const filter = '{"value":[{"numeric":["<",10]}]}';

  test('are counted, and the first dropped one is told of', async () => {
    const { world, routes, hook, produce, noticed, origin } = await hooked(refuseOdd, {
      filter,
      'errors.tolerance': 'all',
    });
    await produce(0, 1, 2, 3, 11, 12, 13);
    await world.until(async () => (await taskOf(routes)).partitions[0]!.lag === 0, 'no lag');
    expect((await taskOf(routes)).events).toEqual({ filtered: 3, dropped: 2, dead_lettered: 0 });
    expect(noticed).toHaveLength(1);
    expect(noticed[0]).toMatchObject({ code: 'event_dropped' });
    expect(noticed[0]!.message).toMatch(new RegExp(`^Dropped t-0 offset [13]: HTTP 400 from ${origin}$`));
    await hook.close();
  });

  test('are counted on by the next worker, and by other processes', async () => {
    const { world, routes, hook, produce, noticed } = await hooked(refuseOdd, {
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead',
    });
    await produce(1, 2);
    const idle = async () => (await taskOf(routes)).worker_id === '';
    await world.until(async () => (await taskOf(routes)).events.dead_lettered === 1 && (await idle()), 'an idle task');
    await produce(3, 4);
    await world.until(async () => (await taskOf(routes)).events.dead_lettered === 2 && (await idle()), 'an idle task');
    const { events } = await taskOf(world.process().routes);
    expect(events).toEqual({ filtered: 0, dropped: 0, dead_lettered: 2 });
    expect(noticed.map(({ code }) => code)).toEqual(['event_dead_lettered']);
    await hook.close();
  });

  test('stop the task where errors are not tolerated, which is told of', async () => {
    const { world, routes, hook, produce, noticed } = await hooked(refuseOdd);
    await produce(1);
    await world.until(async () => (await taskOf(routes)).state === 'FAILED', 'a failed task');
    expect((await taskOf(routes)).trace).toContain('no 1');
    expect(noticed).toEqual([
      expect.objectContaining({ code: 'task_failed', message: expect.not.stringContaining('no 1') }),
    ]);
    await hook.close();
  });
});
