import { expect, test } from 'vitest';
import { parseObjectKey } from '../../lib/log/index.ts';
import { memoryStores, meteredStores, SMALL_OBJECT_BYTES_MAX, tieredStores } from '../../lib/store/index.ts';
import { actor, openWorld, type Sequences, send } from './world.ts';

const TRANSACTIONS = 50;

/** What a transaction takes that adds ten partitions, sends a batch of 2 KiB to each, commits a group's offsets, and ends. */
async function costOf(partitionsPerTopic: number, outcome: 'commit' | 'abort', version: 1 | 2) {
  const metered = meteredStores(memoryStores());
  const small = (key: string) => (parseObjectKey(key)?.sizeBytes ?? Infinity) <= SMALL_OBJECT_BYTES_MAX;
  const w = await openWorld(tieredStores(metered, small));
  const topics = Array.from({ length: 10 / partitionsPerTopic }, (_, i) => `t${i}`);
  for (const topic of topics) await w.one.topics.create(topic, { partitions: partitionsPerTopic });
  let mover = await actor(w.one);
  const sequences: Sequences = new Map();
  const places = topics.flatMap((topic) =>
    Array.from({ length: partitionsPerTopic }, (_, partition) => ({ topic, partition })),
  );
  const once = async (i: number) => {
    const { transactions } = w.one;
    if (version === 1) await transactions.addPartitions(mover, places);
    else await transactions.include(mover, places);
    const sent = places.map(({ topic, partition }) =>
      send(w.one, mover, [topic, partition], ['x'.repeat(2_048)], sequences),
    );
    await Promise.all(sent);
    const offsets = [{ topic: 'taken', partition: 0, offset: i }];
    if (version === 1) await transactions.addOffsets(mover, 'g');
    await transactions.commitOffsets(mover, 'g', offsets, 'unnamed', { adds: version === 2 });
    if (version === 1) await transactions.end(mover, outcome);
    else mover = { ...mover, ...(await transactions.endAndRaise(mover, outcome)) };
  };
  // The producer is met, and the group made, with the first.
  await once(0);
  metered.reset();
  for (let i = 1; i <= TRANSACTIONS; i++) await once(i);
  await w.one.close();
  const meters = metered.meters();
  const per = (count: number) => Math.round((10 * count) / TRANSACTIONS) / 10;
  return {
    puts: per(meters['object.put'].requests),
    writeUnits: per(meters['item.write'].units + meters['item.transact'].units),
    readUnits: per(meters['item.get'].units + meters['item.query'].units),
    transactions: per(meters['item.transact'].requests),
  };
}

// docs/architecture.md has these figures.
test.each([
  { of: 'one topic', partitionsPerTopic: 10, outcome: 'commit', version: 1, writeUnitsMost: 24, readUnitsMost: 3 },
  { of: 'one topic', partitionsPerTopic: 10, outcome: 'abort', version: 1, writeUnitsMost: 24, readUnitsMost: 4 },
  { of: 'ten topics', partitionsPerTopic: 1, outcome: 'commit', version: 1, writeUnitsMost: 75, readUnitsMost: 12 },
  { of: 'one topic', partitionsPerTopic: 10, outcome: 'commit', version: 2, writeUnitsMost: 23, readUnitsMost: 3 },
  { of: 'one topic', partitionsPerTopic: 10, outcome: 'abort', version: 2, writeUnitsMost: 23, readUnitsMost: 4 },
  { of: 'ten topics', partitionsPerTopic: 1, outcome: 'commit', version: 2, writeUnitsMost: 73, readUnitsMost: 12 },
] as const)(
  'a transaction of version $version over 10 partitions of $of and a group that ends by $outcome costs a put, and units by its ledgers',
  async ({ partitionsPerTopic, outcome, version, writeUnitsMost, readUnitsMost }) => {
    const cost = await costOf(partitionsPerTopic, outcome, version);
    expect(cost).toMatchObject({ puts: 1, transactions: 3 });
    expect(cost.writeUnits).toBeLessThanOrEqual(writeUnitsMost);
    expect(cost.readUnits).toBeLessThanOrEqual(readUnitsMost);
  },
);
