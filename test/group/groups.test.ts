import { describe, expect, test } from 'vitest';
import { GroupError, type Groups } from '../../lib/group/index.ts';
import type { ItemKey } from '../../lib/store/index.ts';
import { TopicError } from '../../lib/topic/index.ts';
import { PAYMENTS } from './states.ts';
import { type Fate, FatefulItems, World } from './world.ts';

const ON_ORDERS = { subscription: { topics: ['orders'] }, sessionTimeoutMs: 10_000 } as const;

/** The code that a call is refused with. */
async function refused(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error('The call was taken.'),
    (reason: unknown) => reason,
  );
  if (error instanceof GroupError || error instanceof TopicError) return error.code;
  throw error;
}

async function joined(groups: Groups, group: string, memberId: string) {
  const { memberEpoch } = await groups.heartbeat(group, { ...ON_ORDERS, memberId });
  return { memberId, memberEpoch };
}

function partitions({ assignment }: Awaited<ReturnType<Groups['heartbeat']>>): number[] {
  return assignment.flatMap((topic) => topic.partitions);
}

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

  test.each([
    [at(0, -1), 'offset_invalid'],
    [at(0, 2 ** 53), 'offset_invalid'],
    [at(0, 0.5), 'offset_invalid'],
    [at(4, 0), 'partition_unknown'],
    [at(-1, 0), 'partition_unknown'],
    [{ topic: 'none', partition: 0, offset: 0 }, 'topic_unknown'],
    [{ ...at(0, 0), metadata: 'ü'.repeat(2_049) }, 'metadata_too_large'],
  ])('of what can not be are refused whole: %j', async (offset, code) => {
    const groups = new World().process();
    expect(await refused(groups.commit('g', [at(1, 1), offset]))).toBe(code);
    expect(await groups.list()).toEqual([]);
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

describe('lag', () => {
  test('is what is left to read, per partition and in all', async () => {
    const groups = new World().process();
    await joined(groups, 'g', 'a');
    const member = await joined(groups, 'g', 'a');
    await groups.commit(
      'g',
      [0, 5, 40, 100].map((offset, partition) => ({ topic: 'orders', partition, offset })),
      member,
    );
    const { total, partitions } = await groups.lag('g');
    expect(partitions.map(({ lag, memberId }) => [lag, memberId])).toEqual([
      [90, 'a'],
      [90, 'a'],
      [60, 'a'],
      [0, 'a'],
    ]);
    expect(total).toBe(240);
  });

  test('is unknown where nothing is committed, and names topics that are subscribed or committed', async () => {
    const groups = new World().process();
    await groups.commit('g', [{ topic: 'payments', partition: 1, offset: 99 }]);
    await joined(groups, 'g', 'a');
    const { total, partitions } = await groups.lag('g');
    expect(partitions.map(({ topic, partition, committed, lag }) => [topic, partition, committed, lag])).toEqual([
      ['orders', 0, undefined, undefined],
      ['orders', 1, undefined, undefined],
      ['orders', 2, undefined, undefined],
      ['orders', 3, undefined, undefined],
      ['payments', 0, undefined, undefined],
      ['payments', 1, 99, 1],
    ]);
    expect(total).toBe(1);
    expect(await refused(groups.lag('none'))).toBe('group_unknown');
  });
});

describe('reset', () => {
  test.each([
    ['earliest', 10],
    ['latest', 100],
    [{ offset: 42 }, 42],
    [{ offset: 3 }, 10],
    [{ offset: 1_000 }, 100],
    [{ timeMs: 41_500 }, 42],
    [{ timeMs: 0 }, 10],
    [{ timeMs: 10_000_000 }, 100],
    [{ by: 7 }, 57],
    [{ by: -7 }, 43],
    [{ by: -70 }, 10],
    [{ by: Number.MAX_SAFE_INTEGER }, 100],
  ] as const)('to %j goes there, within what the log has', async (to, offset) => {
    const groups = new World().process();
    await groups.commit(
      'g',
      [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 50 })),
    );
    const did = [0, 1].map((partition) => ({ partition, from: 50, to: offset }));
    expect(await groups.reset('g', 'orders', to, { partitions: [0, 1], dryRun: true })).toEqual(did);
    expect((await groups.committed('g')).map((committed) => committed.offset)).toEqual([50, 50]);
    expect(await groups.reset('g', 'orders', to, { partitions: [0, 1] })).toEqual(did);
    expect((await groups.committed('g')).map((committed) => committed.offset)).toEqual([offset, offset]);
  });

  test('takes all partitions where none are named, and makes a group that never was', async () => {
    const groups = new World().process();
    await groups.reset('g', 'orders', 'earliest', { dryRun: true });
    expect(await groups.list()).toEqual([]);
    const did = await groups.reset('g', 'orders', 'earliest');
    expect(did).toEqual([0, 1, 2, 3].map((partition) => ({ partition, from: undefined, to: 10 })));
    expect((await groups.describe('g')).state).toBe('empty');
  });

  test('waits for no member, and takes nothing from one', async () => {
    const world = new World();
    const groups = world.process();
    const member = await joined(groups, 'g', 'a');
    await groups.commit('g', [{ topic: 'orders', partition: 0, offset: 50 }], member);
    for (const dryRun of [true, false]) {
      expect(await refused(groups.reset('g', 'orders', 'latest', { dryRun }))).toBe('group_not_empty');
    }
    await world.clock.advance(10_001);
    await groups.reset('g', 'orders', 'latest');
    expect((await groups.committed('g'))[0]!.offset).toBe(100);
  });

  test.each([
    [{ offset: -1 }, [0], 'offset_invalid'],
    [{ timeMs: 0.5 }, [0], 'offset_invalid'],
    [{ by: Number.NaN }, [0], 'offset_invalid'],
    [{ by: 1 }, [1], 'offset_invalid'],
    ['latest', [4], 'partition_unknown'],
  ] as const)('to what can not be is refused, and moves nothing: %j of %j', async (to, partitions, code) => {
    const groups = new World().process();
    await groups.commit('g', [{ topic: 'orders', partition: 0, offset: 50 }]);
    expect(await refused(groups.reset('g', 'orders', to, { partitions }))).toBe(code);
    expect((await groups.committed('g')).map(({ offset }) => offset)).toEqual([50]);
  });
});

