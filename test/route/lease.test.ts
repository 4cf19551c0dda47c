import { describe, expect, test } from 'vitest';
import { type Lease, type LeasePlace, Leases } from '../../lib/route/lease.ts';
import { ROUTE_LIMITS } from '../../lib/route/limits.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { faultyStores } from '../support/faulty.ts';
import { receiver } from './receiver.ts';
import { jsonEvents, RouteWorld } from './world.ts';

const place: LeasePlace = { route: 'r', topic: 't', topicId: '0'.repeat(26), ledger: 0 };

function leases() {
  const clock = simulatedClock();
  const stores = faultyStores(memoryStores(), { clock, random: seededRandom(1) });
  return { clock, stores, leases: new Leases({ items: stores.items, clock }) };
}

function taken(acquired: object): Lease {
  expect(acquired).toHaveProperty('lease');
  return (acquired as { lease: Lease }).lease;
}

describe('a lease', () => {
  test('is held by one owner, until it is given back or runs out', async () => {
    const { clock, leases: all } = leases();
    const first = taken(await all.acquire(place, { owner: 'a' }));
    const untilMs = clock.nowMs() + ROUTE_LIMITS.leaseMs;
    expect(await all.acquire(place, { owner: 'b' })).toEqual({ heldUntilMs: untilMs });
    await clock.advance(ROUTE_LIMITS.renewMs);
    expect(await all.renew(first)).toBe(true);
    await clock.advance(ROUTE_LIMITS.leaseMs - 1);
    expect(await all.acquire(place, { owner: 'b' })).toHaveProperty('heldUntilMs');
    await clock.advance(1);
    const second = taken(await all.acquire(place, { owner: 'b' }));
    expect(second.epoch).toBe(first.epoch + 1);
    expect(await all.renew(first)).toBe(false);
    expect(await all.giveBack(first)).toBe('lost');
    expect(await all.giveBack(second)).toBe('given');
    expect(taken(await all.acquire(place, { owner: 'c' })).epoch).toBe(second.epoch + 1);
  });

  test('of a failed task is taken by nobody before the failure is cleared', async () => {
    const { leases: all } = leases();
    await all.fail(taken(await all.acquire(place, { owner: 'a' })), 'why');
    expect(await all.acquire(place, { owner: 'b' })).toEqual({ failed: true });
    expect((await all.list('r'))[0]!.failed!.trace).toBe('why');
    await all.clearFailure(place);
    taken(await all.acquire(place, { owner: 'b' }));
  });

  test('that is seized for a replay begins a new generation, without the batches that were under way', async () => {
    const { leases: all } = leases();
    const first = taken(await all.acquire(place, { owner: 'a' }));
    expect(await all.planBatch(first, 3, { from: 5, to: 9 })).toBe(true);
    const same = await all.seize(place, 'b', { replay: false });
    expect([same.generation, same.batches.get(3)]).toEqual([0, { from: 5, to: 9 }]);
    const again = await all.seize(place, 'c', { replay: true });
    expect([again.generation, again.batches.size]).toEqual([1, 0]);
    expect(await all.planBatch(first, 3, { from: 5, to: 9 })).toBe(false);
  });

  test.each(['answerLost', 'requestLost', 'unavailable'] as const)(
    'survives a write that is %s, at each step',
    async (fault) => {
      const { clock, stores, leases: all } = leases();
      const step = async <T>(work: () => Promise<T>): Promise<T> => {
        stores.strikeNext(fault);
        const working = work();
        await clock.advance(1_000);
        return working;
      };
      const lease = taken(await step(() => all.acquire(place, { owner: 'a' })));
      expect(lease.epoch).toBe(1);
      expect(await step(() => all.planBatch(lease, 0, { from: 0, to: 1 }))).toBe(true);
      expect(await step(() => all.giveBack(lease))).toBe('given');
      const [free] = await all.list('r');
      expect([free!.owner, free!.epoch]).toEqual([undefined, 1]);
      expect((await step(() => all.seize(place, 'b', { replay: true }))).generation).toBe(1);
    },
  );

  test("given back while a commit comes is either kept, or found free by that commit's wake-up", async () => {
    const world = new RouteWorld();
    const { topics, events, log } = world.process();
    const topic = await world.finish(topics.create('t', { partitions: 2 }));
    const all = new Leases({ items: world.stores.items, clock: world.clock });
    const here = { ...place, topic: 't', topicId: topic.topicId };
    const lease = taken(await all.acquire(here, { owner: 'a' }));
    const seen = (await events.offsets('t')).map(({ highWatermark }) => highWatermark);
    const unchanged = log.unchangedSince({ topicId: topic.topicId, index: 0 }, seen);
    await world.finish(events.produce('t', jsonEvents([['k', 1]])));
    expect(await all.giveBack(lease, { unchanged })).toBe('busy');
    expect(await all.renew(lease)).toBe(true);
    const now = (await events.offsets('t')).map(({ highWatermark }) => highWatermark);
    const still = log.unchangedSince({ topicId: topic.topicId, index: 0 }, now);
    expect(await all.giveBack(lease, { unchanged: still })).toBe('given');
  });
});

test("no wake-up is lost, wherever in a lease's return a commit comes", async () => {
  // Two processes: one holds the lease and is slow, the other commits. If the first gave its lease back although it had
  // not seen the commit, the second would have met a held lease, and the event would lie until that had run out.
  const tookMs: number[] = [];
  for (let afterMs = ROUTE_LIMITS.lingerMs - 400; afterMs <= ROUTE_LIMITS.lingerMs + 600; afterMs += 20) {
    const world = new RouteWorld();
    const slow = faultyStores(
      world.stores,
      { clock: world.clock, random: seededRandom(afterMs) },
      { latencyMs: [40, 60] },
    );
    const [worker, producer] = [world.process({ stores: slow }), world.process()];
    const hook = await receiver();
    await world.finish(producer.topics.create('t', { partitions: 1 }));
    await world.finish(
      producer.routes.create('r', { 'connector.class': 'webhook', topics: 't', 'webhook.url': hook.url }),
    );
    await world.finish(producer.events.produce('t', jsonEvents([['k', 1]])));
    const ends = [worker.routes.start().ended];
    await world.until(() => hook.received.length === 1, 'the first event');
    ends.push(producer.routes.start().ended);
    await world.clock.advance(afterMs);
    await world.finish(producer.events.produce('t', jsonEvents([['k', 2]])));
    const fromMs = world.clock.nowMs();
    await world.until(() => hook.received.length === 2, 'the second event');
    tookMs.push(world.clock.nowMs() - fromMs);
    worker.routes.close();
    producer.routes.close();
    await world.finish(Promise.all(ends));
    await hook.close();
  }
  expect(Math.max(...tookMs)).toBeLessThan(ROUTE_LIMITS.lingerMs + 1_000);
});
