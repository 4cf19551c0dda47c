import { describe, expect, test } from 'vitest';
import { joined, refused, World } from './world.ts';

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

  test('counts from the start of the log where nothing is committed, and names topics that are subscribed or committed', async () => {
    const groups = new World().process();
    await groups.commit('g', [{ topic: 'payments', partition: 1, offset: 99 }]);
    await joined(groups, 'g', 'a');
    const { total, partitions } = await groups.lag('g');
    expect(partitions.map(({ topic, partition, committed, lag }) => [topic, partition, committed, lag])).toEqual([
      ['orders', 0, undefined, 90],
      ['orders', 1, undefined, 90],
      ['orders', 2, undefined, 90],
      ['orders', 3, undefined, 90],
      ['payments', 0, undefined, 90],
      ['payments', 1, 99, 1],
    ]);
    expect(total).toBe(451);
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
