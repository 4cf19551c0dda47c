import { describe, expect, test } from 'vitest';
import { type Log, openLog, type PartitionRef } from '../../lib/log/index.ts';
import { batchHeader, batchLength, controlType, readRecords } from '../../lib/record/index.ts';
import { batchOf, begin, end, readAll, transactional, type World, world } from './world.ts';

const T = { producerId: 7, epoch: 0 };
const OTHER = { producerId: 8, epoch: 0 };

/** What Kafka's consumer makes of `read_committed` answers, fetch by fetch: its rules, not ours. */
async function readAsKafka(log: Log, from: PartitionRef, offset = 0, maxBytes = 300): Promise<string[]> {
  const found: string[] = [];
  for (let next = offset; ; ) {
    const [fetched] = await log.fetch([{ from, offset: next, maxBytes }], { maxBytes, isolation: 'read_committed' });
    if (fetched!.error) throw fetched!.error;
    const waiting = [...fetched!.aborted].sort((a, b) => a.firstOffset - b.firstOffset);
    const aborted = new Set<number>();
    for (const bytes of fetched!.batches) {
      for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
        const { control, producerId, transactional: inTransaction } = batchHeader(bytes, at);
        const records = [...readRecords(bytes, { at })];
        while (waiting[0] && waiting[0].firstOffset <= records.at(-1)!.offset) aborted.add(waiting.shift()!.producerId);
        if (control && controlType(records[0]!.key) === 'abort') aborted.delete(producerId);
        else if (!control && !(inTransaction && aborted.has(producerId))) {
          for (const { offset: at, value } of records) found.push(`${at}=${value && Buffer.from(value)}`);
        }
      }
    }
    if (fetched!.nextOffset <= next) return found;
    next = fetched!.nextOffset;
  }
}

/** All that readers of every kind see of a partition, from each offset on. */
async function seen(w: World, partition: number, log = w.log): Promise<string[]> {
  const all = await readAll(log, w.at(partition));
  const { logStartOffset, lastStableOffset } = (await log.offsets([w.at(partition)]))[0]!;
  for (let offset = logStartOffset; offset <= lastStableOffset; offset++) {
    const rest = all.filter((text) => Number.parseInt(text, 10) >= offset);
    // A batch comes whole where an offset inside of it is asked for.
    const asKafka = (await readAsKafka(log, w.at(partition), offset)).filter((t) => Number.parseInt(t, 10) >= offset);
    const own = (await readAll(log, w.at(partition), offset)).filter((t) => Number.parseInt(t, 10) >= offset);
    expect({ offset, own, asKafka }).toEqual({ offset, own: rest, asKafka: rest });
  }
  return all;
}

async function stableOffset(w: World, partition: number): Promise<number> {
  return (await w.log.offsets([w.at(partition)]))[0]!.lastStableOffset;
}

