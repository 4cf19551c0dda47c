import { describe, expect, it } from 'vitest';
import { type Log, openLog, type TopicLayout } from '../../lib/log/index.ts';
import { checkBatches, readRecords } from '../../lib/record/index.ts';
import { type KeyedItem, memoryStores, type ObjectStore, type Stores } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { batchOf, readAll, type World, world } from './world.ts';

const HOUR = 3600_000;
const PARTITIONS = 3;
const SEEDS = Array.from({ length: Number(process.env.MILLRACE_TEST_SEEDS ?? 10) }, (_, i) => i + 1);

/** The same objects under an empty store of items: the disaster. */
function withoutItems({ objects }: { objects: ObjectStore }): Stores {
  return { objects, items: memoryStores().items, close: async () => {} };
}

async function rebuilt(w: World, stores: Stores, layouts: readonly TopicLayout[], newest: readonly KeyedItem[]) {
  const log = openLog({ stores, clock: w.clock, random: w.random });
  const rebuild = await log.rebuild({ newest, before: [] });
  for (const layout of layouts) await rebuild.write(layout);
  return { log, report: rebuild.report };
}

/** What the whole partition holds, offset by offset, as the stores have it now: another process may just have tended. */
async function contents({ parts }: Log, w: World, partition: number): Promise<Map<number, string>> {
  const log = openLog({ stores: parts, clock: w.clock, random: w.random });
  const [range] = await log.offsets([w.at(partition)]);
  const found = new Map<number, string>();
  for (let offset = range!.logStartOffset; offset < range!.highWatermark; ) {
    const [fetched] = await log.fetch([{ from: w.at(partition), offset, maxBytes: 20_000 }], { maxBytes: 20_000 });
    if (fetched!.error) throw fetched!.error;
    for (const bytes of fetched!.batches) {
      for (const { position } of checkBatches(bytes, { sparse: true })) {
        for (const record of readRecords(bytes, { at: position })) {
          const { key, value, timestampMs } = record;
          const text = [key, value].map((one) => (one === null ? 'null' : Buffer.from(one).toString())).join('=');
          if (record.offset >= range!.logStartOffset) found.set(record.offset, `${text}@${timestampMs}`);
        }
      }
    }
    if (fetched!.nextOffset === offset) break;
    offset = fetched!.nextOffset;
  }
  return found;
}

const isSorted = (numbers: readonly number[]) => numbers.every((one, i) => i === 0 || numbers[i - 1]! < one);

/** Writers append while the log is tended in all ways, at any time; then the items are lost. */
async function history(seed: number, options: { compact: boolean; retention: boolean }) {
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random.next() * below);
  const settings = {
    mergeAgeMs: pick(3) * HOUR,
    mergeBytes: 1 << (9 + pick(12)),
    staleObjectMs: HOUR,
    collectGraceMs: HOUR,
  };
  const w = await world({ partitions: PARTITIONS, settings, seed });
  const writers = [w, await world({ seed: seed + 100, stores: w.stores, clock: w.clock, settings })];
  const layout = { topicId: w.topicId, partitions: PARTITIONS, width: 32 };
  const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: pick(3) / 4 };
  const retention = { retentionMs: 12 * HOUR, retentionBytes: -1 };
  const topics = [
    { layout, retention: options.retention ? retention : undefined, cleaning: options.compact ? cleaning : undefined },
  ];
  let kept: KeyedItem[] = [];
  const keep = async () => {
    kept = await w.log.snapshotLedgers([layout]);
  };
  const append = async (count: number, text: string) => {
    for (let i = 0; i < count; i++) {
      const events = Array.from({ length: 1 + pick(3) }, (_, j) => {
        return [`k${pick(20)}`, options.compact && random.next() < 0.2 ? null : `${text}.${i}.${j}`] as const;
      });
      const log = writers[pick(2)]!.log;
      const partitions = [pick(PARTITIONS), pick(PARTITIONS)];
      await log.append([...new Set(partitions)].map((partition) => batchOf(w.at(partition), events, w.clock.nowMs())));
      await w.clock.advance(1);
    }
  };
  for (let round = 0; round < 30; round++) {
    await append(round % 7 === 0 ? 60 : pick(8), `${round}`);
    if (pick(4) === 0) await w.log.roll({ topicId: w.topicId, index: 0 });
    await w.clock.advance(pick(3) * HOUR);
    const report = await writers[pick(2)]!.log.tend(topics, { collect: pick(2) === 0, beforeCollect: keep });
    expect(report.failures).toEqual([]);
  }
  return { w, layout, append, keep, kept: () => kept, topics };
}

