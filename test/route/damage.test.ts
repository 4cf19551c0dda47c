import { expect, test } from 'vitest';
import { damageObject } from '../support/damage.ts';
import { receiver } from './receiver.ts';
import { jsonEvents, RouteWorld } from './world.ts';

test('an event that has changed since it was stored fails its task, once what is before it is delivered', async () => {
  const world = new RouteWorld();
  const writer = world.process();
  await world.finish(writer.topics.create('t', { partitions: 1 }));
  for (const value of ['before', 'to be damaged', 'behind']) {
    await world.finish(writer.events.produce('t', jsonEvents([['k', value]])));
  }
  await damageObject(world.stores.objects, 'to be damaged');
  const hook = await receiver(() => ({ status: 204 }));
  const { routes } = world.process();
  routes.start();
  await world.finish(
    routes.create('r', {
      'connector.class': 'webhook',
      topics: 't',
      'webhook.url': hook.url,
      'consumer.override.auto.offset.reset': 'earliest',
    }),
  );
  const task = async () => (await routes.status('r')).tasks[0];
  await world.until(async () => (await task())?.state === 'FAILED', 'a failure');
  expect((await task())!.trace).toMatch(
    /^Partition 0 of topic "t" is damaged\. The batch at offset 1 has changed .* begins at offset 2;.* Move the route there: "route replay"\.$/,
  );
  expect(hook.received).toHaveLength(1);
  await world.finish(routes.replay('r', { offset: 2 }));
  await world.until(() => hook.received.length === 2, 'what is behind it');
  expect(hook.received[1]!.body).toContain('behind');
  await hook.close();
});
