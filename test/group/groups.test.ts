import { describe, expect, test } from 'vitest';
import { PAYMENTS } from './states.ts';
import { type Fate, FatefulItems, joined, refused, World } from './world.ts';

describe('groups', () => {
  test('on one topic know nothing of each other', async () => {
    const groups = new World().process();
    const [one, two] = [await joined(groups, 'one', 'a'), await joined(groups, 'two', 'a')];
    await groups.commit('one', [{ topic: 'orders', partition: 0, offset: 5 }], one);
    await groups.commit('two', [{ topic: 'orders', partition: 0, offset: 7 }], two);
    await groups.leave('one', one);
    await groups.delete('one');
    expect((await groups.committed('two'))[0]!.offset).toBe(7);
    expect(await groups.list()).toMatchObject([{ group: 'two', members: 1 }]);
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
    await expect(groups.delete('g')).rejects.toThrow('Group "g" has a member and can\'t be deleted.');
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
    const left = (await world.items.query('group/g', { prefix: 'offsets/' })).items;
    expect(left.map(({ item }) => Object.keys(item))).toEqual([['n'], ['n']]);
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
