import { describe, expect, test } from 'vitest';
import type { Groups } from '../../lib/group/index.ts';
import { openPlatform } from '../../lib/platform.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { simulatedClock } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { joined, World } from './world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (offset: number, partition = 0) => ({ topic: 'orders', partition, offset });

function round(groups: Groups, retentionMs = DAY): Promise<readonly string[]> {
  const spares = (group: string) => group.startsWith('route.');
  return groups.expire({
    retentionMs,
    spares,
    onError: (error) => {
      throw error;
    },
  });
}

describe('groups that nobody uses', () => {
  test('go with their offsets, a while after they were seen to be empty', async () => {
    const world = new World();
    const groups = world.process();
    const member = await joined(groups, 'g', 'a');
    await groups.commit('g', [at(5), at(6, 3)], member);
    await groups.leave('g', member);
    expect(await round(groups)).toEqual([]);
    await world.clock.advance(DAY - 1);
    expect(await round(groups)).toEqual([]);
    await world.clock.advance(1);
    expect(await round(groups)).toEqual(['g']);
    expect(await groups.list()).toEqual([]);
    expect((await world.items.query('group/g')).items).toEqual([]);
    await groups.commit('g', [at(1)]);
    expect((await groups.committed('g')).map(({ offset }) => offset)).toEqual([1]);
  });

  test('stay while they have members, however old their commits are', async () => {
    const world = new World();
    const groups = world.process();
    const member = await joined(groups, 'g', 'a');
    await groups.commit('g', [at(5)], member);
    for (let beats = 0; beats < 60; beats++) {
      await world.clock.advance(5_000);
      member.memberEpoch = (await groups.heartbeat('g', member)).memberEpoch;
      expect(await round(groups, 20_000)).toEqual([]);
    }
    expect((await groups.committed('g')).map(({ offset }) => offset)).toEqual([5]);
  });

  test('wait anew after a member was there in between, though its commits are old', async () => {
    const world = new World();
    const groups = world.process();
    await groups.commit('g', [at(5)]);
    await round(groups);
    await world.clock.advance(DAY - HOUR);
    const member = await joined(groups, 'g', 'a');
    await groups.leave('g', member);
    await world.clock.advance(2 * HOUR);
    expect(await round(groups)).toEqual([]);
    await world.clock.advance(DAY - 1);
    expect(await round(groups)).toEqual([]);
    await world.clock.advance(1);
    expect(await round(groups)).toEqual(['g']);
  });

  test('stay while anybody commits without being a member', async () => {
    const world = new World();
    const groups = world.process();
    for (let day = 0; day < 3; day++) {
      await groups.commit('g', [at(day)]);
      expect(await round(groups)).toEqual([]);
      await world.clock.advance(DAY - 1);
    }
    await world.clock.advance(1);
    expect(await round(groups)).toEqual(['g']);
  });

  test('stay where they are spared, and while something is under way in their offsets', async () => {
    const world = new World();
    const groups = world.process();
    await groups.commit('route.audit', [at(5)]);
    await groups.commit('g', [at(5)]);
    const [stored] = (await world.items.query('group/g', { prefix: 'offsets/' })).items;
    const key = { pk: 'group/g', sk: stored!.sk };
    await world.items.write({ write: 'update', key, actions: [{ do: 'set', path: ['x7.0.1'], to: { o: 9, v: 1 } }] });
    await round(groups);
    await world.clock.advance(3 * DAY);
    expect(await round(groups)).toEqual([]);
    await world.items.write({ write: 'update', key, actions: [{ do: 'remove', path: ['x7.0.1'] }] });
    expect(await round(groups)).toEqual(['g']);
    expect((await groups.committed('route.audit')).map(({ offset }) => offset)).toEqual([5]);
  });

  test('lose no commit that comes while they are removed', async () => {
    for (let step = 0; step < 6; step++) {
      const world = new World();
      const groups = world.process({ seed: 2 });
      await groups.commit('g', [at(5)]);
      await round(groups);
      await world.clock.advance(2 * DAY);
      // Before each of the removal's writes in turn, somebody commits for another ledger, and for the same one.
      let writes = 0;
      const meddle = async () => {
        if (writes++ === step) await groups.commit('g', [at(8, 3), at(9)]);
      };
      const items = intercepted(world.items, {
        write: async (write) => {
          await meddle();
          return world.items.write(write);
        },
        transact: async (all) => {
          await meddle();
          return world.items.transact(all);
        },
      });
      await round(world.process({ items }));
      if (writes <= step) await groups.commit('g', [at(8, 3), at(9)]);
      expect((await groups.committed('g')).map(({ offset }) => offset)).toEqual([9, 8]);
      expect((await groups.describe('g')).state).toBe('empty');
      expect((await groups.list()).map(({ group }) => group)).toEqual(['g']);
    }
  });

  test('are looked after when the platform tends, but for those of routes', async () => {
    const clock = simulatedClock();
    const { groups, topics, tend, close } = openPlatform({ stores: memoryStores(), clock, background: false });
    await topics.create('orders');
    for (const group of ['g', 'route.audit']) await groups.commit(group, [at(5)]);
    await tend();
    await clock.advance(7 * DAY);
    await tend({ collect: false });
    expect(await groups.list()).toHaveLength(2);
    await tend();
    expect((await groups.list()).map(({ group }) => group)).toEqual(['route.audit']);
    await close();
  });

  test('whose removal was cut short go a while later', async () => {
    const world = new World();
    const groups = world.process();
    await groups.commit('g', [at(5)]);
    await world.items.write({ write: 'delete', key: { pk: 'group/g', sk: 'members' } });
    await round(groups);
    await world.clock.advance(DAY);
    expect(await round(groups)).toEqual(['g']);
    expect((await world.items.query('group/g')).items).toEqual([]);
  });
});
