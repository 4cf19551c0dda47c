import { expect, test } from 'vitest';
import { type Fate, FatefulItems, joined, refused, World } from './world.ts';

/** A member whose session ends by the clock while its first commit is on the way, which `fate` says. */
async function overByTheClock(fate: Fate) {
  const world = new World();
  const member = await joined(world.process(), 'g', 'a');
  let fates: Fate[] = [];
  const items = new FatefulItems(world.items, () => fates.shift() ?? 'fine');
  const transact = items.transact;
  items.transact = async (writes) => {
    fates = [fate];
    try {
      return await transact(writes);
    } finally {
      await world.clock.advance(10_001);
    }
  };
  const offsets = [{ topic: 'orders', partition: 0, offset: 7 }];
  const code = await world.finish(
    refused(world.process({ items }).commitConsumed([{ group: 'g', as: member, offsets }])),
  );
  await items.deliver();
  return { code, committed: (await world.process().committed('g')).map(({ offset }) => offset) };
}

test('a commit that may land yet is not told to be fenced, though its session is over by the clock', async () => {
  expect(await overByTheClock('late')).toEqual({ code: 'group_conflict', committed: [7] });
});

test('nor is one that has landed without an answer', async () => {
  expect(await overByTheClock('unanswered')).toEqual({ code: 'group_conflict', committed: [7] });
});

test('one that certainly did nothing is', async () => {
  expect(await overByTheClock('refused')).toEqual({ code: 'member_unknown', committed: [] });
});
