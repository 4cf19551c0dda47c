import { describe, expect, it } from 'vitest';
import { batchOf, readAll, texts, WANTED, type World, world } from './world.ts';

const HOUR = 3600_000;
const UNCACHED = { hotCacheBytes: 0, coldCacheBytes: 0 };

const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: 0.5 };

function layoutOf(w: World) {
  return { topicId: w.topicId, partitions: w.partitions, width: w.width };
}

/** Another process over the same stores. Its clock stands still, so what it has seen stays as it was. */
function another({ stores }: World): Promise<World> {
  return world({ seed: 2, stores, settings: UNCACHED });
}

/** Merges all pages, and deletes the objects that they named before. */
async function mergeAndCollect(w: World): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await w.clock.advance(2 * HOUR);
    await w.log.tend([{ layout: layoutOf(w), retention: undefined, cleaning: undefined }]);
  }
}

describe('processes that share stores', () => {
  it('read from the beginning to what another has written since, where they know that there are others', async () => {
    const w = await world({});
    await w.log.append([batchOf(w.at(0), [[null, 'a']])]);
    const other = await world({ seed: 2, stores: w.stores, settings: { headPollMs: 250 } });
    const read = async () => {
      const asked = { from: w.at(0), offset: 0, maxBytes: 1 << 20 };
      return texts((await other.log.fetch([asked], { maxBytes: 1 << 20, minBytes: 0, maxWaitMs: 0 }))[0]!);
    };
    expect(await read()).toEqual(['0=a']);
    await w.log.append([batchOf(w.at(0), [[null, 'b']])]);
    await other.clock.advance(251);
    expect(await read()).toEqual(['0=a', '1=b']);
  });

  const settings = { ...UNCACHED, staleObjectMs: 1, collectGraceMs: 1 };

  it('look up a time though another has replaced the pages that they know', async () => {
    const w = await world({ settings });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [[null, `${i}`, 1_000 + i]])]);
    const other = await another(w);
    expect(await other.log.offsetForTime(w.at(0), 1_010)).toEqual({ offset: 10, timestampMs: 1_010 });
    await mergeAndCollect(w);
    expect(await other.log.offsetForTime(w.at(0), 1_020)).toEqual({ offset: 20, timestampMs: 1_020 });
  });

  it('go on tending though another has replaced the pages that they know', async () => {
    const w = await world({ settings });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [['same', `${i}`]])]);
    const other = await another(w);
    await readAll(other.log, w.at(0));
    await mergeAndCollect(w);
    let cleaned = 0;
    for (let round = 0; round < 2; round++) {
      const report = await other.log.tend([{ layout: layoutOf(w), retention: undefined, cleaning }], {
        collect: false,
      });
      cleaned += report.pagesCleaned;
    }
    expect(cleaned).toBeGreaterThan(0);
  });

  it('compact though their clock is behind that of the one that has collected', async () => {
    const w = await world({ settings });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [['same', `${i}`]])]);
    await mergeAndCollect(w);
    const { stores } = w;
    const behind = await world({ seed: 3, stores });
    const report = await behind.log.tend([{ layout: layoutOf(w), retention: undefined, cleaning }], { collect: false });
    expect(report.pagesCleaned).toBeGreaterThan(0);
    expect((await behind.log.verify([layoutOf(w)])).problems).toEqual([]);
  });

  it.each(['head', 'page'])('do not go by a %s from before a key was deleted', async (seen) => {
    const w = await world();
    const ledger = { topicId: w.topicId, index: 0 };
    const other = await world({ seed: 2, stores: w.stores, clock: w.clock });
    await w.log.append([batchOf(w.at(0), [['key', 'old']])]);
    if (seen === 'page') await w.log.roll(ledger);
    expect(await readAll(other.log, w.at(0))).toEqual(['0=old']);
    await w.log.append([batchOf(w.at(0), [['key', null]])]);
    await w.log.append([batchOf(w.at(0), [['another', 'v']])]);
    await w.log.roll(ledger);
    for (let i = 0; i < 3; i++) {
      await w.log.tend([{ layout: layoutOf(w), retention: undefined, cleaning }], { collect: false });
      await w.clock.advance(2 * HOUR);
    }
    expect(await readAll(w.log, w.at(0))).toEqual(['2=v']);
    expect(await readAll(other.log, w.at(0))).toEqual(['2=v']);
  });

  it('take a request with a key for a partition that another has added', async () => {
    const w = await world({ partitions: 1 });
    const other = await another(w);
    await other.log.append([batchOf(w.at(0), ['a'])]);
    await w.log.extendLedgers(layoutOf(w), { ...layoutOf(w), partitions: 2 }, WANTED);
    const { appended } = await other.log.append([batchOf(w.at(1), ['b'])], { key: 'k', fingerprint: Buffer.from('f') });
    expect(appended[0]).toMatchObject({ baseOffset: 0 });
    expect(await readAll(w.log, w.at(1))).toEqual(['0=b']);
  });
});
