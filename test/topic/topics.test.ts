import { describe, expect, it } from 'vitest';
import { encodeBatch, readRecords } from '../../lib/record/index.ts';
import { type MetaStore, memoryStores, meteredStores, type Write } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { topicWorld } from './world.ts';

const text = (value: string) => Buffer.from(value);

describe('topics', () => {
  it('are made, described, listed, changed and deleted', async () => {
    const { topics } = topicWorld();
    await topics.create('orders', { partitions: 3, config: { 'retention.ms': '1000' } });
    await topics.create('payments');
    expect((await topics.describe('orders')).settings).toMatchObject({ retentionMs: 1000, compact: false });
    expect(await topics.names()).toEqual(['orders', 'payments']);
    await topics.alter('orders', { 'retention.ms': null, 'cleanup.policy': 'compact,delete' });
    expect((await topics.describe('orders')).settings).toMatchObject({ retentionMs: 604_800_000, compact: true });
    await topics.addPartitions('orders', 40);
    expect(await topics.describe('orders')).toMatchObject({ partitions: 40 });
    await topics.delete('orders');
    await expect(topics.describe('orders')).rejects.toMatchObject({ code: 'topic_unknown' });
    expect(await topics.names()).toEqual(['payments']);
  });

  it('name the setting that was probably meant', async () => {
    const { topics } = topicWorld();
    const misspelt = topics.create('a', { config: { 'retention.mss': '1' } });
    await expect(misspelt).rejects.toThrow('Did you mean "retention.ms"?');
    await expect(topics.create('a', { config: { 'retention.ms': 'long' } })).rejects.toMatchObject({
      code: 'config_invalid',
    });
    await topics.create('a');
    await expect(topics.alter('a', { 'millrace.partitions.per.ledger': '3' })).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });

  it('refuse names and numbers that cannot be', async () => {
    const { topics } = topicWorld();
    for (const name of ['', '.', '..', 'a b', 'ü', 'x'.repeat(250)]) {
      await expect(topics.create(name)).rejects.toMatchObject({ code: 'topic_name_invalid' });
    }
    for (const partitions of [0, -1, 1.5, 100_001]) {
      await expect(topics.create('a', { partitions })).rejects.toMatchObject({ code: 'partitions_invalid' });
    }
    await topics.create('a', { partitions: 2 });
    await expect(topics.create('a')).rejects.toMatchObject({ code: 'topic_exists' });
    await expect(topics.addPartitions('a', 2)).rejects.toMatchObject({ code: 'partitions_invalid' });
  });

  it('begin anew when deleted and made again', async () => {
    const { topics, events } = topicWorld();
    await topics.create('a', { partitions: 1 });
    await events.produce('a', [{ key: null, value: text('old') }]);
    await topics.delete('a');
    await topics.create('a', { partitions: 1 });
    expect(await events.offsets('a')).toMatchObject([{ logStartOffset: 0, highWatermark: 0 }]);
  });

  it('that are deleted by their id spare one that was made anew under their name', async () => {
    const { topics } = topicWorld();
    const { topicId } = await topics.create('a', { partitions: 1 });
    await topics.delete('a', { topicId });
    const anew = await topics.create('a', { partitions: 1 });
    await expect(topics.delete('a', { topicId })).rejects.toMatchObject({ code: 'topic_unknown' });
    expect(await topics.describe('a')).toMatchObject({ topicId: anew.topicId });
  });

  it('are finished by whoever meets one that was left half made or half deleted', async () => {
    const { topics, stores } = topicWorld();
    await topics.create('a', { partitions: 2 });
    const [stored] = (await stores.items.query('topics')).items;
    await stores.items.write({
      write: 'put',
      key: { pk: 'topics', sk: 'a' },
      item: { ...stored!.item, s: 'creating' },
    });
    const other = topicWorld(stores, 2);
    await expect(other.topics.describe('a')).rejects.toMatchObject({ code: 'topic_unknown' });
    await expect(other.topics.create('a')).rejects.toMatchObject({ code: 'topic_exists' });
    expect(await other.topics.describe('a')).toMatchObject({ partitions: 2 });
    await stores.items.write({
      write: 'put',
      key: { pk: 'topics', sk: 'a' },
      item: { ...stored!.item, s: 'deleting' },
    });
    expect(await topicWorld(stores, 3).topics.create('a', { partitions: 5 })).toMatchObject({ partitions: 5 });
  });

  it('that are deleted take the ledgers along that were made for partitions which were then not added', async () => {
    const stores = memoryStores();
    const { topics, log } = topicWorld(stores);
    const { topicId, width } = await topics.create('a', { partitions: 1 });
    /** A process that is killed when it makes its `writesLeft`th write, of those that `counted` names. */
    const killed = (writesLeft: number, counted: (write: Write) => boolean) => {
      const write: MetaStore['write'] = async (one) => {
        if (counted(one) && --writesLeft <= 0) throw new Error('killed');
        return stores.items.write(one);
      };
      return topicWorld({ ...stores, items: intercepted(stores.items, { write }) }, 2).topics;
    };
    const adding = killed(1, ({ key }) => key.pk === 'topics').addPartitions('a', 100);
    await expect(adding).rejects.toThrow('killed');
    const added = [40, 70, 99].map((partition) => ({ topicId, width, partition }));
    expect(await log.offsets(added)).toHaveLength(3);
    const deleting = killed(2, ({ write, key }) => write === 'delete' && key.sk === 'head').delete('a');
    await expect(deleting).rejects.toThrow('killed');
    await topics.finishAll();
    for (const one of added) await expect(log.offsets([one])).rejects.toMatchObject({ code: 'ledger_missing' });
  });

  it('cost 6 write units to make, and 2 more for each further ledger', async () => {
    const stores = meteredStores(memoryStores());
    const { topics } = topicWorld(stores);
    for (const ledgers of [1, 2, 10]) {
      stores.reset();
      await topics.create(`of-${ledgers}`, { partitions: ledgers * 32 });
      const meters = stores.meters();
      expect(meters['item.write'].units + meters['item.transact'].units).toBe(4 + 2 * ledgers);
      expect(meters['item.transact'].requests).toBe(1);
    }
  });

  it('can have 10,000 partitions', async () => {
    const { topics, events } = topicWorld();
    await topics.create('wide', { partitions: 10_000 });
    const placed = await events.produce(
      'wide',
      Array.from({ length: 200 }, (_, i) => ({ key: text(`key ${i}`), value: text('v') })),
    );
    expect(new Set(placed.map(({ partition }) => partition)).size).toBeGreaterThan(150);
    const ends = await events.offsets('wide');
    expect(ends.reduce((sum, { highWatermark }) => sum + highWatermark, 0)).toBe(200);
  });
});

