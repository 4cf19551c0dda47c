import { describe, expect, it } from 'vitest';
import type { KeyedItem } from '../../lib/store/index.ts';
import { batchOf, begin, end, readAll, transactional, type World, world } from './world.ts';

const HOUR = 3600_000;

const layoutOf = (w: World) => ({ topicId: w.topicId, partitions: w.partitions, width: w.width });
const head = (w: World) => ({ pk: `ledger/${w.topicId}/0`, sk: 'head' });
const page = (w: World, index: number) => ({
  pk: `ledger/${w.topicId}/0`,
  sk: `page/${String(index).padStart(12, '0')}`,
});

/** A log of several pages; all but the newest may be merged. */
async function written({ merged = false } = {}): Promise<World & { contents: string[][] }> {
  const w = await world({ partitions: 2 });
  const append = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const appends = [batchOf(w.at(0), [`${i}`], 1_000 + i)];
      if (i % 3 === 0) appends.push(batchOf(w.at(1), [`${i}`, 'and one more'], 1_000 + i));
      await w.log.append(appends);
      await w.clock.advance(10);
    }
  };
  await append(0, 120);
  if (merged) {
    await w.clock.advance(2 * HOUR);
    await w.log.tend([{ layout: layoutOf(w), retention: undefined, cleaning: undefined }], { collect: false });
    await append(120, 200);
  }
  return { ...w, contents: [await readAll(w.log, w.at(0)), await readAll(w.log, w.at(1))] };
}

/** What a process that sees the stores for the first time has to say. */
async function afterRepair(w: World, newest: readonly KeyedItem[] = []) {
  const other = await world({ partitions: 2, stores: w.stores, clock: w.clock, seed: 3 });
  const repaired = await other.log.repair(
    [layoutOf(w)],
    { newest, before: [] },
    { known: [], areAll: true, producers: new Set() },
  );
  const { problems } = await other.log.verify([layoutOf(w)]);
  const contents = problems.length > 0 ? [] : [await readAll(other.log, w.at(0)), await readAll(other.log, w.at(1))];
  const latest = problems.length > 0 ? undefined : await other.log.offsetOfLatestTime(w.at(0));
  return { repaired: repaired.map(({ message }) => message), problems, contents, latest, log: other.log };
}

async function restored(w: World & { contents: string[][] }, said: RegExp, newest?: readonly KeyedItem[]) {
  expect((await w.log.verify([layoutOf(w)])).problems).not.toEqual([]);
  const latest = await w.log.offsetOfLatestTime(w.at(0)).catch(() => undefined);
  const after = await afterRepair(w, newest);
  expect(after.problems).toEqual([]);
  expect(after.repaired).toEqual([expect.stringMatching(said)]);
  expect(after.contents).toEqual(w.contents);
  if (latest) expect(after.latest).toEqual(latest);
  await after.log.append([batchOf(w.at(0), ['goes on'])]);
  expect((await readAll(after.log, w.at(0))).at(-1)).toBe(`${w.contents[0]!.length}=goes on`);
  expect((await afterRepair(w, newest)).repaired).toEqual([]);
}