describe('a rebuild from objects alone', () => {
  it.each(SEEDS)('gives all that the catalog knows its offsets back, and nothing twice (seed %i)', async (seed) => {
    const made = await history(seed, { compact: seed % 3 === 0, retention: seed % 2 === 0 });
    const { w, layout } = made;
    await made.keep();
    const lost = withoutItems(w.stores);
    const { log, report } = await rebuilt(w, lost, [layout], made.kept());
    expect(report).toMatchObject({ lost: 0, reassigned: 0, unreadable: [] });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const before = await contents(w.log, w, partition);
      expect(await contents(log, w, partition)).toEqual(before);
    }
    expect(await log.offsets([0, 1, 2].map(w.at))).toEqual(await w.log.offsets([0, 1, 2].map(w.at)));
    expect((await log.verify([layout])).problems).toEqual([]);
  });

  it.each(SEEDS)('puts what came after the catalog behind it, in order, once (seed %i)', async (seed) => {
    const made = await history(seed, { compact: false, retention: seed % 2 === 0 });
    const { w, layout } = made;
    await made.keep();
    const known = await w.log.offsets([0, 1, 2].map(w.at));
    await made.append(40, 'after');
    if (seed % 3 === 0) await w.clock.advance(5 * HOUR);
    if (seed % 3 !== 1)
      await w.log.tend(
        made.topics.map((one) => ({ ...one, retention: undefined })),
        { collect: false },
      );
    await made.append(10, 'last');
    const { log, report } = await rebuilt(w, withoutItems(w.stores), [layout], made.kept());
    expect(report).toMatchObject({ lost: 0, unreadable: [] });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const before = await contents(w.log, w, partition);
      const after = await contents(log, w, partition);
      // One writer after the other, on one clock: the order of objects is that of commits.
      expect(after).toEqual(before);
      for (const offset of before.keys()) {
        if (offset < known[partition]!.highWatermark) expect(after.get(offset)).toBe(before.get(offset));
      }
      expect(isSorted([...after.keys()])).toBe(true);
    }
    expect((await log.verify([layout])).problems).toEqual([]);
  });

  it.each(SEEDS)('needs no catalog for what was merged (seed %i)', async (seed) => {
    const made = await history(seed, { compact: false, retention: false });
    const { w, layout } = made;
    const { log, report } = await rebuilt(w, withoutItems(w.stores), [layout], []);
    expect(report).toMatchObject({ lost: 0, unreadable: [] });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(await contents(log, w, partition)).toEqual(await contents(w.log, w, partition));
    }
    expect((await log.verify([layout])).problems).toEqual([]);
  });

  it.each(SEEDS)('leaves a log that goes on: appended to, tended, lost and rebuilt again (seed %i)', async (seed) => {
    const made = await history(seed, { compact: false, retention: false });
    const { w, layout } = made;
    await made.keep();
    await made.append(30, 'after');
    const first = await rebuilt(w, withoutItems(w.stores), [layout], made.kept());
    const stores = { ...w.stores, items: first.log.parts.items };
    const again = await world({ partitions: PARTITIONS, stores, clock: w.clock, seed: 77 });
    const texts = Array.from({ length: 50 }, (_, i) => `new${i}`);
    for (const text of texts) await again.log.append([batchOf(w.at(0), [text])]);
    let kept: KeyedItem[] = [];
    for (let i = 0; i < 4; i++) {
      await w.clock.advance(2 * HOUR);
      const beforeCollect = async () => {
        kept = await again.log.snapshotLedgers([layout]);
      };
      const report = await again.log.tend([{ layout, retention: undefined, cleaning: undefined }], { beforeCollect });
      expect(report.failures).toEqual([]);
    }
    const before = await contents(again.log, w, 0);
    expect([...before.values()].slice(-50)).toEqual(texts.map((text) => `null=${text}@1000`));
    const second = await rebuilt(w, withoutItems(w.stores), [layout], kept);
    expect(second.report).toMatchObject({ lost: 0, reassigned: 0 });
    expect(await contents(second.log, w, 0)).toEqual(before);
    expect((await second.log.verify([layout])).problems).toEqual([]);
  });
});

describe('a rebuild of what is damaged', () => {
  it('keeps all other offsets where an object is lost, and says how many are', async () => {
    const w = await world({ partitions: 2 });
    const layout = { topicId: w.topicId, partitions: 2, width: 32 };
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(i % 2), [`${i}`, `${i}b`])]);
    const kept = await w.log.snapshotLedgers([layout]);
    const objects = (await w.stores.objects.list('seg/')).map(({ key }) => key).sort(byId);
    await w.stores.objects.delete([objects[10]!, objects[11]!, objects[70]!, objects[99]!]);
    const { log, report } = await rebuilt(w, withoutItems(w.stores), [layout], kept);
    expect(report).toMatchObject({ exact: 192, lost: 8, reassigned: 0 });
    const all = await readAll(log, w.at(0));
    expect(all).toHaveLength(96);
    expect(all.slice(8, 12)).toEqual(['8=8', '9=8b', '12=12', '13=12b']);
    expect(await log.offsets([w.at(1)])).toMatchObject([{ logStartOffset: 0, highWatermark: 100 }]);
    expect((await log.verify([layout])).problems).toEqual([]);
    await log.append([batchOf(w.at(1), ['next'])]);
    expect((await readAll(log, w.at(1))).at(-1)).toBe('100=next');
  });

  it('leaves out what was put and is known never to have been committed', async () => {
    const w = await world({ settings: { staleObjectMs: HOUR } });
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    const other = await world({ stores: w.stores, clock: w.clock, seed: 5 });
    await other.log.deleteLedgers({ topicId: other.topicId, partitions: 1, width: 32 });
    await w.log.append([batchOf(w.at(0), ['kept'])]);
    // Put, but never committed: its ledger was away at that moment.
    const head = await w.stores.items.get({ pk: `ledger/${w.topicId}/0`, sk: 'head' });
    await w.stores.items.write({ write: 'delete', key: { pk: `ledger/${w.topicId}/0`, sk: 'head' } });
    await expect(other.log.append([batchOf(w.at(0), ['orphan'])])).rejects.toMatchObject({ code: 'ledger_missing' });
    await w.stores.items.write({ write: 'put', key: { pk: `ledger/${w.topicId}/0`, sk: 'head' }, item: head! });
    await w.clock.advance(3 * HOUR);
    await w.log.append([batchOf(w.at(0), ['younger'])]);
    const kept = await w.log.snapshotLedgers([layout]);
    const { log, report } = await rebuilt(w, withoutItems(w.stores), [layout], kept);
    expect(report).toMatchObject({ exact: 2, ignored: 1 });
    expect(await readAll(log, w.at(0))).toEqual(['0=kept', '1=younger']);
  });
});

function byId(a: string, b: string): number {
  return a.slice(6) < b.slice(6) ? -1 : 1;
}