/** Items to which the first request that makes a ledger is long on its way. */
function slowToMakeLedgers(inner: MetaStore) {
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let met = false;
  const arrive = async (writes: readonly Write[]) => {
    if (met || !writes.some(({ write, key }) => write === 'put' && key.pk.startsWith('ledger/'))) return;
    met = true;
    begun.resolve();
    await released.promise;
  };
  const items = intercepted(inner, {
    write: async (write) => {
      await arrive([write]);
      return inner.write(write);
    },
    transact: async (writes) => {
      await arrive(writes);
      return inner.transact(writes);
    },
  });
  return { items, begun: begun.promise, release: released.resolve };
}

describe('a request that makes ledgers and arrives when their topic is gone', () => {
  it('brings none of them back, where it was to make the topic', async () => {
    const stores = memoryStores();
    const { items, begun, release } = slowToMakeLedgers(stores.items);
    const slow = topicWorld({ ...stores, items });
    const creating = slow.topics.create('a', { partitions: 1 });
    await begun;
    const { topics, log } = topicWorld(stores, 2);
    await topics.finishAll();
    const { topicId, width } = await topics.describe('a');
    await topics.delete('a');
    const anew = await topics.create('a', { partitions: 1 });
    release();
    expect(await creating).toMatchObject({ topicId });
    await expect(log.offsets([{ topicId, width, partition: 0 }])).rejects.toMatchObject({ code: 'ledger_missing' });
    expect(await slow.topics.describe('a')).toMatchObject({ topicId: anew.topicId });
  });

  it('brings none of them back, where it was to add partitions', async () => {
    const stores = memoryStores();
    const { items, begun, release } = slowToMakeLedgers(stores.items);
    const { topics, log } = topicWorld(stores);
    const { topicId, width } = await topics.create('a', { partitions: 1 });
    const adding = topicWorld({ ...stores, items }, 2).topics.addPartitions('a', 40);
    const added = expect(adding).rejects.toMatchObject({ code: 'topic_unknown' });
    await begun;
    await topics.addPartitions('a', 40);
    await topics.delete('a');
    release();
    await added;
    await expect(log.offsets([{ topicId, width, partition: 39 }])).rejects.toMatchObject({ code: 'ledger_missing' });
  });
});