describe('a transaction', () => {
  test('is held back until it commits, in all its partitions at once, and what follows it, too', async () => {
    const w = await world({ partitions: 3 });
    await w.log.append([batchOf(w.at(0), ['before'])]);
    await begin(w, T, [0, 2]);
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['a']), batchOf(w.at(1), ['elsewhere'])]);
    await w.log.append([batchOf(w.at(0), ['behind']), transactional(w.at(2), { sequence: 0 }, ['b'])]);
    expect(await seen(w, 0)).toEqual(['0=before']);
    expect(await seen(w, 1)).toEqual(['0=elsewhere']);
    expect(await seen(w, 2)).toEqual([]);
    expect(await readAll(w.log, w.at(0), 0, 1 << 20, 'read_uncommitted')).toEqual(['0=before', '1=a', '2=behind']);
    expect(await stableOffset(w, 0)).toBe(1);
    await end(w, T, [0, 2], 'commit');
    expect(await seen(w, 0)).toEqual(['0=before', '1=a', '2=behind']);
    expect(await seen(w, 2)).toEqual(['0=b']);
    expect(await stableOffset(w, 0)).toBe(4);
  });

  test('that aborts shows nothing to readers of what is committed', async () => {
    const w = await world();
    await begin(w, T, [0]);
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['a', 'b'])]);
    await w.log.append([batchOf(w.at(0), ['plain'])]);
    await w.log.append([transactional(w.at(0), { sequence: 2 }, ['c'])]);
    await end(w, T, [0], 'abort');
    await begin(w, T, [0]);
    await w.log.append([transactional(w.at(0), { sequence: 3 }, ['d'])]);
    await end(w, T, [0], 'commit');
    expect(await seen(w, 0)).toEqual(['2=plain', '5=d']);
  });

  test('is not voided by an abort that comes late, and was made for one before of the same producer and epoch', async () => {
    const w = await world();
    await begin(w, T, [0]);
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['a'])]);
    const ending = { transaction: T, partitions: [w.at(0)], outcome: 'abort', markerEpoch: T.epoch } as const;
    const late = (await w.log.transactions.end(ending)).writes[0]!.write;
    await end(w, T, [0], 'commit');
    await begin(w, T, [0]);
    await w.log.append([transactional(w.at(0), { sequence: 1 }, ['b'])]);
    expect(await w.stores.items.transact([late])).toMatchObject({ applied: false });
    await end(w, T, [0], 'commit');
    expect(await seen(w, 0)).toEqual(['0=a', '2=b']);
  });

  test('that aborted with more than a fetch may hold does not keep readers from what stands behind it, or elsewhere', async () => {
    const w = await world({ partitions: 2 });
    await begin(w, T, [0]);
    for (let sequence = 0; sequence < 5; sequence++) {
      await w.log.append([transactional(w.at(0), { sequence }, ['x'.repeat(200)])]);
    }
    await end(w, T, [0], 'abort');
    await w.log.append([batchOf(w.at(0), ['behind']), batchOf(w.at(1), ['elsewhere'])]);
    const reads = [0, 1].map((partition) => ({ from: w.at(partition), offset: 0, maxBytes: 100 }));
    const found = await w.log.fetch(reads, { maxBytes: 100 });
    expect(found.map(({ batches }) => batches.length)).not.toEqual([0, 0]);
    const alone = await w.log.fetch([reads[0]!], { maxBytes: 100 });
    expect(alone[0]).toMatchObject({ batches: [expect.anything()], nextOffset: 7 });
  });

  test('that aborted is named by its own first batch in an answer, as one of the others is, in their order', async () => {
    const w = await world();
    await begin(w, OTHER, [0]);
    await begin(w, T, [0]);
    await begin(w, { producerId: 9, epoch: 0 }, [0]); // sends nothing
    await w.log.append([batchOf(w.at(0), ['before'])]);
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['a'])]);
    await w.log.append([transactional(w.at(0), { id: 8, sequence: 0 }, ['b'])]);
    await w.log.append([transactional(w.at(0), { id: 8, sequence: 1 }, ['c'])]);
    for (const one of [OTHER, T, { producerId: 9, epoch: 0 }]) await end(w, one, [0], 'abort');
    const named = async (offset: number) => {
      const [answer] = await w.log.fetch([{ from: w.at(0), offset, maxBytes: 10_000 }], {
        maxBytes: 10_000,
        isolation: 'read_committed',
      });
      return answer!.aborted.map(({ producerId, firstOffset }) => [producerId, firstOffset]);
    };
    expect(await named(0)).toEqual([
      [7, 1],
      [8, 2],
    ]);
    expect(await named(3)).toEqual([[8, 3]]);
    expect(await seen(w, 0)).toEqual(['0=before']);
  });

  test('takes nothing before it begins in a partition, after it ended, and in another epoch; others are stored', async () => {
    const w = await world({ partitions: 2 });
    const refused = { code: 'transaction_not_open' };
    const [first, plain] = await Promise.allSettled([
      w.log.append([transactional(w.at(0), { sequence: 0 }, ['early'])]),
      w.log.append([batchOf(w.at(0), ['plain'])]),
    ]);
    expect([first, plain]).toMatchObject([{ reason: refused }, { value: { appended: [{ baseOffset: 0 }] } }]);
    await begin(w, T, [0]);
    await expect(w.log.append([transactional(w.at(1), { sequence: 0 }, ['aside'])])).rejects.toMatchObject(refused);
    await expect(
      w.log.append([transactional(w.at(0), { epoch: 1, sequence: 0 }, ['other epoch'])]),
    ).rejects.toMatchObject(refused);
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['in time'])]);
    await end(w, T, [0], 'commit');
    await expect(w.log.append([transactional(w.at(0), { sequence: 1 }, ['late'])])).rejects.toMatchObject(refused);
    expect(await seen(w, 0)).toEqual(['0=plain', '1=in time']);
  });

  test('goes with any number of others into a flush, as many as one condition holds', async () => {
    const w = await world({ partitions: 4 });
    const all = Array.from({ length: 100 }, (_, i) => 100 + i);
    for (const id of all) await begin(w, { producerId: id, epoch: 0 }, [0, 1, 2, 3]);
    const sent = all.flatMap((id) =>
      [0, 1, 2, 3].map((at) => w.log.append([transactional(w.at(at), { id, sequence: 0 }, [`${id}`])])),
    );
    expect(await Promise.all(sent)).toHaveLength(400);
    for (const id of all) await end(w, { producerId: id, epoch: 0 }, [0, 1, 2, 3], 'commit');
    expect(await readAll(w.log, w.at(3))).toHaveLength(100);
  });

  test('wakes readers of what is committed by its end alone', async () => {
    const w = await world();
    await begin(w, T, [0]);
    const read = { from: w.at(0), offset: 0, maxBytes: 1_000 };
    const waiting = w.log.fetch([read], { maxBytes: 1_000, maxWaitMs: 60_000 });
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['a'])]);
    await end(w, T, [0], 'commit');
    const [found] = await waiting;
    expect(found).toMatchObject({ nextOffset: 2, highWatermark: 2, lastStableOffset: 2 });
  });

  test('stays open and unseen for another process, and after heads were rolled into pages', async () => {
    const w = await world({ partitions: 2 });
    await begin(w, T, [0]);
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['a'])]);
    const ledger = { topicId: w.topicId, index: 0 };
    await w.log.roll(ledger);
    await begin(w, OTHER, [0, 1]);
    await w.log.append([transactional(w.at(0), { id: 8, sequence: 0 }, ['x'])]);
    await w.log.roll(ledger);
    const other = openLog({ stores: w.stores, clock: w.clock, random: w.random });
    expect(await seen(w, 0, other)).toEqual([]);
    await end(w, OTHER, [0, 1], 'commit', other);
    expect(await seen(w, 0, other)).toEqual([]);
    await other.roll(ledger);
    await end(w, T, [0], 'abort', other);
    await other.append([batchOf(w.at(0), ['last'])]);
    expect(await seen(w, 0, other)).toEqual(['1=x', '4=last']);
    await other.roll(ledger);
    expect(await seen(w, 0, w.log)).toEqual(['1=x', '4=last']);
  });

  test('leaves a ledger that was deleted out of its end', async () => {
    const w = await world({ partitions: 2, width: 1 });
    await begin(w, T, [0, 1]);
    await w.log.append([transactional(w.at(0), { sequence: 0 }, ['a'])]);
    await w.stores.items.write({ write: 'delete', key: { pk: `ledger/${w.topicId}/1`, sk: 'head' } });
    const ending = {
      transaction: T,
      partitions: [w.at(0), w.at(1)],
      outcome: 'commit',
      markerEpoch: 0,
    } as const;
    const blind = await w.log.transactions.end(ending);
    expect(await w.stores.items.transact(blind.writes.map(({ write }) => write))).toMatchObject({ applied: false });
    const looked = await w.log.transactions.end(ending, true);
    expect(looked.gone).toEqual([w.at(1)]);
    expect(await w.stores.items.transact(looked.writes.map(({ write }) => write))).toEqual({ applied: true });
    expect(await seen(w, 0)).toEqual(['0=a']);
  });
});

