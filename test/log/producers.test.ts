import { describe, expect, it } from 'vitest';
import { type Append, type Log, openLog } from '../../lib/log/index.ts';
import { checkBatches } from '../../lib/record/index.ts';
import { type MetaStore, memoryStores, StoreError } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { faultyStores } from '../support/faulty.ts';
import { intercepted } from '../support/intercepted.ts';
import { batchOf, numbered, readAll, type World, world } from './world.ts';

const SEQUENCE_MAX = 2 ** 31 - 1;

/** Offset of the first record, or the error's code. */
async function send(log: Log, append: Append): Promise<number | string> {
  try {
    return (await log.append([append])).appended[0]!.baseOffset;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function another(w: World, seed: number): Log {
  return openLog({ stores: w.stores, clock: w.clock, random: seededRandom(seed) });
}

const LEDGER_0 = (w: World) => ({ topicId: w.topicId, index: 0 });

describe('an idempotent producer', () => {
  it('gets the first offset again for each of its last five batches, and out of order for an older one', async () => {
    const w = await world();
    const sent = [0, 1, 2, 3, 4, 5].map((i) => numbered(w.at(0), { sequence: i * 2 }, [`${i}a`, `${i}b`]));
    for (const [i, append] of sent.entries()) expect(await send(w.log, append)).toBe(i * 2);
    for (const i of [5, 4, 3, 2, 1]) expect(await send(w.log, sent[i]!)).toBe(i * 2);
    expect(await send(w.log, sent[0]!)).toBe('sequence_out_of_order');
    expect(await readAll(w.log, w.at(0))).toHaveLength(12);
  });

  it('is refused a batch that leaves out a sequence, and one that begins inside another', async () => {
    const w = await world();
    expect(await send(w.log, numbered(w.at(0), { sequence: 0 }, ['a', 'b']))).toBe(0);
    expect(await send(w.log, numbered(w.at(0), { sequence: 3 }, ['d']))).toBe('sequence_out_of_order');
    expect(await send(w.log, numbered(w.at(0), { sequence: 1 }, ['b']))).toBe('sequence_out_of_order');
    expect(await send(w.log, numbered(w.at(0), { sequence: 2 }, ['c']))).toBe(2);
  });

  it('begins a new epoch at 0, and is fenced in the old one', async () => {
    const w = await world();
    expect(await send(w.log, numbered(w.at(0), { sequence: 0 }, ['a']))).toBe(0);
    expect(await send(w.log, numbered(w.at(0), { epoch: 1, sequence: 1 }, ['c']))).toBe('sequence_out_of_order');
    expect(await send(w.log, numbered(w.at(0), { epoch: 1, sequence: 0 }, ['b']))).toBe(1);
    expect(await send(w.log, numbered(w.at(0), { sequence: 1 }, ['late']))).toBe('producer_epoch_stale');
    expect(await send(w.log, numbered(w.at(0), { sequence: 0 }, ['a']))).toBe('producer_epoch_stale');
  });

  it('counts on from 0 after 2^31 - 1, also within a batch', async () => {
    const w = await world();
    const across = numbered(w.at(0), { sequence: SEQUENCE_MAX - 1 }, ['a', 'b', 'c']);
    expect(await send(w.log, across)).toBe(0);
    expect(await send(w.log, numbered(w.at(0), { sequence: 1 }, ['d']))).toBe(3);
    expect(await send(another(w, 2), across)).toBe(0);
    const last = numbered(w.at(0), { id: 8, sequence: SEQUENCE_MAX }, ['x']);
    expect(await send(w.log, last)).toBe(4);
    expect(await send(w.log, numbered(w.at(0), { id: 8, sequence: 0 }, ['y']))).toBe(5);
  });

  it('of whom nothing is known may begin anywhere, as with Kafka since KIP-360', async () => {
    const w = await world();
    expect(await send(w.log, numbered(w.at(0), { sequence: 40 }, ['a']))).toBe(0);
    expect(await send(w.log, numbered(w.at(0), { sequence: 0 }, ['b']))).toBe('sequence_out_of_order');
  });

  it('has partitions and ids counted apart', async () => {
    const w = await world({ partitions: 2 });
    expect(await send(w.log, numbered(w.at(0), { sequence: 0 }, ['a']))).toBe(0);
    expect(await send(w.log, numbered(w.at(1), { sequence: 0 }, ['b']))).toBe(0);
    expect(await send(w.log, numbered(w.at(0), { id: 8, sequence: 0 }, ['c']))).toBe(1);
    expect(await send(w.log, numbered(w.at(0), { sequence: 1 }, ['d']))).toBe(2);
  });

  it('may have many batches under way, twice, beside others: each lands once and in order, and its own flush goes on', async () => {
    const w = await world();
    const appends = [0, 1, 2, 1, 3].map((i) => numbered(w.at(0), { sequence: i }, [`${i}`]));
    const plain = batchOf(w.at(0), ['plain']);
    const outcomes = await Promise.all([...appends.map((one) => send(w.log, one)), send(w.log, plain)]);
    expect(outcomes).toEqual([0, 1, 2, 1, 3, 4]);
    expect(await readAll(w.log, w.at(0))).toEqual(['0=0', '1=1', '2=2', '3=3', '4=plain']);
    const report = await w.log.verify([{ topicId: w.topicId, partitions: 1, width: 32 }]);
    expect(report.problems).toEqual([]);
  });

  it('does not keep others from being stored when its own batch is refused', async () => {
    const w = await world();
    expect(await send(w.log, numbered(w.at(0), { sequence: 0 }, ['a']))).toBe(0);
    const outcomes = await Promise.all([
      send(w.log, batchOf(w.at(0), ['before'])),
      send(w.log, numbered(w.at(0), { sequence: 5 }, ['gap'])),
      send(w.log, batchOf(w.at(0), ['behind'])),
    ]);
    expect(outcomes).toEqual([1, 'sequence_out_of_order', 2]);
  });

  it('sends one batch at a time, and no key', async () => {
    const w = await world();
    const [a, b] = [numbered(w.at(0), { sequence: 0 }, ['a']), numbered(w.at(0), { sequence: 1 }, ['b'])];
    const batches = Buffer.concat([a.batches, b.batches]);
    const both = { to: w.at(0), batches, infos: checkBatches(batches) };
    expect(await send(w.log, both)).toBe('producer_batch_invalid');
    const once = { key: 'k', fingerprint: Buffer.from('f') };
    await expect(w.log.append([a], once)).rejects.toMatchObject({ code: 'producer_batch_invalid' });
  });

  it('shares a busy log with requests that have keys', async () => {
    const w = await world();
    const once = { key: 'k', fingerprint: Buffer.from('f') };
    const outcomes = await Promise.all([
      send(w.log, numbered(w.at(0), { sequence: 0 }, ['a'])),
      w.log.append([batchOf(w.at(0), ['keyed'])], once).then(({ appended }) => appended[0]!.baseOffset),
      send(w.log, numbered(w.at(0), { sequence: 1 }, ['b'])),
    ]);
    expect(outcomes.sort()).toEqual([0, 1, 2]);
  });
});

describe('a producer whose batches fail', () => {
  it('is not passed by its own later batches, though nothing is known of it', async () => {
    const w = await world();
    const faulty = faultyStores(w.stores, { clock: w.clock, random: seededRandom(3) });
    const log = openLog({ stores: faulty, clock: w.clock, random: seededRandom(4) });
    faulty.plan({ unavailable: 1 });
    const first = numbered(w.at(0), { sequence: 0 }, ['a']);
    const failing = send(log, first);
    await w.clock.advance(60_000);
    expect(await failing).toBe('append_refused');
    faulty.plan({});
    expect(await send(log, numbered(w.at(0), { sequence: 1 }, ['b']))).toBe('sequence_out_of_order');
    expect(await send(log, first)).toBe(0);
    expect(await send(log, numbered(w.at(0), { sequence: 1 }, ['b']))).toBe(1);
  });
});

describe('a producer’s batch of which nobody can tell whether it is stored', () => {
  it('is looked for when it comes again', async () => {
    const w = await world({ settings: { mergeAgeMs: -1 } });
    let state: 'sound' | 'losing' | 'ill' = 'sound';
    const items = intercepted(w.stores.items, {
      write: async (one) => {
        if (state === 'ill') throw new StoreError('store_unavailable', 'The store is unavailable (injected).');
        const answer = await w.stores.items.write(one);
        if (state === 'sound' || one.key.sk !== 'head') return answer;
        state = 'ill';
        throw new StoreError('store_unknown', 'The answer of the store was lost (injected).');
      },
    });
    const log = openLog({ stores: { ...w.stores, items }, clock: w.clock, random: seededRandom(7) });
    expect(await send(log, numbered(w.at(0), { sequence: 0 }, ['a']))).toBe(0);
    state = 'losing';
    const next = numbered(w.at(0), { sequence: 1 }, ['b']);
    const first = send(log, next);
    await w.clock.advance(10);
    // Its page is merged, so that its object can no longer be told.
    await w.log.append([batchOf(w.at(0), ['other'])]);
    await w.log.roll(LEDGER_0(w));
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    await w.log.tend([{ layout, retention: undefined, cleaning: undefined }], { collect: false });
    state = 'sound';
    await w.clock.advance(60_000);
    expect(await first).toBe('append_unknown');
    expect(await send(log, next)).toBe(1);
    expect(await readAll(w.log, w.at(0))).toEqual(['0=a', '1=b', '2=other']);
  });
});

describe('processes that share a ledger', () => {
  it('know a batch that another has stored, in the tail and in pages', async () => {
    const w = await world();
    const append = numbered(w.at(0), { sequence: 0 }, ['a', 'b']);
    expect(await send(w.log, append)).toBe(0);
    expect(await send(another(w, 2), append)).toBe(0);
    await w.log.roll(LEDGER_0(w));
    expect(await send(another(w, 3), append)).toBe(0);
    for (let i = 0; i < 200; i++) await w.log.append([batchOf(w.at(0), [`plain ${i}`])]);
    expect(await send(another(w, 4), append)).toBe(0);
    expect(await send(another(w, 5), numbered(w.at(0), { sequence: 2 }, ['c']))).toBe(202);
  });

  it('let a retry land once while the first one’s write is still on its way, which then fails', async () => {
    const w = await world();
    const faulty = faultyStores(w.stores, { clock: w.clock, random: seededRandom(3) });
    const slow = openLog({ stores: faulty, clock: w.clock, random: seededRandom(4) });
    expect(await send(slow, numbered(w.at(0), { sequence: 0 }, ['a']))).toBe(0);
    const next = numbered(w.at(0), { sequence: 1 }, ['b']);
    faulty.plan({ latencyMs: [5_000, 5_000] });
    const first = send(slow, next);
    await w.clock.advance(7_000); // the object is there, the commit is on its way
    const other = another(w, 5);
    expect(await send(other, next)).toBe(1);
    faulty.plan({});
    await w.clock.advance(60_000);
    expect(await first).toBe('producer_moved');
    expect(await readAll(w.log, w.at(0))).toEqual(['0=a', '1=b']);
    // And back again: the first one reads what the other has stored.
    expect(await send(slow, next)).toBe(1);
    expect(await send(slow, numbered(w.at(0), { sequence: 2 }, ['c']))).toBe(2);
    // What it remembers would make this batch out of order: it makes sure before it says so.
    expect(await send(other, numbered(w.at(0), { sequence: 3 }, ['d']))).toBe(3);
  });

  it('serve producers of one ledger side by side without taking them from each other', async () => {
    const w = await world({ partitions: 2 });
    const logs = [w.log, another(w, 2)];
    for (let i = 0; i < 100; i++) {
      const outcomes = await Promise.all(
        logs.map((log, p) => send(log, numbered(w.at(p), { id: 100 + p, sequence: i }, [`${i}`]))),
      );
      expect(outcomes).toEqual([i, i]);
    }
    const item = await w.stores.items.get({ pk: `ledger/${w.topicId}/0`, sk: 'head' });
    expect(item?.f).toBe(2);
  });

  it('go on with all producers but the one that another has taken', async () => {
    const w = await world();
    const other = another(w, 2);
    for (const id of [1, 2, 3]) await send(w.log, numbered(w.at(0), { id, sequence: 0 }, ['x']));
    expect(await send(other, numbered(w.at(0), { id: 2, sequence: 1 }, ['y']))).toBe(3);
    const outcomes = await Promise.all(
      [1, 2, 3].map((id) => send(w.log, numbered(w.at(0), { id, sequence: 1 }, ['z']))),
    );
    expect(outcomes).toEqual([4, 'producer_moved', 5]);
    expect(await send(w.log, batchOf(w.at(0), ['plain']))).toBe(6);
  });

  it('know producers after their events were deleted, for a week', async () => {
    const w = await world();
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    const retention = { retentionMs: 1_000, retentionBytes: -1 };
    const append = numbered(w.at(0), { sequence: 0 }, ['a']);
    await send(w.log, append);
    await w.clock.advance(60_000);
    await w.log.tend([{ layout, retention, cleaning: undefined }], { collect: false });
    await w.log.tend([{ layout, retention, cleaning: undefined }], { collect: false });
    expect(await w.log.offsets([w.at(0)])).toMatchObject([{ logStartOffset: 1, highWatermark: 1 }]);
    expect(await send(another(w, 2), append)).toBe(0);
    await w.clock.advance(8 * 24 * 3_600_000);
    await w.log.tend([{ layout, retention, cleaning: undefined }], { collect: false });
    expect(await send(another(w, 3), append)).toBe(1);
  });

  it('know producers of a ledger that was rebuilt from its objects; whoever knew it before reads anew', async () => {
    const w = await world();
    const sent = Array.from({ length: 60 }, (_, i) => numbered(w.at(0), { sequence: i }, [`${i}`]));
    const kept = await w.log.snapshotLedgers([{ topicId: w.topicId, partitions: 1, width: 32 }]);
    for (const append of sent) {
      await w.log.append([append]);
      await w.clock.advance(1);
    }
    const { items } = memoryStores();
    let lost = false;
    const switching: MetaStore = new Proxy(items, {
      get: (_, method: keyof MetaStore) => {
        const store = lost ? items : w.stores.items;
        return (store[method] as (...args: unknown[]) => unknown).bind(store);
      },
    });
    const survivor = openLog({ stores: { ...w.stores, items: switching }, clock: w.clock, random: seededRandom(2) });
    expect(await send(survivor, sent[59]!)).toBe(59);
    lost = true;
    const log = openLog({ stores: { ...w.stores, items }, clock: w.clock, random: seededRandom(3) });
    const rebuild = await log.rebuild({ newest: kept, before: [] });
    await rebuild.write({ topicId: w.topicId, partitions: 1, width: 32 });
    expect(rebuild.report.reassigned).toBe(60);
    expect(await send(log, sent[56]!)).toBe(56);
    for (let i = 0; i < 100; i++) await log.append([batchOf(w.at(0), ['plain'])]);
    const next = numbered(w.at(0), { sequence: 60 }, ['60']);
    const outcome = send(survivor, next);
    await w.clock.advance(1_000);
    expect(await outcome).toBe(160);
    expect(await send(log, next)).toBe('producer_moved');
    expect(await send(log, next)).toBe(160);
  });

  it('know producers after pages were merged and their objects collected', async () => {
    const w = await world({ settings: { mergeAgeMs: -1, staleObjectMs: 1, collectGraceMs: 1 } });
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    const sent = Array.from({ length: 90 }, (_, i) => numbered(w.at(0), { sequence: i }, [`${i}`]));
    for (const append of sent) await send(w.log, append);
    for (let i = 0; i < 3; i++) {
      await w.clock.advance(3_600_000);
      await w.log.tend([{ layout, retention: undefined, cleaning: undefined }]);
    }
    const other = another(w, 2);
    expect(await send(other, sent[87]!)).toBe(87);
    expect(await send(other, numbered(w.at(0), { sequence: 90 }, ['90']))).toBe(90);
  });
});
