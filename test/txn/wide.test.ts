import { expect, test } from 'vitest';
import { openLog } from '../../lib/log/index.ts';
import { memoryStores } from '../../lib/store/index.ts';
import type { Actor } from '../../lib/txn/index.ts';
import { transactionKey } from '../../lib/txn/transaction-item.ts';
import { texts } from '../log/world.ts';
import { seededRandom } from '../support/clock.ts';
import { watched } from './watched.ts';
import { actor, openWorld, type Sequences, send, type World } from './world.ts';

const LEDGERS = 150;
const GROUPS = 3;
/** Looked at after each write: among the first and the last to be written, and in between. */
const SAMPLE = [0, 1, 15, 16, 74, 99, 100, 148, 149];

const PLACES = 2 * SAMPLE.length + GROUPS;
/** The item, twice each ledger and each group's offsets, and the item before, between and after. */
const WRITES = 2 * (LEDGERS + GROUPS) + 3;

/** A topic with a ledger for each partition, and a transaction over all of them and some groups, ready to end. */
async function wideTransaction(w: World, timeoutMs = 60_000): Promise<{ mover: Actor; sequences: Sequences }> {
  await w.one.topics.create('wide', { partitions: LEDGERS, config: { 'millrace.partitions.per.ledger': '1' } });
  const mover = await actor(w.one, 'mover', timeoutMs);
  const all = Array.from({ length: LEDGERS }, (_, partition) => ({ topic: 'wide', partition }));
  await w.one.transactions.addPartitions(mover, all);
  const sequences: Sequences = new Map();
  await Promise.all(all.map(({ partition }) => send(w.one, mover, ['wide', partition], ['v'], sequences)));
  for (let i = 0; i < GROUPS; i++) {
    await w.one.transactions.addOffsets(mover, `g${i}`);
    const offsets = [{ topic: 'wide', partition: i, offset: 1 }];
    await w.one.transactions.commitOffsets(mover, `g${i}`, offsets, 'unnamed');
  }
  return { mover, sequences };
}

/** In how many places of the transaction something is to be seen: events by either kind of reader, and offsets. */
async function seenIn({ stores, clock, one }: World): Promise<{ seen: number; places: number }> {
  const log = openLog({ stores, clock, random: seededRandom(5) });
  const { topicId, width } = await one.topics.describe('wide');
  const reads = SAMPLE.map((partition) => ({ from: { topicId, width, partition }, offset: 0, maxBytes: 10_000 }));
  let seen = 0;
  for (const isolation of ['committed_only', 'read_committed'] as const) {
    for (const fetched of await log.fetch(reads, { maxBytes: 1 << 24, isolation })) {
      if (fetched.error) throw fetched.error;
      const isVoid = fetched.aborted.some(({ firstOffset }) => firstOffset === 0);
      if (texts(fetched).some((text) => text.endsWith('=v')) && !isVoid) seen++;
    }
  }
  for (let i = 0; i < GROUPS; i++) {
    const { positions, unstable } = await one.groups.committedStably(`g${i}`, 'wide');
    seen += positions.length;
    // What is decided is stable, and what is stable is decided.
    if (positions.length > 0 && unstable.length > 0) throw new Error('committed and unstable');
  }
  return { seen, places: PLACES };
}

test.each(['commit', 'abort'] as const)(
  'a %s over 150 ledgers and three groups is all or nothing after each of its writes',
  async (outcome) => {
    const w = await openWorld(memoryStores());
    const { mover } = await wideTransaction(w);
    const seen = new Set<number>();
    let wasSeen = false;
    let writes = 0;
    const after = async () => {
      writes++;
      const found = await seenIn(w);
      seen.add(found.seen);
      expect([0, found.places]).toContain(found.seen);
      // Once it is there, it stays.
      expect(wasSeen && found.seen === 0).toBe(false);
      wasSeen ||= found.seen > 0;
    };
    await w.process(watched(w.stores, { after })).transactions.end(mover, outcome);
    expect(writes).toBe(WRITES);
    expect((await seenIn(w)).seen).toBe(outcome === 'commit' ? PLACES : 0);
    expect([...seen].sort()).toEqual(outcome === 'commit' ? [0, PLACES] : [0]);
    expect((await w.one.transactions.describe('mover')).status).toBe(outcome === 'commit' ? 'committed' : 'aborted');
    for (const { item } of (await w.stores.items.query('txn/0')).items) expect(item.d).toBeUndefined();
  },
  60_000,
);

