import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { receiver } from './receiver.ts';
import { jsonEvents, RouteWorld, readAll } from './world.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A world with one running process and a topic of two partitions. */
async function running(partitions = 2) {
  const world = new RouteWorld();
  const one = world.process();
  const { ended } = one.routes.start();
  await world.finish(one.topics.create('flights', { partitions }));
  const end = async () => {
    one.routes.close();
    await world.finish(ended);
  };
  return { world, ...one, end };
}

describe('a webhook route', () => {
  test('delivers what the filter lets through, transformed and signed, each key in order', async () => {
    const { world, routes, events, groups, end } = await running();
    const hook = await receiver();
    await world.finish(
      routes.create('late', {
        'connector.class': 'webhook',
        topics: 'flights',
        'webhook.url': hook.url,
        'webhook.secret': SECRET,
        filter: '{"value":{"delay":[{"numeric":[">",60]}]}}',
        transform: '{ "from": key, "delay": value.delay }',
      }),
    );
    const sent = Array.from({ length: 60 }, (_, i) => [['SFO', 'JFK', 'LAX'][i % 3]!, { delay: 40 + i }] as const);
    await world.finish(events.produce('flights', jsonEvents(sent)));
    const late = sent.filter(([, { delay }]) => delay > 60);
    await world.until(() => hook.received.length === late.length, 'all late flights');
    for (const airport of ['SFO', 'JFK', 'LAX']) {
      const got = hook.received.map(({ body }) => JSON.parse(body)).filter(({ from }) => from === airport);
      expect(got).toEqual(late.filter(([key]) => key === airport).map(([from, { delay }]) => ({ from, delay })));
    }
    expect(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size).toBe(late.length);
    const lag = async () => (await routes.status('late')).tasks[0]!.partitions.reduce((sum, one) => sum + one.lag, 0);
    await world.until(async () => (await lag()) === 0, 'no lag');
    const committed = await world.finish(groups.committed('route.late', 'flights'));
    expect(committed.reduce((sum, { offset }) => sum + offset, 0)).toBe(60);
    await end();
    await hook.close();
  });

  test('signs so that Standard Webhooks verifies it', async () => {
    const { world, routes, events, end, clock } = await running().then((all) => ({ ...all, clock: all.world.clock }));
    const hook = await receiver();
    // The verifier looks at the machine's clock.
    clock.jump(Date.now() - clock.nowMs());
    const config = {
      'connector.class': 'webhook',
      topics: 'flights',
      'webhook.url': hook.url,
      'webhook.secret': SECRET,
    };
    await world.finish(routes.create('hook', config));
    await world.finish(events.produce('flights', jsonEvents([['SFO', { delay: 1 }]])));
    await world.until(() => hook.received.length === 1, 'a request');
    const { body, headers } = hook.received[0]!;
    expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({ delay: 1 });
    expect(headers['content-type']).toBe('application/json');
    await end();
    await hook.close();
  });

  test('waits as Retry-After asks, keeps only that key waiting, and sends the same id again', async () => {
    const { world, routes, events, end } = await running(1);
    const at: [string, number][] = [];
    const hook = await receiver(({ body }) => {
      at.push([body, world.clock.nowMs()]);
      const first = body === '"bad 1"' && at.filter(([one]) => one === body).length === 1;
      return first ? { status: 503, headers: { 'retry-after': '20' } } : { status: 200 };
    });
    await world.finish(
      routes.create('hook', { 'connector.class': 'webhook', topics: 'flights', 'webhook.url': hook.url }),
    );
    const sent: [string, string][] = [
      ['bad', 'bad 1'],
      ['good', 'good 1'],
      ['bad', 'bad 2'],
      ['good', 'good 2'],
    ];
    await world.finish(events.produce('flights', jsonEvents(sent.map(([key, text]) => [key, JSON.stringify(text)]))));
    await world.until(() => hook.received.length === 5, 'five requests');
    const bodies = hook.received.map(({ body }) => JSON.parse(body));
    expect(bodies.slice(0, 3).sort()).toEqual(['bad 1', 'good 1', 'good 2']);
    expect(bodies.slice(3)).toEqual(['bad 1', 'bad 2']);
    const [firstMs, againMs] = at.filter(([body]) => body === '"bad 1"').map(([, ms]) => ms) as [number, number];
    expect(againMs - firstMs).toBeGreaterThanOrEqual(20_000);
    expect(againMs - firstMs).toBeLessThan(22_000);
    const ids = hook.received.filter(({ body }) => body === '"bad 1"').map(({ headers }) => headers['webhook-id']);
    expect(ids[0]).toBe(ids[1]);
    await end();
    await hook.close();
  });

  test('tries again after time-outs and closed doors, and never follows a redirect', async () => {
    const { world, routes, events, end } = await running(1);
    let trapped = 0;
    const trap = await receiver(() => {
      trapped++;
      return { status: 200 };
    });
    const hook = await receiver((_, index) => {
      if (index === 0) return undefined;
      if (index === 1) return { status: 500 };
      return index === 2 ? { status: 302, headers: { location: trap.url } } : { status: 200 };
    });
    await world.finish(
      routes.create('hook', {
        'connector.class': 'webhook',
        topics: 'flights',
        'webhook.url': hook.url,
        'webhook.timeout.ms': '500',
        'errors.tolerance': 'all',
      }),
    );
    await world.finish(
      events.produce(
        'flights',
        jsonEvents([
          ['a', 1],
          ['a', 2],
        ]),
      ),
    );
    await world.until(() => hook.received.length === 4, 'four requests');
    expect(hook.received.map(({ body }) => body)).toEqual(['1', '1', '1', '2']);
    expect(trapped).toBe(0);
    await end();
    await Promise.all([hook.close(), trap.close()]);
  });

  test('sends JSON batches where asked to', async () => {
    const { world, routes, events, end } = await running(1);
    const hook = await receiver();
    const config = {
      'connector.class': 'webhook',
      topics: 'flights',
      'webhook.url': hook.url,
      'webhook.batch.max.records': '10',
    };
    await world.finish(events.produce('flights', jsonEvents(Array.from({ length: 25 }, (_, i) => [`k${i}`, i]))));
    await world.finish(routes.create('hook', config));
    await world.until(() => hook.received.length === 3, 'three batches');
    const values = hook.received.flatMap(
      ({ body }) => JSON.parse(body) as { value: number; offset: number; key: string }[],
    );
    expect(values.map(({ value }) => value)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(values[3]).toMatchObject({ topic: 'flights', key: 'k3', offset: 3, partition: 0 });
    await end();
    await hook.close();
  });
});

describe('an event that cannot be delivered', () => {
  test('goes to the dead letters, whole and with the reason; the others go on', async () => {
    const { world, routes, events, topics, end } = await running(1);
    await world.finish(topics.create('dead', { partitions: 1 }));
    const hook = await receiver(({ body }) =>
      body.includes('poison') ? { status: 422, body: 'no such flight' } : { status: 200 },
    );
    await world.finish(
      routes.create('hook', {
        'connector.class': 'webhook',
        topics: 'flights',
        'webhook.url': hook.url,
        transform: 'value.fail ? $error("broken") : value',
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'dead',
      }),
    );
    const values = [{ n: 1 }, { n: 'poison' }, { fail: true }, { n: 4 }];
    const sent = jsonEvents(values.map((value) => ['SFO', value]));
    await world.finish(
      events.produce(
        'flights',
        sent.map((one) => ({ ...one, headers: [['kind', Buffer.from('x')]] as const })),
      ),
    );
    await world.until(() => hook.received.length === 3, 'three requests');
    await world.until(async () => (await readAll(events, 'dead')).length === 2, 'two dead letters');
    const letters = await world.finish(readAll(events, 'dead'));
    const byOffset = Object.fromEntries(letters.map((one) => [one.headers['__connect.errors.offset'], one]));
    expect(byOffset[1]).toMatchObject({
      key: 'SFO',
      value: '{"n":"poison"}',
      headers: {
        kind: 'x',
        '__connect.errors.topic': 'flights',
        '__connect.errors.partition': '0',
        '__connect.errors.connector.name': 'hook',
        '__connect.errors.stage': 'TASK_PUT',
        '__connect.errors.class.name': 'millrace.WebhookSink',
        '__connect.errors.exception.class.name': 'millrace.PoisonEvent',
        '__connect.errors.exception.message': `HTTP 422 from ${new URL(hook.url).origin}: no such flight`,
      },
    });
    expect(byOffset[2]).toMatchObject({
      value: '{"fail":true}',
      headers: { '__connect.errors.stage': 'TRANSFORMATION' },
    });
    await end();
    await hook.close();
  });

  test('fails the task where errors are not tolerated; restarted, it goes on from there', async () => {
    const { world, routes, events, end } = await running(1);
    let status = 410;
    const hook = await receiver(() => ({ status, body: 'gone' }));
    await world.finish(
      routes.create('hook', { 'connector.class': 'webhook', topics: 'flights', 'webhook.url': hook.url }),
    );
    await world.finish(
      events.produce(
        'flights',
        jsonEvents([
          ['a', 1],
          ['a', 2],
        ]),
      ),
    );
    const taskState = async () => (await routes.status('hook')).tasks[0]!.state;
    await world.until(async () => (await taskState()) === 'FAILED', 'a failed task');
    const { tasks } = await world.finish(routes.status('hook'));
    expect(tasks[0]).toMatchObject({
      id: 0,
      trace: expect.stringMatching(/flights-0 offset 0: HTTP 410 from http:.*: gone/),
    });
    expect(tasks[0]!.partitions).toEqual([{ partition: 0, position: 0, lag: 2 }]);
    await world.pass(120_000);
    expect(hook.received).toHaveLength(1);
    status = 200;
    await world.finish(routes.restart('hook', { onlyFailed: true }));
    await world.until(() => hook.received.length === 3, 'both events');
    expect(await world.finish(taskState())).toBe('RUNNING');
    await end();
    await hook.close();
  });

  test('is given up when its retries have taken too long', async () => {
    const { world, routes, events, topics, end } = await running(1);
    await world.finish(topics.create('dead', { partitions: 1 }));
    const hook = await receiver(({ body }) => ({ status: body === '1' ? 503 : 200 }));
    await world.finish(
      routes.create('hook', {
        'connector.class': 'webhook',
        topics: 'flights',
        'webhook.url': hook.url,
        'errors.tolerance': 'all',
        'errors.retry.timeout': '10000',
        'errors.deadletterqueue.topic.name': 'dead',
      }),
    );
    await world.finish(
      events.produce(
        'flights',
        jsonEvents([
          ['a', 1],
          ['a', 2],
        ]),
      ),
    );
    await world.until(() => hook.received.at(-1)?.body === '2', 'the second event');
    const [letter] = await world.finish(readAll(events, 'dead'));
    expect(letter!.headers['__connect.errors.exception.class.name']).toBe('millrace.RetriesExhausted');
    expect(hook.received.length).toBeGreaterThan(5);
    await end();
    await hook.close();
  });

  test('of another topic is the one that is too large; those around it land in their order', async () => {
    const { world, routes, events, topics, end } = await running(1);
    await world.finish(topics.create('dead', { partitions: 1 }));
    await world.finish(topics.create('out', { partitions: 1, config: { 'max.message.bytes': '2000' } }));
    const values = ['a', 'b', 'x'.repeat(3_000), 'd', 'e'];
    await world.finish(events.produce('flights', jsonEvents(values.map((value) => ['SFO', value]))));
    await world.finish(
      routes.create('copy', {
        'connector.class': 'topic',
        topics: 'flights',
        'topic.name': 'out',
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'dead',
        'errors.deadletterqueue.context.headers.enable': 'false',
      }),
    );
    await world.until(async () => (await readAll(events, 'out')).length === 4, 'four events');
    expect((await world.finish(readAll(events, 'out'))).map(({ value }) => value)).toEqual(['a', 'b', 'd', 'e']);
    expect(await world.finish(readAll(events, 'dead'))).toMatchObject([{ key: 'SFO', value: values[2], headers: {} }]);
    await end();
  });

  test('lands there though it fills what its own topic takes, and has headers more', async () => {
    const { world, routes, events, end } = await running(1);
    const hook = await receiver(() => ({ status: 400 }));
    await world.finish(
      routes.create('hook', {
        'connector.class': 'webhook',
        topics: 'flights',
        'webhook.url': hook.url,
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'dead',
      }),
    );
    // 88 bytes below the default of max.message.bytes, for the batch around it.
    const value = Buffer.alloc(1_048_500, 'x');
    await world.finish(events.produce('flights', [{ key: null, value }]));
    await world.until(async () => (await readAll(events, 'dead')).length === 1, 'a dead letter');
    const [letter] = await world.finish(readAll(events, 'dead'));
    expect(letter!.value).toHaveLength(1_048_500);
    await end();
    await hook.close();
  });

  test('waits for its topic to be made again, where that was deleted, and the status says so', async () => {
    const { world, routes, events, topics, end } = await running(1);
    await world.finish(topics.create('out', { partitions: 1 }));
    await world.finish(routes.create('copy', { 'connector.class': 'topic', topics: 'flights', 'topic.name': 'out' }));
    await world.finish(topics.delete('out'));
    await world.finish(events.produce('flights', jsonEvents([['k', 1]])));
    await world.until(
      async () => (await routes.status('copy')).tasks[0]!.trace?.includes("'out'") ?? false,
      'a reason',
    );
    await world.finish(topics.create('out', { partitions: 1 }));
    await world.until(async () => (await readAll(events, 'out')).length === 1, 'the event');
    await end();
  });
});