describe('groups', () => {
  test('on one topic know nothing of each other', async () => {
    const groups = new World().process();
    const [one, two] = [await joined(groups, 'one', 'a'), await joined(groups, 'two', 'a')];
    await groups.commit('one', [{ topic: 'orders', partition: 0, offset: 5 }], one);
    await groups.commit('two', [{ topic: 'orders', partition: 0, offset: 7 }], two);
    await groups.leave('one', one);
    await groups.delete('one');
    expect((await groups.committed('two'))[0]!.offset).toBe(7);
    expect(await groups.list()).toEqual([{ group: 'two', members: 1 }]);
  });

  test('go with their offsets, while they have no members', async () => {
    const groups = new World().process();
    const member = await joined(groups, 'g', 'a');
    await groups.commit(
      'g',
      [0, 1, 2, 3].map((partition) => ({ topic: 'orders', partition, offset: 5 })),
      member,
    );
    expect(await refused(groups.delete('g'))).toBe('group_not_empty');
    await groups.leave('g', member);
    await groups.delete('g');
    expect(await refused(groups.delete('g'))).toBe('group_unknown');
    expect(await refused(groups.describe('g'))).toBe('group_unknown');
    await groups.commit('g', []);
    expect(await groups.committed('g')).toEqual([]);
  });

  test('a delete whose answers were lost is a delete', async () => {
    const world = new World();
    const plain = world.process();
    await plain.commit('g', [{ topic: 'orders', partition: 0, offset: 5 }]);
    const fates: Fate[] = ['unanswered', 'fine', 'unanswered', 'unanswered'];
    const items = new FatefulItems(world.items, () => fates.shift() ?? 'fine');
    await world.finish(world.process({ items }).delete('g'));
    expect([await plain.list(), await plain.committed('g')]).toEqual([[], []]);
  });

  test('offsets of a topic that was deleted and made anew do not apply to the new one', async () => {
    const world = new World();
    const groups = world.process();
    await groups.commit('g', [{ topic: 'orders', partition: 0, offset: 5 }]);
    world.topics.set('orders', { topicId: PAYMENTS.replace(/1$/, '9'), partitions: 4, width: 2 });
    expect(await groups.committed('g')).toEqual([]);
    expect(await groups.committed('g', 'orders')).toEqual([]);
    await groups.commit('g', [{ topic: 'orders', partition: 1, offset: 6 }]);
    await groups.deleteOffsets('g', 'orders');
    expect((await world.items.query('group/g', { prefix: 'offsets/' })).items).toEqual([]);
  });

  test('offsets of one topic are forgotten only while nobody subscribes to it', async () => {
    const groups = new World().process();
    await groups.commit(
      'g',
      ['orders', 'payments'].map((topic) => ({ topic, partition: 0, offset: 5 })),
    );
    await joined(groups, 'g', 'a');
    expect(await refused(groups.deleteOffsets('g', 'orders'))).toBe('group_not_empty');
    await groups.deleteOffsets('g', 'payments');
    expect((await groups.committed('g')).map(({ topic }) => topic)).toEqual(['orders']);
  });
});
