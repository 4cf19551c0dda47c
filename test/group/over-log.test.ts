import { describe, expect, test } from 'vitest';
import { Groups } from '../../lib/group/index.ts';
import { Topics } from '../../lib/topic/index.ts';
import { topicWorld } from '../topic/world.ts';

/** Groups over the real topics and the real log, with ten events in the one partition of `orders`, a second apart. */
async function tenEvents() {
  const world = topicWorld();
  const { stores, clock, random, log, topics, events } = world;
  const groups = new Groups({ items: stores.items, directory: topics, log, clock, random });
  await topics.create('orders', { partitions: 1 });
  const startMs = clock.nowMs();
  const value = Buffer.from('x');
  const batch = Array.from({ length: 10 }, (_, i) => ({ key: null, value, timestampMs: startMs + i * 1_000 }));
  const produced = events.produce('orders', batch);
  await clock.advance(1_000);
  await produced;
  return { ...world, groups, startMs };
}

describe('groups over the log', () => {
  test('lag counts what the log holds, and a reset to a time finds its record', async () => {
    const { groups, startMs } = await tenEvents();
    await groups.commit('g', [{ topic: 'orders', partition: 0, offset: 7 }]);
    expect((await groups.lag('g')).total).toBe(3);
    const did = await groups.reset('g', 'orders', { timeMs: startMs + 3_500 });
    expect(did).toEqual([{ partition: 0, from: 7, to: 4 }]);
    expect((await groups.lag('g')).total).toBe(6);
    expect(await groups.reset('g', 'orders', { timeMs: startMs + 60_000 })).toEqual([
      { partition: 0, from: 4, to: 10 },
    ]);
  });

  test('records that were deleted are no lag, and a reset to the earliest begins after them', async () => {
    const { groups, log, topics } = await tenEvents();
    await groups.commit('g', [{ topic: 'orders', partition: 0, offset: 1 }]);
    const { topicId, width } = await topics.describe('orders');
    await log.deleteRecords({ topicId, width, partition: 0 }, 6);
    expect((await groups.lag('g')).total).toBe(4);
    expect(await groups.reset('g', 'orders', 'earliest')).toEqual([{ partition: 0, from: 1, to: 6 }]);
  });

  test('what is committed of a partition that was added is told by a process that has not heard of it', async () => {
    const { groups, topics, stores, clock, random, log } = await tenEvents();
    const other = new Topics({ items: stores.items, log, clock, random });
    await topics.describe('orders');
    await other.addPartitions('orders', 40);
    const elsewhere = new Groups({ items: stores.items, directory: other, log, clock, random });
    await elsewhere.commit(
      'g',
      [35, 1].map((partition) => ({ topic: 'orders', partition, offset: 3 })),
    );
    expect((await topics.describe('orders')).partitions).toBe(1);
    const told = await groups.committed('g', 'orders');
    expect(told.map(({ partition, offset }) => [partition, offset])).toEqual([
      [1, 3],
      [35, 3],
    ]);
  });

  test('a topic deleted and made anew is read from its own beginning, by a member that was there all along', async () => {
    const { groups, topics, clock } = await tenEvents();
    const wishes = { memberId: 'a', subscription: { pattern: 'ord.*' } };
    const before = await groups.heartbeat('g', wishes);
    const as = { memberId: 'a', memberEpoch: before.memberEpoch };
    await groups.commit('g', [{ topic: 'orders', partition: 0, offset: 7 }], as);
    await topics.delete('orders');
    await topics.create('orders', { partitions: 2 });
    await clock.advance(6_000);
    const late = groups.commit('g', [{ topic: 'orders', partition: 0, offset: 9 }], as);
    await expect(late).rejects.toMatchObject({ code: 'group_fenced' });
    const told = await groups.heartbeat('g', as);
    expect([told.assignment, told.revoking[0]!.topic]).toEqual([[], undefined]);
    const next = await groups.heartbeat('g', { memberId: 'a', memberEpoch: told.memberEpoch, ownedPartitions: [] });
    expect(next.assignment.map(({ topic, partitions }) => [topic, partitions])).toEqual([['orders', [0, 1]]]);
    expect(await groups.committed('g')).toEqual([]);
  });
});
