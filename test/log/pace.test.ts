import { describe, expect, it } from 'vitest';
import { sparing } from '../../lib/log/index.ts';
import { atOnce, type Pace } from '../../lib/log/tend/pace.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { settle, simulatedClock } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { batchOf, world } from './world.ts';

const HOUR = 3600_000;
const FOR_MS = 10 * 60_000;

/** What becomes of a stretch of work of `workMs`, done at a quarter of the time: when it ended. */
async function restOf(workMs: number, signal = new AbortController().signal) {
  const clock = simulatedClock();
  const pace = sparing(clock, { part: 0.25, forMs: FOR_MS, signal });
  const done = { atMs: Number.NaN };
  const running = pace(() => clock.sleep(workMs)).then(() => {
    done.atMs = clock.monotonicMs();
  });
  await clock.advance(workMs);
  await settle();
  return { clock, done, running };
}

describe('upkeep that spares others', () => {
  it('rests so long after each stretch that work takes its part of the time', async () => {
    const { clock, done, running } = await restOf(10);
    expect(done.atMs).toBeNaN();
    await clock.advance(HOUR);
    await running;
    expect(done.atMs).toBe(40);
  });

  it('does not rest for as long from a store that hung', async () => {
    const { clock, done, running } = await restOf(60_000);
    await clock.advance(HOUR);
    await running;
    expect(done.atMs).toBe(70_000);
  });

  it('rests no more where all of it lasts too long', async () => {
    const last = await restOf(FOR_MS - 1_000);
    await last.clock.advance(HOUR);
    await last.running;
    expect(last.done.atMs).toBe(FOR_MS);
    const { done, running } = await restOf(FOR_MS);
    await running;
    expect(done.atMs).toBe(FOR_MS);
  });

  it('rests no more once it is to end', async () => {
    const closing = new AbortController();
    const { done, running } = await restOf(10, closing.signal);
    closing.abort();
    await running;
    expect(done.atMs).toBe(10);
  });

  it('fails as the work does, and rests all the same', async () => {
    const clock = simulatedClock();
    const failing = sparing(clock, { part: 0.5, forMs: FOR_MS, signal: new AbortController().signal })(async () => {
      await clock.sleep(100);
      throw new Error('gone');
    });
    const failed = expect(failing).rejects.toThrow('gone');
    await clock.advance(150);
    expect(clock.sleepers).toBe(1);
    await clock.advance(50);
    await failed;
  });
});

describe('merging and compaction', () => {
  it.each(['merging', 'compaction'])('read and write events of %s in stretches that can be paced', async (what) => {
    const stores = memoryStores();
    let inStretch = 0;
    let stretches = 0;
    const touched: number[] = [];
    const objects = intercepted(stores.objects, {
      get: (...args) => {
        touched.push(inStretch);
        return stores.objects.get(...args);
      },
      put: (...args) => {
        touched.push(inStretch);
        return stores.objects.put(...args);
      },
    });
    const pace: Pace = async (work) => {
      inStretch++;
      stretches++;
      try {
        return await atOnce(work);
      } finally {
        inStretch--;
      }
    };
    const w = await world({ stores: { ...stores, objects }, settings: { mergeAgeMs: HOUR } });
    for (let i = 0; i < 200; i++) await w.log.append([batchOf(w.at(0), [['key', `${i}`]])]);
    await w.log.roll({ topicId: w.topicId, index: 0 });
    await w.clock.advance(2 * HOUR);
    touched.length = 0;
    const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: 0 };
    const layout = { topicId: w.topicId, partitions: 1, width: w.width };
    const topic = { layout, retention: undefined, cleaning: what === 'compaction' ? cleaning : undefined };
    const report = await w.log.tend([topic], { pace, collect: false });
    expect(what === 'compaction' ? report.pagesCleaned : report.pagesMerged).toBeGreaterThan(0);
    expect(stretches).toBeGreaterThan(10);
    expect(touched.length).toBeGreaterThan(100);
    expect(touched.every((depth) => depth === 1)).toBe(true);
  });

  it('end within a ledger, and with them the round, once they are to', async () => {
    const w = await world({ settings: { mergeBytes: 1 } });
    for (let i = 0; i < 300; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    const layout = { topicId: w.topicId, partitions: 1, width: w.width };
    const topics = [{ layout, retention: undefined, cleaning: undefined }];
    /** Ends the round in the stretch of this number; how many there were, and what became of it. */
    const cutIn = async (last: number) => {
      const closing = new AbortController();
      let stretches = 0;
      const pace: Pace = async (work) => {
        const done = await work();
        if (++stretches === last) closing.abort();
        return done;
      };
      return { report: await w.log.tend(topics, { pace, signal: closing.signal }), stretches: () => stretches };
    };
    const early = await cutIn(2);
    expect(early.stretches()).toBe(2);
    expect(early.report).toMatchObject({ pagesMerged: 0, collected: undefined, failures: [] });
    // The last stretch of the last ledger: nothing is left to merge, and nothing is collected.
    const merging = (await cutIn(Number.POSITIVE_INFINITY)).stretches();
    for (let i = 0; i < 300; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    const late = await cutIn(merging);
    expect(late.report.collected).toBeUndefined();
    expect(late.report.pagesMerged).toBeGreaterThan(0);
  });

  it('merging leaves what is appended meanwhile to the next round', async () => {
    const w = await world({ settings: { mergeBytes: 1 } });
    const append = async () => {
      for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    };
    await append();
    const appending: Pace = async (work) => {
      const done = await work();
      await append();
      return done;
    };
    const layout = { topicId: w.topicId, partitions: 1, width: w.width };
    const topics = [{ layout, retention: undefined, cleaning: undefined }];
    const first = await w.log.tend(topics, { pace: appending, collect: false });
    expect(first.pagesMerged).toBeGreaterThan(0);
    const second = await w.log.tend(topics, { collect: false });
    expect(second.pagesMerged).toBeGreaterThan(first.pagesMerged);
  });
});
