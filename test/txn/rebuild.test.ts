import { expect, test } from 'vitest';
import { memoryStores } from '../../lib/store/index.ts';
import { actor, openWorld, type Sequences, send, valuesIn } from './world.ts';

const MINUTE = 60_000;
const at = (...partitions: number[]) => partitions.map((partition) => ({ topic: 'orders', partition }));

test.each([
  ['all after the newest catalog', 'none'],
  ['a catalog while they were open', 'open'],
  ['a catalog, and pages that were merged since', 'merged'],
] as const)('a rebuild from %s keeps what was committed, and aborts what nobody can end any more', async (_, kept) => {
  const w = await openWorld();
  const sequences: Sequences = new Map();
  const { transactions, groups, log, topics } = w.one;
  const { topicId } = await topics.describe('orders');
  await w.one.tend();
  const committing = await actor(w.one, 'committing', 15 * MINUTE);
  const aborting = await actor(w.one, 'aborting', 15 * MINUTE);
  const left = await actor(w.one, 'left', 15 * MINUTE);
  for (const one of [committing, aborting, left]) {
    await transactions.addPartitions(one, at(0));
    await send(w.one, one, ['orders', 0], [`${one.id}.0`], sequences);
  }
  await groups.commit('g', [{ topic: 'orders', partition: 0, offset: 1 }]);
  await transactions.addOffsets(left, 'g');
  await transactions.commitOffsets(left, 'g', [{ topic: 'orders', partition: 0, offset: 2 }], 'unnamed');
  if (kept === 'merged') await log.roll({ topicId, index: 0 });
  if (kept !== 'none') {
    await w.clock.advance(10 * MINUTE);
    await w.one.tend();
  }
  await send(w.one, committing, ['orders', 0], ['committing.1'], sequences);
  await transactions.end(committing, 'commit');
  await send(w.one, aborting, ['orders', 0], ['aborting.1'], sequences);
  await transactions.end(aborting, 'abort');
  await transactions.addPartitions(aborting, at(0));
  await send(w.one, aborting, ['orders', 0], ['aborting.2'], sequences);
  await transactions.end(aborting, 'commit');

  await w.clock.advance(MINUTE);
  const lost = { objects: w.stores.objects, items: memoryStores().items, close: async () => {} };
  const again = { ...w, stores: lost, one: w.process(lost) };
  await again.one.rebuild();
  expect(await valuesIn(again, 'orders', 0)).toEqual(['committing.0', 'committing.1', 'aborting.2']);
  if (kept !== 'none') {
    expect(await again.one.groups.committedStably('g')).toMatchObject({ positions: [{ offset: 1 }], unstable: [] });
  }
  expect((await again.one.verify()).problems).toEqual([]);
  // Its producers begin anew.
  const next = await actor(again.one, 'left');
  expect(next.producerId).toBeGreaterThan(left.producerId);
  await again.one.transactions.addPartitions(next, at(0));
  await send(again.one, next, ['orders', 0], ['left.1'], new Map());
  await again.one.transactions.end(next, 'commit');
  expect(await valuesIn(again, 'orders', 0)).toEqual(['committing.0', 'committing.1', 'aborting.2', 'left.1']);
});
