import { describe, expect, test } from 'vitest';
import type { ItemKey } from '../../lib/store/index.ts';
import { type Fate, FatefulItems, joined, refused, World } from './world.ts';

describe('commits', () => {
  const at = (partition: number, offset: number) => ({ topic: 'orders', partition, offset });

  test('come back with their metadata, for the partitions that were committed', async () => {
    const world = new World();
    const groups = world.process();
    const member = await joined(groups, 'g', 'a');
    await groups.commit('g', [{ ...at(3, 7), metadata: 'so far', leaderEpoch: 2 }, at(0, 1), at(0, 2)], member);
    const timeMs = world.clock.nowMs();
    const common = { topic: 'orders', topicId: world.topics.get('orders')!.topicId, timeMs };
    const expected = [
      { ...common, partition: 0, offset: 2, metadata: undefined, leaderEpoch: undefined },
      { ...common, partition: 3, offset: 7, metadata: 'so far', leaderEpoch: 2 },
    ];
    expect(await groups.committed('g')).toEqual(expected);
    expect(await groups.committed('g', 'orders')).toEqual(expected);
    expect(await groups.committed('never seen')).toEqual([]);
  });

  test('of an evicted member, of an earlier epoch and of partitions of others are fenced, and change nothing', async () => {
    const world = new World();
    const groups = world.process();
    const a = await joined(groups, 'g', 'a');
    await groups.commit('g', [at(3, 1)], a);
    const b = await joined(groups, 'g', 'b');
    expect(await refused(groups.commit('g', [at(3, 9)], b))).toBe('group_fenced');
    const told = await groups.heartbeat('g', a);
    expect(await refused(groups.commit('g', [at(0, 9)], a))).toBe('group_fenced');
    const now = { memberId: 'a', memberEpoch: told.memberEpoch };
    await groups.commit('g', [at(3, 2)], now); // a last commit before it gives the partition up
    await groups.heartbeat('g', { ...now, ownedPartitions: told.assignment });
    expect(await refused(groups.commit('g', [at(3, 9)], now))).toBe('group_fenced');
    await world.clock.advance(10_001);
    expect(await refused(groups.commit('g', [at(0, 9)], now))).toBe('member_unknown');
    expect((await groups.committed('g')).map(({ partition, offset }) => [partition, offset])).toEqual([[3, 2]]);
  });

  test('a commit under way while its partition is taken away writes nothing', async () => {
    const world = new World();
    const other = world.process({ seed: 2 });
    const a = await joined(other, 'g', 'a');
    const told = await joined(other, 'g', 'b').then(() => other.heartbeat('g', a));
    const now = { memberId: 'a', memberEpoch: told.memberEpoch };
    // Between the read and the transaction of the commit, a gives up 2 and 3 in the other process.
    let meddled = false;
    const items = new FatefulItems(world.items, () => 'fine');
    const transact = items.transact;
    items.transact = async (writes) => {
      if (!meddled) {
        meddled = true;
        await other.heartbeat('g', { ...now, ownedPartitions: told.assignment });
      }
      return transact(writes);
    };
    expect(await refused(world.finish(world.process({ items }).commit('g', [at(3, 9)], now)))).toBe('group_fenced');
    expect(meddled).toBe(true);
    expect(await other.committed('g')).toEqual([]);
  });

  test('of which nobody knows whether they landed are not refused for good where others have committed since', async () => {
    const world = new World();
    const other = world.process({ seed: 2 });
    const a = await joined(other, 'g', 'a');
    const items = new FatefulItems(world.items, () => 'unanswered');
    const groups = world.process({ items });
    const get = items.get;
    // While the answer is being waited for, a's session ends, and b, which has its partitions then, commits.
    items.get = async (key, options) => {
      items.get = get;
      const item = await get(key, options);
      items.get = async (...asked) => {
        items.get = get;
        await world.clock.advance(10_001);
        await other.commit('g', [at(0, 9)], await joined(other, 'g', 'b'));
        return get(...asked);
      };
      return item;
    };
    expect(await refused(world.finish(groups.commit('g', [at(0, 5)], a)))).toBe('group_conflict');
    expect(await refused(world.finish(groups.commit('g', [at(0, 5)], a)))).toBe('member_unknown');
    expect((await other.committed('g'))[0]!.offset).toBe(9);
  });

  test('without a member need a group without members', async () => {
    const world = new World();
    const groups = world.process();
    await groups.commit('g', [at(0, 5)]);
    const a = await joined(groups, 'g', 'a');
    expect(await refused(groups.commit('g', [at(0, 6)]))).toBe('group_not_empty');
    await groups.leave('g', a);
    await groups.commit('g', [at(0, 6)]);
    await joined(groups, 'g', 'a');
    await world.clock.advance(10_001);
    await groups.commit('g', [at(0, 7)]);
    expect((await groups.committed('g'))[0]!.offset).toBe(7);
  });

  test('with a guard land while it holds, whoever is a member', async () => {
    const world = new World();
    const groups = world.process();
    const key: ItemKey = { pk: 'route/r', sk: 'lease' };
    await world.items.write({ write: 'put', key, item: { holder: 'me' } });
    const guard = { write: 'check', key, when: { if: 'is', path: ['holder'], value: 'me' } } as const;
    await groups.commit('route.r', [at(0, 5)], { guard });
    expect((await groups.list()).map(({ group }) => group)).toEqual(['route.r']);
    await world.items.write({ write: 'put', key, item: { holder: 'other' } });
    expect(await refused(groups.commit('route.r', [at(0, 6)], { guard }))).toBe('group_fenced');
    expect((await groups.committed('route.r'))[0]!.offset).toBe(5);
  });

  test('with a guard list a group again that another process has deleted, within a minute', async () => {
    const world = new World();
    const groups = world.process();
    const key: ItemKey = { pk: 'route/r', sk: 'lease' };
    await world.items.write({ write: 'put', key, item: { holder: 'me' } });
    const guard = { write: 'check', key, when: { if: 'itemExists' } } as const;
    await groups.commit('route.r', [at(0, 5)], { guard });
    await world.process({ seed: 2 }).delete('route.r');
    await world.clock.advance(60_000);
    await groups.commit('route.r', [at(0, 6)], { guard });
    expect(await groups.list()).toMatchObject([{ group: 'route.r', members: 0 }]);
  });

  test.each([
    [at(0, -(2 ** 53)), 'offset_invalid'],
    [at(0, 2 ** 53), 'offset_invalid'],
    [at(0, 0.5), 'offset_invalid'],
    [at(4, 0), 'partition_unknown'],
    [at(-1, 0), 'partition_unknown'],
    [{ topic: 'none', partition: 0, offset: 0 }, 'topic_unknown'],
    [{ ...at(0, 0), metadata: 'ü'.repeat(2_049) }, 'metadata_too_large'],
  ])('of what can not be are refused whole: %j', async (offset, code) => {
    const groups = new World().process();
    expect(await refused(groups.commit('g', [at(1, 1), offset]))).toBe(code);
    expect(await groups.list()).toMatchObject([]);
  });

  test('below 0 are kept, and stand for none to whoever reads on', async () => {
    const groups = new World().process();
    await groups.commit('g', [at(0, 5), at(1, 5)]);
    await groups.commit('g', [at(0, -1), at(1, -2)]);
    expect((await groups.committedStably('g')).positions.map(({ offset }) => offset)).toEqual([-1, -2]);
    expect(await groups.committed('g')).toEqual([]);
    const { partitions } = await groups.lag('g');
    expect(partitions.slice(0, 2).map(({ committed }) => committed)).toEqual([undefined, undefined]);
  });

  test('a clock that was set back does not keep commits from landing, in order', async () => {
    const world = new World();
    const groups = world.process();
    await groups.commit('g', [at(0, 1)]);
    world.clock.jump(-3_600_000);
    for (const offset of [2, 3]) await world.finish(groups.commit('g', [at(0, offset), at(1, offset)]));
    expect((await groups.committed('g')).map(({ offset }) => offset)).toEqual([3, 3]);
  });

  test('10,000 partitions are committed and read back', async () => {
    const world = new World();
    Object.assign(world.topics.get('orders')!, { partitions: 10_000, width: 32 });
    const groups = world.process();
    await groups.commit(
      'g',
      Array.from({ length: 10_000 }, (_, partition) => at(partition, partition)),
    );
    const back = await groups.committed('g', 'orders');
    expect(back.every(({ partition, offset }, i) => partition === i && offset === i)).toBe(true);
    expect((await groups.lag('g')).partitions).toHaveLength(10_000);
  });

  test.each<[Fate[], number]>([
    [['unanswered'], 2],
    [['lost'], 2],
    [['refused', 'refused'], 2],
    [['late'], 2],
    [['lost', 'unanswered', 'refused'], 2],
  ])('an answer that is lost on the way (%j) is settled by reading: the commit is there', async (fates, offset) => {
    const world = new World();
    const plain = world.process();
    const member = await joined(plain, 'g', 'a');
    await plain.commit('g', [at(0, 1)], member);
    await world.clock.advance(1);
    const items = new FatefulItems(world.items, () => fates.shift() ?? 'fine');
    await world.finish(world.process({ items }).commit('g', [at(0, 2)], member));
    expect((await plain.committed('g'))[0]!.offset).toBe(offset);
    await world.clock.advance(1);
    await plain.commit('g', [at(0, 3)], member);
    await items.deliver(); // what was late must not undo what came after
    expect((await plain.committed('g'))[0]!.offset).toBe(3);
  });

  test.each<[Fate, 'taken' | 'member_unknown', number[]]>([
    ['unanswered', 'taken', [9]],
    ['lost', 'member_unknown', []],
  ])('a commit %s just before its member is gone is told as it was: %s', async (fate, told, offsets) => {
    const world = new World();
    const other = world.process({ seed: 2 });
    const member = await joined(other, 'g', 'a');
    const fates: Fate[] = [fate];
    const items = new FatefulItems(world.items, () => fates.shift() ?? 'fine');
    const transact = items.transact;
    items.transact = (writes) =>
      transact(writes).catch(async (error: unknown) => {
        await other.leave('g', { memberId: 'a' });
        throw error;
      });
    const commit = world.finish(world.process({ items }).commit('g', [at(0, 9)], member));
    if (told === 'taken') await commit;
    else expect(await refused(commit)).toBe(told);
    expect((await other.committed('g')).map(({ offset }) => offset)).toEqual(offsets);
  });

  test('a store that stays away is said to, and not that others were faster', async () => {
    const world = new World();
    const items = new FatefulItems(world.items, () => 'refused');
    const commit = world.finish(world.process({ items }).commit('g', [at(0, 2)]));
    await expect(commit).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('a leave whose answer was lost is a leave', async () => {
    const world = new World();
    const plain = world.process();
    await joined(plain, 'g', 'a');
    const fates: Fate[] = ['unanswered'];
    const items = new FatefulItems(world.items, () => fates.shift() ?? 'fine');
    await world.finish(world.process({ items }).leave('g', { memberId: 'a' }));
    expect((await plain.describe('g')).state).toBe('empty');
  });
});