test.each([
  ['announced', 100],
  ['decided', 155],
  ['half carried out', 230],
])(
  'a commit over 150 ledgers that was %s goes on where heads are put together again',
  async (_, most) => {
    const w = await openWorld(memoryStores());
    const { mover } = await wideTransaction(w);
    let writes = 0;
    const killed = w.process(watched(w.stores, { alive: () => ++writes <= most }));
    const ending = killed.transactions.end(mover, 'commit').catch((error: unknown) => error);
    await w.clock.advance(60_000);
    await ending;
    const { topicId } = await w.one.topics.describe('wide');
    for (const ledger of SAMPLE)
      await w.stores.items.write({ write: 'delete', key: { pk: `ledger/${topicId}/${ledger}`, sk: 'head' } });
    const other = w.process();
    const repaired = (await other.repair()).filter(({ message }) => message.includes('"mover"'));
    expect(repaired).toHaveLength(SAMPLE.length);
    expect((await seenIn({ ...w, one: other })).seen).toBe(most < 155 ? 0 : PLACES);
    expect(await other.transactions.sweep()).toMatchObject({ carriedOn: 1, failures: [] });
    expect((await seenIn({ ...w, one: other })).seen).toBe(PLACES);
    expect((await other.verify()).problems).toEqual([]);
  },
  60_000,
);

test('a commit over 150 ledgers that was decided is carried out once its item can be read again, and heads were put back meanwhile', async () => {
  const w = await openWorld(memoryStores());
  const { mover } = await wideTransaction(w);
  let writes = 0;
  const killed = w.process(watched(w.stores, { alive: () => ++writes <= 155 }));
  const ending = killed.transactions.end(mover, 'commit').catch((error: unknown) => error);
  await w.clock.advance(60_000);
  await ending;
  const key = transactionKey('mover');
  const item = (await w.stores.items.get(key))!;
  await w.stores.items.write({ write: 'put', key, item: { ...item, l: 'damaged' } });
  const { topicId } = await w.one.topics.describe('wide');
  for (const ledger of SAMPLE)
    await w.stores.items.write({ write: 'delete', key: { pk: `ledger/${topicId}/${ledger}`, sk: 'head' } });
  const messages = async () => (await w.process().repair()).map(({ message }) => message);
  expect((await messages()).filter((message) => message.includes('stay open'))).toHaveLength(SAMPLE.length);
  await w.stores.items.write({ write: 'put', key, item });
  expect((await messages()).filter((message) => message.includes('as was decided'))).toHaveLength(SAMPLE.length);
  const other = w.process();
  expect(await other.transactions.sweep()).toMatchObject({ carriedOn: 1, failures: [] });
  expect((await seenIn({ ...w, one: other })).seen).toBe(PLACES);
  expect((await other.verify()).problems).toEqual([]);
}, 60_000);

test('a commit over 150 ledgers of which one has lost what it knew of it is an abort, and says so', async () => {
  const w = await openWorld(memoryStores());
  const { mover } = await wideTransaction(w);
  const { topicId } = await w.one.topics.describe('wide');
  const key = { pk: `ledger/${topicId}/98`, sk: 'head' };
  const whole = Object.entries((await w.stores.items.get(key))!);
  const item = Object.fromEntries(whole.filter(([name]) => !name.startsWith('x')));
  await w.stores.items.write({ write: 'put', key, item });
  await expect(w.one.transactions.end(mover, 'commit')).rejects.toMatchObject({ code: 'transaction_state' });
  expect((await seenIn(w)).seen).toBe(0);
  expect((await w.one.transactions.describe('mover')).status).toBe('aborted');
  await w.one.transactions.end(mover, 'abort');
}, 60_000);

test.each([1, 17, 154, 155, 200, 308, 309])(
  'a commit whose process is killed after %i writes is carried on by another, and nothing of it is half there',
  async (most) => {
    const w = await openWorld(memoryStores());
    const { mover, sequences } = await wideTransaction(w);
    let writes = 0;
    const killed = w.process(watched(w.stores, { alive: () => ++writes <= most }));
    const ending = killed.transactions.end(mover, 'commit').catch((error: unknown) => error);
    await w.clock.advance(60_000);
    await ending;
    const between = await seenIn(w);
    expect([0, between.places]).toContain(between.seen);
    const other = w.process();
    const { carriedOn, failures } = await other.transactions.sweep();
    expect({ carriedOn, failures }).toEqual({ carriedOn: most < WRITES ? 1 : 0, failures: [] });
    const lost: Sequences = new Map(sequences);
    await expect(send(other, mover, ['wide', 3], ['late'], lost)).rejects.toMatchObject({
      code: 'transaction_not_open',
    });
    await other.transactions.end(mover, 'commit');
    expect((await seenIn(w)).seen).toBe(between.places);
    // The next one of the same producer is not taken for this one.
    await other.transactions.addPartitions(mover, [{ topic: 'wide', partition: 3 }]);
    await send(other, mover, ['wide', 3], ['v'], sequences);
    await other.transactions.end(mover, 'abort');
    expect((await seenIn(w)).seen).toBe(between.places);
  },
  60_000,
);