describe('events', () => {
  it('with one key keep their order in one partition, and keyless ones of a call share one', async () => {
    const { topics, events } = topicWorld();
    await topics.create('t', { partitions: 8 });
    const placed = await events.produce('t', [
      { key: text('k'), value: text('1') },
      { key: null, value: text('2') },
      { key: text('k'), value: text('3') },
      { key: null, value: text('4') },
      { key: null, value: text('5'), partition: 6 },
    ]);
    expect(placed[0]!.partition).toBe(placed[2]!.partition);
    expect(placed[2]!.offset).toBeGreaterThan(placed[0]!.offset);
    expect(placed[1]!.partition).toBe(placed[3]!.partition);
    expect(placed[4]!.partition).toBe(6);
  });

  it('are answered alike when sent again with their idempotency key, though partitions were added', async () => {
    const { topics, events } = topicWorld();
    await topics.create('t', { partitions: 4 });
    const sent = Array.from({ length: 20 }, (_, i) => ({ key: i % 3 ? text(`${i}`) : null, value: text(`${i}`) }));
    const options = { idempotencyKey: 'k', fingerprint: text('f') };
    const first = await events.produce('t', sent, options);
    await topics.addPartitions('t', 50);
    expect(await events.produce('t', sent, options)).toEqual(first);
    const ends = await events.offsets('t');
    expect(ends.reduce((sum, { highWatermark }) => sum + highWatermark, 0)).toBe(20);
  });

  it('of a call larger than a batch may be are cut into several batches', async () => {
    const { topics, events } = topicWorld();
    await topics.create('t', { partitions: 1, config: { 'max.message.bytes': '10000' } });
    const value = text('x'.repeat(3_000));
    const placed = await events.produce(
      't',
      Array.from({ length: 10 }, () => ({ key: null, value })),
    );
    expect(placed.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const tooLarge = events.produce('t', [{ key: null, value: text('x'.repeat(10_001)) }]);
    await expect(tooLarge).rejects.toMatchObject({ code: 'message_too_large' });
  });

  it('in a batch that their topic makes too large are refused', async () => {
    const { topics, events } = topicWorld();
    const config = { 'max.message.bytes': '10000', 'compression.type': 'uncompressed' };
    await topics.create('t', { partitions: 1, config });
    const event = { key: null, value: text('x'.repeat(20_000)), timestampMs: 0 };
    const batch = encodeBatch([event], { codec: 'gzip' });
    expect(batch.length).toBeLessThan(10_000);
    await expect(events.produceBatches('t', 0, batch)).rejects.toMatchObject({ code: 'message_too_large' });
  });

  it('get the time of their append, and the compression, that their topic asks for', async () => {
    const { topics, events, clock } = topicWorld();
    await topics.create('t', {
      partitions: 1,
      config: { 'message.timestamp.type': 'LogAppendTime', 'compression.type': 'zstd' },
    });
    await events.produce('t', [{ key: null, value: text('v'), timestampMs: 5, headers: [['h', text('x')]] }]);
    const read = { topic: 't', partition: 0, offset: 0, maxBytes: 1_000 };
    const [fetched] = await events.fetch([read], { maxBytes: 1_000 });
    const [record] = readRecords(fetched!.batches[0]!);
    expect(record).toMatchObject({ timestampMs: clock.nowMs(), headers: [['h', text('x')]] });
  });

  it('need a key in a compacted topic', async () => {
    const { topics, events } = topicWorld();
    await topics.create('t', { config: { 'cleanup.policy': 'compact' } });
    await expect(events.produce('t', [{ key: null, value: text('v') }])).rejects.toMatchObject({
      code: 'key_required',
    });
  });

  it('are read from several topics at once, an unknown one failing alone', async () => {
    const { topics, events } = topicWorld();
    await topics.create('t', { partitions: 1 });
    await events.produce('t', [{ key: null, value: text('v') }]);
    const [good, bad, worse] = await events.fetch(
      [
        { topic: 't', partition: 0, offset: 0, maxBytes: 1_000 },
        { topic: 'nope', partition: 0, offset: 0, maxBytes: 1_000 },
        { topic: 't', partition: 1, offset: 0, maxBytes: 1_000 },
      ],
      { maxBytes: 1_000, maxWaitMs: 1_000 },
    );
    expect(good!.bytes).toBeGreaterThan(0);
    expect(bad!.error?.code).toBe('topic_unknown');
    expect(worse!.error?.code).toBe('partition_unknown');
  });
});