describe('upkeep', () => {
  const HOUR = 3600_000;
  const settings = { mergeAgeMs: -1, staleObjectMs: HOUR, collectGraceMs: HOUR };

  /** Transactions of three producers that overlap, with plain events between; the tail is rolled now and then. */
  async function interleaved(w: World, rounds: number): Promise<string[]> {
    const expected: string[] = [];
    const open = new Map<number, { epoch: number; sequence: number; texts: string[] }>();
    const sequences = new Map<number, number>();
    let offset = 0;
    for (let i = 0; i < rounds; i++) {
      const id = 20 + Math.floor(w.random.next() * 3);
      const transaction = { producerId: id, epoch: 0 };
      const mine = open.get(id);
      const draw = w.random.next();
      if (!mine) {
        await begin(w, transaction, [0]);
        open.set(id, { epoch: 0, sequence: sequences.get(id) ?? 0, texts: [] });
      } else if (draw < 0.4) {
        const key = `k${Math.floor(w.random.next() * 5)}`;
        await w.log.append([transactional(w.at(0), { id, sequence: mine.sequence }, [[key, `${id}.${i}`]])]);
        mine.texts.push(`${offset++}=${id}.${i}`);
        sequences.set(id, ++mine.sequence);
      } else if (draw < 0.6) {
        await w.log.append([batchOf(w.at(0), [[`k${Math.floor(w.random.next() * 5)}`, `plain.${i}`]])]);
        expected.push(`${offset++}=plain.${i}`);
      } else {
        const outcome = draw < 0.8 ? 'commit' : 'abort';
        await end(w, transaction, [0], outcome);
        offset++;
        if (outcome === 'commit') expected.push(...mine.texts);
        open.delete(id);
      }
      if (w.random.next() < 0.1) await w.log.roll({ topicId: w.topicId, index: 0 });
    }
    for (const [id, { texts }] of open) {
      await end(w, { producerId: id, epoch: 0 }, [0], 'commit');
      expected.push(...texts);
    }
    return expected.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  }

  test.each([1, 2, 3, 4, 5, 6])('merges transactions, and readers see the same (seed %i)', async (seed) => {
    const w = await world({ seed, settings });
    const expected = await interleaved(w, 80);
    expect(await seen(w, 0)).toEqual(expected);
    await w.log.roll({ topicId: w.topicId, index: 0 });
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    await w.clock.advance(HOUR);
    await w.log.tend([{ layout, retention: undefined, cleaning: undefined }]);
    const other = openLog({ stores: w.stores, clock: w.clock, random: w.random });
    expect(await seen(w, 0, other)).toEqual(expected);
    expect((await other.verify([layout])).problems).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6])('keeps the latest of what was committed per key (seed %i)', async (seed) => {
    const w = await world({ seed, settings });
    await interleaved(w, 80);
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: 0 };
    // What is still open is behind the last stable offset, and its keys supersede nothing.
    await begin(w, T, [0]);
    await w.log.append([
      transactional(w.at(0), { sequence: 0 }, [
        ['k0', 'open'],
        ['k1', 'open'],
      ]),
    ]);
    await w.log.roll({ topicId: w.topicId, index: 0 });
    await w.clock.advance(1_000);
    const before = new Map<string, string>();
    const keys = async (log: Log) => {
      const found = new Map<string, string>();
      for (let offset = 0; ; ) {
        const [fetched] = await log.fetch([{ from: w.at(0), offset, maxBytes: 500 }], { maxBytes: 500 });
        for (const bytes of fetched!.batches) {
          for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
            for (const { key, value } of readRecords(bytes, { at }))
              found.set(`${key && Buffer.from(key)}`, `${value && Buffer.from(value)}`);
          }
        }
        if (fetched!.nextOffset <= offset) return found;
        offset = fetched!.nextOffset;
      }
    };
    for (const [key, value] of await keys(w.log)) before.set(key, value);
    await w.log.tend([{ layout, retention: undefined, cleaning }]);
    const other = openLog({ stores: w.stores, clock: w.clock, random: w.random });
    expect(await keys(other)).toEqual(before);
    await end(w, T, [0], 'abort', other);
    await other.roll({ topicId: w.topicId, index: 0 });
    await w.clock.advance(1_000);
    await other.tend([{ layout, retention: undefined, cleaning }]);
    expect(await keys(other)).toEqual(before);
    const left = await readAll(other, w.at(0), 0, 1 << 20, 'read_uncommitted');
    expect(left.filter((text) => text.endsWith('=open'))).toEqual([]);
    expect(new Set(await seen(w, 0, other)).size).toBe(before.size);
    expect((await other.verify([layout])).problems).toEqual([]);
  });
});
