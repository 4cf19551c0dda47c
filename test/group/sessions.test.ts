import { describe, expect, test } from 'vitest';
import type { Groups } from '../../lib/group/index.ts';
import { FatefulItems, joined, ON_ORDERS, partitions, refused, World } from './world.ts';

describe('members', () => {
  test('two processes serve one group: what one takes away, the other gives', async () => {
    const world = new World();
    const [here, there] = [world.process(), world.process({ seed: 2 })];
    const a = await here.heartbeat('g', { ...ON_ORDERS, memberId: 'a' });
    expect([partitions(a), a.assignment[0]!.topic]).toEqual([[0, 1, 2, 3], 'orders']);
    const b = await there.heartbeat('g', { ...ON_ORDERS, memberId: 'b' });
    expect([partitions(b), b.standby, b.settled]).toEqual([[], false, false]);

    const told = await here.heartbeat('g', { memberId: 'a', memberEpoch: a.memberEpoch });
    expect(told.revoking[0]!.partitions).toEqual([2, 3]);
    await here.heartbeat('g', { memberId: 'a', memberEpoch: told.memberEpoch, ownedPartitions: told.assignment });
    expect(partitions(await there.heartbeat('g', { memberId: 'b', memberEpoch: b.memberEpoch }))).toEqual([2, 3]);
  });

  test('fifty members that join through two processes at once all get in', async () => {
    const world = new World();
    world.topics.get('orders')!.partitions = 50;
    const processes = [world.process(), world.process({ seed: 2 })];
    const joins = Array.from({ length: 50 }, (_, i) => processes[i % 2]!.heartbeat('g', { ...ON_ORDERS }));
    const ids = (await world.finish(Promise.all(joins))).map(({ memberId }) => memberId);
    expect(new Set(ids).size).toBe(50);
    expect((await processes[0]!.describe('g')).members).toHaveLength(50);
  });

  test('the third of three on two partitions stands by, and takes over when one is not heard of', async () => {
    const world = new World();
    world.topics.get('orders')!.partitions = 2;
    const groups = world.process();
    const told = new Map<string, Awaited<ReturnType<Groups['heartbeat']>>>();
    const beat = async (memberId: string) => {
      const { memberEpoch, assignment } = told.get(memberId) ?? {};
      told.set(
        memberId,
        await groups.heartbeat('g', { ...ON_ORDERS, memberId, memberEpoch, ownedPartitions: assignment }),
      );
    };
    for (let round = 0; round < 4; round++) for (const id of ['a', 'b', 'c']) await beat(id);
    expect([...told.values()].map(({ standby }) => standby)).toEqual([false, false, true]);
    expect((await groups.describe('g')).state).toBe('stable');
    await world.clock.advance(9_000);
    for (const id of ['b', 'c']) await beat(id);
    await world.clock.advance(1_500);
    for (const id of ['b', 'c']) await beat(id);
    expect(partitions(told.get('c')!)).toEqual([0]);
    expect(told.get('c')!.standby).toBe(false);
  });

  test('growth of a topic is noticed within the refresh, by whichever process is asked', async () => {
    const world = new World();
    const groups = world.process({ topicRefreshMs: 5_000 });
    const a = await groups.heartbeat('g', { ...ON_ORDERS, memberId: 'a' });
    world.topics.get('orders')!.partitions = 6;
    const soon = await groups.heartbeat('g', { memberId: 'a', memberEpoch: a.memberEpoch });
    expect(partitions(soon)).toHaveLength(4);
    await world.clock.advance(5_000);
    expect(partitions(await groups.heartbeat('g', { memberId: 'a', memberEpoch: a.memberEpoch }))).toHaveLength(6);
  });

  test('a heartbeat that changes nothing writes nothing', async () => {
    const world = new World();
    let writes = 0;
    const items = new FatefulItems(world.items, () => {
      writes++;
      return 'fine';
    });
    const groups = world.process({ items });
    const a = await joined(groups, 'g', 'a');
    await groups.heartbeat('g', a);
    await world.clock.advance(3_000);
    await groups.heartbeat('g', a);
    expect(writes).toBe(1);
    await world.clock.advance(1_000);
    await groups.heartbeat('g', a);
    expect(writes).toBe(2);
  });

  test('a refused join makes no group', async () => {
    const groups = new World().process();
    expect(await refused(groups.heartbeat('g', { memberId: 'a' }))).toBe('subscription_invalid');
    expect(await refused(groups.heartbeat('g', { memberId: 'a', memberEpoch: 4 }))).toBe('member_unknown');
    expect(await refused(groups.leave('g', { memberId: 'a' }))).toBe('group_unknown');
    expect(await groups.list()).toEqual([]);
  });

  test.each([
    [{ memberId: '' }, 'member_invalid'],
    [{ memberId: 'a\u0000' }, 'member_invalid'],
    [{ instanceId: 'ü'.repeat(125) }, 'member_invalid'],
    [{ memberEpoch: -1 }, 'member_invalid'],
    [{ memberEpoch: 1.5 }, 'member_invalid'],
    [{ sessionTimeoutMs: 999 }, 'member_invalid'],
    [{ rebalanceTimeoutMs: Number.NaN }, 'member_invalid'],
    [{ subscription: { pattern: '(' } }, 'subscription_invalid'],
    [{ subscription: { topics: ['\ud800'] } }, 'subscription_invalid'],
    [{ subscription: { topics: Array.from({ length: 1_001 }, (_, i) => `t${i}`) } }, 'subscription_invalid'],
  ])('what can not be is refused: %j', async (wish, code) => {
    expect(await refused(new World().process().heartbeat('g', { ...ON_ORDERS, ...wish }))).toBe(code);
  });

  test.each(['', 'a\nb', 'x'.repeat(250), '\udc00', '\u0085'])(
    'the group name %j is refused everywhere',
    async (name) => {
      const groups = new World().process();
      const calls = [
        groups.heartbeat(name, ON_ORDERS),
        groups.leave(name, { memberId: 'a' }),
        groups.commit(name, []),
        groups.committed(name),
        groups.lag(name),
        groups.reset(name, 'orders', 'latest'),
        groups.describe(name),
        groups.delete(name),
        groups.deleteOffsets(name, 'orders'),
      ];
      for (const call of calls) expect(await refused(call)).toBe('group_name_invalid');
    },
  );

  test('any other name is a name of its own', async () => {
    const groups = new World().process();
    const names = ['группа', 'a b', 'a/b', 'ä', 'a\u0308', '__proto__', '😀', 'x'.repeat(249)];
    for (const [i, name] of names.entries()) await groups.commit(name, [{ topic: 'orders', partition: 0, offset: i }]);
    for (const [i, name] of names.entries()) expect((await groups.committed(name))[0]!.offset).toBe(i);
    expect((await groups.list()).map(({ group }) => group).sort()).toEqual(names.sort());
  });

  test('odd member ids work like any other', async () => {
    const groups = new World().process();
    for (const memberId of ['__proto__', 'constructor', '#e.x', '😀']) {
      const group = `g ${memberId}`;
      const member = await joined(groups, group, memberId);
      await groups.commit(group, [{ topic: 'orders', partition: 0, offset: 3 }], member);
      expect((await groups.committed(group, 'orders'))[0]!.offset).toBe(3);
    }
  });
});
