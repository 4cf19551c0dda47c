import { expect, test } from 'vitest';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { type SimulatedClock, seededRandom, simulatedClock } from '../support/clock.ts';
import { watched } from './watched.ts';
import { actor } from './world.ts';

/** The transactional id's own item, the partition's head and the group's offsets, and the id's item again. */
const DECIDED = 1 + 2 + 1;
const ALL = Number.POSITIVE_INFINITY;

/** Processes whose transactions all end in steps, over the same stores. */
async function openWorld() {
  const stores = memoryStores();
  const clock: SimulatedClock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  let seed = 1;
  const process = (through: Stores = stores): Platform =>
    openPlatform({
      stores: through,
      clock,
      random: seededRandom(seed++),
      background: false,
      transactionEndWritesMax: 1,
    });
  const one = process();
  for (const topic of ['orders', 'taken']) await one.topics.create(topic, { partitions: 1 });
  /** A transaction that commits this offset, by a process that ends after so many of the writes that end it. */
  const move = async (id: string, offset: number, writesMax: number) => {
    const mover = await actor(one, id);
    await one.transactions.addPartitions(mover, [{ topic: 'taken', partition: 0 }]);
    await one.transactions.addOffsets(mover, 'g');
    await one.transactions.commitOffsets(mover, 'g', [{ topic: 'orders', partition: 0, offset }], 'unnamed');
    let writes = 0;
    const ending = process(watched(stores, { alive: () => ++writes <= writesMax })).transactions.end(mover, 'commit');
    const ended = ending.catch((error: unknown) => error);
    for (let i = 0; i < 60; i++) await clock.advance(1_000);
    await ended;
  };
  const committed = async () => {
    const { positions, unstable } = await process().groups.committedStably('g', 'orders');
    return unstable.length > 0 ? 'unstable' : positions[0]?.offset;
  };
  const commit = (offset: number) => one.groups.commit('g', [{ topic: 'orders', partition: 0, offset }]);
  return { one, move, committed, commit, process };
}

test('an offset that is committed behind a decided transaction stays, though that is carried out later', async () => {
  const { move, committed, commit, process } = await openWorld();
  await move('a', 10, DECIDED);
  expect(await committed()).toBe(10);
  await commit(18);
  expect(await committed()).toBe(18);
  expect(await process().transactions.sweep()).toMatchObject({ carriedOn: 1, failures: [] });
  expect(await committed()).toBe(18);
});

test('so does one that another transaction commits, whichever of them is carried out first', async () => {
  const { move, committed, process } = await openWorld();
  await move('a', 10, DECIDED);
  await move('b', 18, DECIDED);
  expect(await committed()).toBe(18);
  await move('c', 22, ALL);
  expect(await committed()).toBe(22);
  expect(await process().transactions.sweep()).toMatchObject({ carriedOn: 2, failures: [] });
  expect(await committed()).toBe(22);
});

test('of two that are decided the later one counts, in the end too', async () => {
  const { move, committed, process } = await openWorld();
  await move('b', 10, DECIDED);
  await move('a', 18, DECIDED);
  expect(await committed()).toBe(18);
  expect(await process().transactions.sweep()).toMatchObject({ carriedOn: 2, failures: [] });
  expect(await committed()).toBe(18);
});

test('an offset that was committed before a transaction ends in steps gives way to its own', async () => {
  const { move, committed, commit } = await openWorld();
  await commit(5);
  await move('a', 10, ALL);
  expect(await committed()).toBe(10);
});
