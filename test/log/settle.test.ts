import { describe, expect, it } from 'vitest';
import { openLog } from '../../lib/log/index.ts';
import { StoreError, type Stores } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { batchOf, readAll, type World, world } from './world.ts';

const ALL = { retention: undefined, cleaning: undefined };

/** Stores whose next head update loses its answer, and that then refuse every write until `heal`. */
function losingOneAnswer(inner: Stores): { stores: Stores; lost: Promise<void>; heal(): void } {
  const { promise: lost, resolve: tell } = Promise.withResolvers<void>();
  let state: 'sound' | 'ill' | 'healed' = 'sound';
  const items = intercepted(inner.items, {
    write: async (one) => {
      if (state === 'ill') throw new StoreError('store_unavailable', 'The store is unavailable (injected).');
      const answer = await inner.items.write(one);
      if (state === 'healed' || one.key.sk !== 'head') return answer;
      state = 'ill';
      tell();
      throw new StoreError('store_unknown', 'The answer of the store was lost (injected).');
    },
  });
  return { stores: { ...inner, items }, lost, heal: () => (state = 'healed') };
}

async function lateAnswer(w: World, meanwhile: () => Promise<unknown>, { first = false } = {}) {
  const { stores, lost, heal } = losingOneAnswer(w.stores);
  const log = openLog({ stores, clock: w.clock, random: seededRandom(7) });
  if (!first) await log.offsets([w.at(0)]); // so that it knows how many pages there were
  const outcome = log.append([batchOf(w.at(0), ['once'])]).then(
    ({ appended }) => appended[0]!.baseOffset,
    (error) => error.code as string,
  );
  await lost;
  await meanwhile();
  heal();
  await w.clock.advance(60_000);
  return outcome;
}

describe('a commit whose answer was lost', () => {
  it('is found in the tail, and in a page', async () => {
    const w = await world();
    expect(await lateAnswer(w, async () => {})).toBe(0);
    expect(await lateAnswer(w, () => w.log.roll({ topicId: w.topicId, index: 0 }))).toBe(1);
    expect(await readAll(w.log, w.at(0))).toEqual(['0=once', '1=once']);
  });

  it('is not made again where its page was merged meanwhile, and its object can no longer be told', async () => {
    const w = await world({ settings: { mergeAgeMs: -1 } });
    const outcome = await lateAnswer(w, async () => {
      await w.log.append([batchOf(w.at(0), ['other'])]);
      await w.log.roll({ topicId: w.topicId, index: 0 });
      const layout = { topicId: w.topicId, partitions: 1, width: 32 };
      const report = await w.log.tend([{ layout, ...ALL }], { collect: false });
      expect(report.pagesMerged).toBe(1);
    });
    expect(await readAll(w.log, w.at(0))).toEqual(['0=once', '1=other']);
    expect(outcome).toBe('append_unknown');
  });

  it.each([
    ['a process that has seen the ledger before', false],
    ['a process that never saw the ledger before', true],
  ])('is not made again by %s, where retention has taken its page meanwhile', async (_, first) => {
    const w = await world();
    const outcome = await lateAnswer(
      w,
      async () => {
        await w.log.roll({ topicId: w.topicId, index: 0 });
        await w.log.deleteRecords(w.at(0), 1);
        const layout = { topicId: w.topicId, partitions: 1, width: 32 };
        const retention = { retentionMs: -1, retentionBytes: -1 };
        const report = await w.log.tend([{ layout, ...ALL, retention }], { collect: false });
        expect(report.pagesRemoved).toBe(1);
      },
      { first },
    );
    expect(await readAll(w.log, w.at(0), 1)).toEqual([]);
    expect(outcome).toBe('append_unknown');
  });

  it('is made again where it never took effect, however many merged pages there are', async () => {
    const w = await world({ settings: { mergeAgeMs: -1 } });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
    await w.clock.advance(1);
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    expect((await w.log.tend([{ layout, ...ALL }], { collect: false })).pagesMerged).toBeGreaterThan(1);
    let struck = false;
    const items = intercepted(w.stores.items, {
      write: async (one) => {
        if (one.key.sk !== 'head' || struck) return w.stores.items.write(one);
        struck = true;
        throw new StoreError('store_unknown', 'The request was lost (injected).');
      },
    });
    const log = openLog({ stores: { ...w.stores, items }, clock: w.clock, random: seededRandom(7) });
    const { appended } = await log.append([batchOf(w.at(0), ['again'])]);
    expect(appended[0]).toMatchObject({ baseOffset: 100 });
    expect((await readAll(w.log, w.at(0), 99)).slice(-1)).toEqual(['100=again']);
  });
});
