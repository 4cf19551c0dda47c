import { describe, expect, test } from 'vitest';
import { actor, openWorld, valuesIn, type World } from './world.ts';

const WIDTH = 32;
const METADATA = 'm'.repeat(4_096);

/** Offsets of whole ledgers, with as much metadata as goes with each: 130 KB a ledger. */
function offsetsOf(ledgers: number, offset: number, { metadata = METADATA, per = WIDTH, first = 0 } = {}) {
  return Array.from({ length: ledgers * per }, (_, i) => {
    const partition = (first + Math.floor(i / per)) * WIDTH + (i % per);
    return { topic: 'wide', partition, offset, ...(metadata && { metadata }) };
  });
}

/** A topic of 40 ledgers: with metadata everywhere, a group's offsets there are more than one transaction of the store takes. */
async function wideWorld(): Promise<World> {
  const w = await openWorld();
  await w.one.topics.create('wide', { partitions: 40 * WIDTH });
  return w;
}

const record = (topic: string) => [{ topic, events: [{ key: null, value: Buffer.from('v') }] }];

test('offsets beside large metadata are committed, however many ledgers they are of', async () => {
  const { one } = await wideWorld();
  await one.groups.commit('g', offsetsOf(40, 1));
  await one.groups.commit('g', offsetsOf(40, 2, { metadata: '', per: 1 }));
  const found = await one.groups.committed('g', 'wide');
  expect(found).toHaveLength(40 * WIDTH);
  expect(found.filter(({ offset }) => offset === 2)).toHaveLength(40);
});

describe('offsets that are to be committed with events in one write', () => {
  test('are refused by their bytes, and nothing is stored', async () => {
    const w = await wideWorld();
    const { groups, events } = w.one;
    const large = [{ group: 'g', as: 'anyone' as const, offsets: offsetsOf(40, 1) }];
    const too = { code: 'offsets_too_large' };
    const sent = (async () => events.transact(record('orders'), await groups.consumed(large)))();
    await expect(sent).rejects.toMatchObject(too);
    await expect(groups.commitConsumed(large)).rejects.toMatchObject(too);
    expect(await groups.committed('g')).toEqual([]);
    expect(await valuesIn(w, 'orders', 0)).toEqual([]);
  });

  test('count with what is committed beside them', async () => {
    const w = await wideWorld();
    const { groups, events } = w.one;
    await groups.commit('g', offsetsOf(40, 1));
    const small = [{ group: 'g', as: 'anyone' as const, offsets: offsetsOf(40, 2, { metadata: '', per: 1 }) }];
    const sent = (async () => events.transact(record('orders'), await groups.consumed(small)))();
    await expect(sent).rejects.toMatchObject({ code: 'offsets_too_large' });
  });
});

describe('a transaction', () => {
  test.each(['commit', 'abort'] as const)(
    'with more offsets than one write takes has a %s all the same',
    async (how) => {
      const { one } = await wideWorld();
      await one.groups.commit('g', offsetsOf(40, 1));
      const mover = await actor(one);
      await one.transactions.addOffsets(mover, 'g');
      await one.transactions.commitOffsets(mover, 'g', offsetsOf(40, 2), 'unnamed');
      await one.transactions.end(mover, how);
      const { positions, unstable } = await one.groups.committedStably('g', 'wide');
      expect(unstable).toEqual([]);
      expect(new Set(positions.map(({ offset }) => offset))).toEqual(new Set([how === 'commit' ? 2 : 1]));
      expect((await one.transactions.describe('mover')).status).toBe(how === 'commit' ? 'committed' : 'aborted');
    },
  );

  test('is told that its offsets are too large where others have theirs in the same item, until these end', async () => {
    const { one } = await wideWorld();
    const movers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => actor(one, id)));
    for (const mover of movers) await one.transactions.addOffsets(mover, 'g');
    const commit = (i: number) => one.transactions.commitOffsets(movers[i]!, 'g', offsetsOf(1, i), 'unnamed');
    for (const i of [0, 1, 2]) await commit(i);
    await expect(commit(3)).rejects.toMatchObject({ code: 'offsets_too_large' });
    await expect(one.groups.commit('g', offsetsOf(1, 9))).rejects.toMatchObject({ code: 'offsets_too_large' });
    await one.transactions.end(movers[0]!, 'abort');
    await commit(3);
    for (const i of [1, 2]) await one.transactions.end(movers[i]!, 'commit');
    await one.transactions.end(movers[3]!, 'commit');
    expect((await one.groups.committed('g', 'wide'))[0]?.offset).toBe(3);
  });
});
