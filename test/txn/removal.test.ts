import { describe, expect, test } from 'vitest';
import { intercepted } from '../support/intercepted.ts';
import { actor, openWorld, type World } from './world.ts';

const offsetsOf = (offset: number) => [{ topic: 'orders', partition: 0, offset }];

/** A group with a committed offset, and a transaction that is to commit another. */
async function pendingWorld() {
  const w = await openWorld();
  const { transactions, groups } = w.one;
  await groups.commit('g', offsetsOf(1));
  const mover = await actor(w.one);
  await transactions.addOffsets(mover, 'g');
  await transactions.commitOffsets(mover, 'g', offsetsOf(5), 'unnamed');
  return { w, mover };
}

async function positions({ one }: World) {
  const found = await one.groups.committedStably('g');
  return { committed: found.positions.map(({ offset }) => offset), unstable: found.unstable.length };
}

describe('offsets that an open transaction is to commit', () => {
  test.each([
    ['all', undefined],
    ['some', [0]],
  ] as const)('stay when %s of those of their topic are deleted, as if they came after', async (_, partitions) => {
    const { w, mover } = await pendingWorld();
    await w.one.groups.deleteOffsets('g', 'orders', partitions);
    expect(await positions(w)).toEqual({ committed: [], unstable: 1 });
    await w.one.transactions.end(mover, 'commit');
    expect(await positions(w)).toEqual({ committed: [5], unstable: 0 });
    await w.one.groups.deleteOffsets('g', 'orders', partitions);
    expect(await positions(w)).toEqual({ committed: [], unstable: 0 });
  });

  test('keep their group from being deleted until it has ended', async () => {
    for (const outcome of ['commit', 'abort'] as const) {
      const { w, mover } = await pendingWorld();
      await expect(w.one.groups.delete('g')).rejects.toMatchObject({ code: 'group_not_empty' });
      await w.one.transactions.end(mover, outcome);
      expect(await positions(w)).toEqual({ committed: [outcome === 'commit' ? 5 : 1], unstable: 0 });
      await w.one.groups.delete('g');
      await expect(w.one.groups.describe('g')).rejects.toMatchObject({ code: 'group_unknown' });
      expect((await w.stores.items.query('group/g')).items).toEqual([]);
    }
  });

  test('that come while their group is being deleted keep it, too', async () => {
    const w = await openWorld();
    await w.one.groups.commit('g', offsetsOf(1));
    const mover = await actor(w.one);
    await w.one.transactions.addOffsets(mover, 'g');
    // Just before the group's item goes, once all has been looked at.
    const { items, objects, close } = w.stores;
    let writes = 0;
    const slow = w.process({
      objects,
      close,
      items: intercepted(items, {
        write: async (write) => {
          if (write.write === 'delete' && writes++ === 0)
            await w.one.transactions.commitOffsets(mover, 'g', offsetsOf(5), 'unnamed');
          return items.write(write);
        },
      }),
    });
    await expect(slow.groups.delete('g')).rejects.toMatchObject({ code: 'group_not_empty' });
    await w.one.transactions.end(mover, 'commit');
    expect(await positions(w)).toEqual({ committed: [5], unstable: 0 });
    expect((await w.one.groups.list()).map(({ group }) => group)).toEqual(['g']);
  });
});

test('a group that is made anew by a commit while it is deleted goes whole, and is never there unlisted', async () => {
  const w = await openWorld();
  await w.one.groups.commit('g', offsetsOf(1));
  const { items, objects, close } = w.stores;
  let isCommitted = false;
  const slow = w.process({
    objects,
    close,
    items: intercepted(items, {
      write: async (write) => {
        const answer = await items.write(write);
        if (write.write === 'delete' && !isCommitted) {
          isCommitted = true;
          await w.one.groups.commit('g', offsetsOf(7));
        }
        return answer;
      },
    }),
  });
  await slow.groups.delete('g');
  const left = (await w.stores.items.query('group/g')).items.map(({ sk }) => sk);
  expect(left).toEqual([]);
  expect(await w.one.groups.list()).toEqual([]);
});