describe('repair puts back', () => {
  it('a page that is gone, or damaged, from the merged object that tells of it', async () => {
    for (const damage of ['gone', 'damaged'] as const) {
      const w = await written({ merged: true });
      const item = (await w.stores.items.get(page(w, 1)))!;
      const d = Uint8Array.from(item.d as Uint8Array);
      d[9]! ^= 4;
      if (damage === 'gone') await w.stores.items.write({ write: 'delete', key: page(w, 1) });
      else await w.stores.items.write({ write: 'put', key: page(w, 1), item: { ...item, d } });
      await restored(w, /^Page 1 of .* was put back: it was gone or damaged; a merged object/);
      expect(await w.stores.items.get(page(w, 1))).toEqual(item);
    }
  });

  it('a page in whose place an older version of itself stands', async () => {
    const w = await written();
    const older = (await w.stores.items.get(page(w, 1)))!;
    await w.clock.advance(2 * HOUR);
    await w.log.tend([{ layout: layoutOf(w), retention: undefined, cleaning: undefined }], { collect: false });
    const newer = (await w.stores.items.get(page(w, 1)))!;
    await w.stores.items.write({ write: 'put', key: page(w, 1), item: older });
    await restored(w, /^Page 1 of .* an older version of it stood there/);
    expect(await w.stores.items.get(page(w, 1))).toEqual(newer);
  });

  it('a page that was never merged, from a catalog that has it, or had it as a tail', async () => {
    const w = await world({ partitions: 2 });
    for (let i = 0; i < 120; i++) await w.log.append([batchOf(w.at(i % 2), [`${i}`])]);
    const asPages = await w.log.snapshotLedgers([layoutOf(w)]);
    const catalog = { ...w, contents: [await readAll(w.log, w.at(0)), await readAll(w.log, w.at(1))] };
    await w.stores.items.write({ write: 'delete', key: page(w, 1) });
    await restored(catalog, /^Page 1 .* a catalog has it as it was/, asPages);
  });

  it('a page that was never merged, and is in no catalog, from the objects that nothing else names', async () => {
    for (const index of [0, 1]) {
      const w = await written();
      await w.stores.items.write({ write: 'delete', key: page(w, index) });
      await restored(w, /^Page [01] .* the objects that nothing else names fill it exactly/);
    }
  });

  it('what a page of objects alone says of transactions: which were aborted in it, and which are open behind it', async () => {
    const w = await world({ partitions: 2 });
    const [voided, left] = [
      { producerId: 7, epoch: 0 },
      { producerId: 8, epoch: 0 },
    ];
    const fill = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await w.log.append([batchOf(w.at(0), ['plain'])]);
        await w.clock.advance(10);
      }
      await w.log.roll({ topicId: w.topicId, index: 0 });
    };
    await fill(3);
    await begin(w, voided, [0]);
    await begin(w, left, [0]);
    await w.log.append([transactional(w.at(0), { id: 7, sequence: 0 }, ['void'])]);
    await w.clock.advance(10);
    await w.log.append([transactional(w.at(0), { id: 8, sequence: 0 }, ['left'])]);
    await w.clock.advance(10);
    await end(w, voided, [0], 'abort');
    await w.clock.advance(10);
    await fill(2);
    await fill(2);
    await w.clock.advance(10);
    await end(w, left, [0], 'abort');
    const whole = await w.stores.items.get(page(w, 1));
    await w.stores.items.write({ write: 'delete', key: page(w, 1) });
    const { log } = await afterRepair(w);
    const pageOf = (through: typeof log) => through.parts.pages.find({ topicId: w.topicId, index: 0 }, 1);
    const put = await pageOf(log);
    await w.stores.items.write({ write: 'put', key: page(w, 1), item: whole! });
    w.log.parts.pages.dropLedger({ topicId: w.topicId, index: 0 });
    const due = await pageOf(w.log);
    expect(put?.open).toEqual([{ ...left, slot: 0, firstOffset: 4 }]);
    expect(put?.commits.map(({ aborted }) => aborted?.map(({ producerId }) => producerId))).toEqual(
      due?.commits.map(({ aborted }) => aborted?.map(({ producerId }) => producerId)),
    );
    expect(put?.commits.some(({ aborted }) => aborted)).toBe(true);
  });

  it('a head that is gone, with a tail of which only objects tell', async () => {
    for (const merged of [false, true]) {
      const w = await written({ merged });
      await w.stores.items.write({ write: 'delete', key: head(w) });
      await restored(w, /^Its head was put together anew: \d+ offsets as pages and objects prove them, \d+ after them/);
    }
  });

  it('a next offset that changed, where the tail proves itself', async () => {
    const w = await written();
    const item = (await w.stores.items.get(head(w)))!;
    const n = { ...(item.n as Record<string, number>), p1: 4711 };
    await w.stores.items.write({ write: 'put', key: head(w), item: { ...item, n } });
    await restored(w, /^Slot 1: its next offset, 4711, is 80 again/);
    expect(await w.stores.items.get(head(w))).toMatchObject({ n: { p1: 80 } });
  });
});

describe('repair leaves as it is, for verify to report', () => {
  it('a page that nothing proves', async () => {
    const w = await written();
    const { commits } = (await w.log.parts.pages.find({ topicId: w.topicId, index: 0 }, 1))!;
    const { id } = commits[0]!.object;
    const objects = await w.stores.objects.list('seg/');
    await w.stores.objects.delete(objects.filter(({ key }) => key.includes(id)).map(({ key }) => key));
    await w.stores.items.write({ write: 'delete', key: page(w, 1) });
    const before = await w.stores.items.query(`ledger/${w.topicId}/0`);
    const { repaired, problems } = await afterRepair(w);
    expect(repaired).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(['page_missing']);
    expect(await w.stores.items.query(`ledger/${w.topicId}/0`)).toEqual(before);
  });

  it('a log that is whole', async () => {
    const w = await written({ merged: true });
    const before = await w.stores.items.query(`ledger/${w.topicId}/0`);
    expect(await afterRepair(w)).toMatchObject({ repaired: [], problems: [] });
    expect(await w.stores.items.query(`ledger/${w.topicId}/0`)).toEqual(before);
  });
});

describe('collection', () => {
  it('takes nothing of a ledger that has lost a page or its head, so that both can be put back', async () => {
    for (const lost of [page, head]) {
      const w = await written();
      await w.stores.items.write({ write: 'delete', key: lost(w, 1) });
      for (let round = 0; round < 3; round++) {
        await w.clock.advance(2 * HOUR);
        await w.log.tend([{ layout: layoutOf(w), retention: undefined, cleaning: undefined }]);
      }
      const after = await afterRepair(w);
      expect(after.problems).toEqual([]);
      expect(after.contents).toEqual(w.contents);
    }
  });
});
