import { describe, expect, it } from 'vitest';
import type { Check } from '../../lib/store/index.ts';
import { batchOf, readAll, texts, WANTED, world } from './world.ts';

describe('append and fetch', () => {
  it('gives events their offsets in the order of the calls, and reads them back', async () => {
    const { log, at } = await world();
    const first = await log.append([batchOf(at(0), ['a', 'b'])]);
    const second = await log.append([batchOf(at(0), ['c'])]);
    expect(first.appended[0]).toMatchObject({ baseOffset: 0 });
    expect(second.appended[0]).toMatchObject({ baseOffset: 2 });
    expect(await readAll(log, at(0))).toEqual(['0=a', '1=b', '2=c']);
  });

  it('gathers appends of one moment into one object and one head update per ledger', async () => {
    const { log, stores, at } = await world({ partitions: 40, width: 32 });
    await Promise.all(Array.from({ length: 40 }, (_, p) => log.append([batchOf(at(p), [`p${p}`])])));
    expect(await stores.objects.list('seg/')).toHaveLength(1);
    for (let p = 0; p < 40; p++) expect(await readAll(log, at(p))).toEqual([`0=p${p}`]);
  });

  it('reads back what was rolled into pages, from any offset, after a restart', async () => {
    const { log, stores, at } = await world({ partitions: 3 });
    for (let i = 0; i < 500; i++) await log.append([batchOf(at(i % 3), [`a${i}`, `b${i}`])]);
    const again = await world({ partitions: 3, stores });
    const there = { ...at(1) };
    const all = await readAll(again.log, there);
    expect(all).toHaveLength(334);
    expect(all.at(-1)).toBe('333=b499');
    for (const offset of [0, 1, 17, 200, 332, 333]) {
      const [fetched] = await again.log.fetch([{ from: there, offset, maxBytes: 1 }], { maxBytes: 1 });
      expect(texts(fetched!)[offset % 2]).toBe(all[offset]);
    }
  });

  it('returns the whole batch for an offset in its middle', async () => {
    const { log, at } = await world();
    await log.append([batchOf(at(0), ['a', 'b', 'c'])]);
    const [fetched] = await log.fetch([{ from: at(0), offset: 1, maxBytes: 100 }], { maxBytes: 100 });
    expect(texts(fetched!)).toEqual(['0=a', '1=b', '2=c']);
    expect(fetched!.nextOffset).toBe(3);
  });

  it('answers an offset beyond the end or before the start for that partition alone', async () => {
    const { log, at } = await world({ partitions: 2 });
    await log.append([batchOf(at(0), ['a'])]);
    const [good, bad] = await log.fetch(
      [
        { from: at(0), offset: 0, maxBytes: 1_000 },
        { from: at(1), offset: 5, maxBytes: 1_000 },
      ],
      { maxBytes: 1_000 },
    );
    expect(texts(good!)).toEqual(['0=a']);
    expect(bad!.error?.code).toBe('offset_out_of_range');
    expect(bad).toMatchObject({ logStartOffset: 0, highWatermark: 0 });
    await log.deleteRecords(at(0), 1);
    const [gone] = await log.fetch([{ from: at(0), offset: 0, maxBytes: 1_000 }], { maxBytes: 1_000 });
    expect(gone).toMatchObject({ error: { code: 'offset_out_of_range' }, logStartOffset: 1, highWatermark: 1 });
  });

  it.each(['as it was appended', 'merged'])('answers damaged bytes for their partition alone (%s)', async (state) => {
    const w = await world({ partitions: 2, settings: { mergeAgeMs: -1 } });
    await w.log.append([batchOf(w.at(0), ['a']), batchOf(w.at(1), ['b'])]);
    await w.log.append([batchOf(w.at(0), ['c']), batchOf(w.at(1), ['d'])]);
    if (state === 'merged') {
      await w.log.roll({ topicId: w.topicId, index: 0 });
      const layout = { topicId: w.topicId, partitions: 2, width: 32 };
      await w.log.tend([{ layout, retention: undefined, cleaning: undefined }], { collect: false });
    }
    const { objects } = w.stores;
    for (const { key } of await objects.list('seg/')) {
      const bytes = await objects.get(key);
      bytes[16] = 9; // the magic of the first batch, which is one of partition 0
      await objects.delete([key]);
      await objects.put(key, [bytes]);
    }
    const again = await world({ partitions: 2, stores: w.stores });
    const reads = [0, 1].map((p) => ({ from: w.at(p), offset: 0, maxBytes: 1_000 }));
    const [bad, good] = await again.log.fetch(reads, { maxBytes: 1_000 });
    expect(bad).toMatchObject({ error: { code: 'log_corrupt' }, batches: [], nextOffset: -1 });
    expect(texts(good!)).toEqual(['0=b', '1=d']);
  });

  it('answers a partition whose object is gone for that partition alone', async () => {
    const { log, stores, at } = await world({ partitions: 2 });
    await log.append([batchOf(at(1), ['b'])]);
    const [kept] = await stores.objects.list('seg/');
    await log.append([batchOf(at(0), ['a'])]);
    const all = (await stores.objects.list('seg/')).map(({ key }) => key);
    await stores.objects.delete(all.filter((key) => key !== kept!.key));
    const again = await world({ partitions: 2, stores });
    const reads = [
      { from: at(0), offset: 0, maxBytes: 1_000 },
      { from: at(1), offset: 0, maxBytes: 1_000 },
    ];
    const [bad, good] = await again.log.fetch(reads, { maxBytes: 1_000 });
    expect(bad!.error?.code).toBe('log_corrupt');
    expect(texts(good!)).toEqual(['0=b']);
  });

  it('reads neighbours of many partitions with one request', async () => {
    const { log, stores, at } = await world({ partitions: 30 });
    await Promise.all(Array.from({ length: 30 }, (_, p) => log.append([batchOf(at(p), [`p${p}`])])));
    const again = await world({ partitions: 30, stores });
    const reads = Array.from({ length: 30 }, (_, p) => ({ from: at(p), offset: 0, maxBytes: 1_000 }));
    const found = await again.log.fetch(reads, { maxBytes: 1 << 20 });
    expect(found.flatMap(texts)).toEqual(Array.from({ length: 30 }, (_, p) => `0=p${p}`));
    expect(again.log.stats().objectReads).toBe(1);
  });

  it('refuses more bytes than may ever wait, and takes what comes next', async () => {
    const { log, at } = await world({ settings: { pendingBytesMax: 1_000 } });
    await expect(log.append([batchOf(at(0), ['x'.repeat(2_000)])])).rejects.toMatchObject({ code: 'append_too_large' });
    expect((await log.append([batchOf(at(0), ['a'])])).appended[0]).toMatchObject({ baseOffset: 0 });
  });

  it('takes events of all times together', async () => {
    const { log, at } = await world();
    const times = [Number.MAX_SAFE_INTEGER, -1, 0, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    const answers = await Promise.all(times.map((time) => log.append([batchOf(at(0), [[null, 'v', time]])])));
    expect(answers.map(({ appended }) => appended[0]!.baseOffset)).toEqual([0, 1, 2, 3, 4]);
    expect(await log.offsetForTime(at(0), Number.MAX_SAFE_INTEGER)).toMatchObject({ offset: 0 });
  });

  it('closes for everyone who asks', async () => {
    const { log, at } = await world();
    const append = log.append([batchOf(at(0), ['a'])]);
    await Promise.all([log.close(), log.close()]);
    expect((await append).appended[0]).toMatchObject({ baseOffset: 0 });
  });

  it('wakes a waiting fetch when something is committed', async () => {
    const { log, at } = await world();
    const waiting = log.fetch([{ from: at(0), offset: 0, maxBytes: 1_000 }], { maxBytes: 1_000, maxWaitMs: 60_000 });
    await log.append([batchOf(at(0), ['a'])]);
    expect(texts((await waiting)[0]!)).toEqual(['0=a']);
  });

  it('ends a wait when its time is up', async () => {
    const { log, at, clock } = await world();
    const waiting = log.fetch([{ from: at(0), offset: 0, maxBytes: 1_000 }], { maxBytes: 1_000, maxWaitMs: 500 });
    await clock.advance(500);
    expect((await waiting)[0]!.bytes).toBe(0);
  });

  it('cuts runs of many megabytes into chunks, and reads across them', async () => {
    const { log, stores, at } = await world();
    const value = 'x'.repeat(100_000);
    const appends = Array.from({ length: 30 }, (_, i) => batchOf(at(0), [`${i}${value}`]));
    await log.append(appends);
    const again = await world({ stores });
    for (const reader of [log, again.log]) {
      const all = await readAll(reader, at(0), 0, 250_000);
      expect(all.map((text) => text.slice(0, 5))).toEqual(appends.map((_, i) => `${i}=${i}xxxx`.slice(0, 5)));
      const [fetched] = await reader.fetch([{ from: at(0), offset: 27, maxBytes: 1 }], { maxBytes: 1 });
      expect(fetched!.nextOffset).toBe(28);
    }
    expect(again.log.stats().objectReads).toBeLessThan(15);
  });

  it('refuses a partition that is not there, and one whose topic was deleted', async () => {
    const { log, at, topicId } = await world({ partitions: 2 });
    await expect(log.append([batchOf(at(2), ['a'])])).rejects.toMatchObject({ code: 'partition_missing' });
    await log.deleteLedgers({ topicId, partitions: 2, width: 32 });
    await expect(log.append([batchOf(at(0), ['a'])])).rejects.toMatchObject({ code: 'ledger_missing' });
    const [fetched] = await log.fetch([{ from: at(0), offset: 0, maxBytes: 1 }], { maxBytes: 1 });
    expect(fetched!.error?.code).toBe('ledger_missing');
  });

  it('takes partitions added later', async () => {
    const { log, at, topicId } = await world({ partitions: 3, width: 2 });
    for (let i = 0; i < 100; i++) await log.append([batchOf(at(2), [`${i}`])]);
    await log.extendLedgers({ topicId, partitions: 3, width: 2 }, { topicId, partitions: 6, width: 2 }, WANTED);
    await log.append([batchOf(at(3), ['new']), batchOf(at(5), ['newer'])]);
    expect(await readAll(log, at(3))).toEqual(['0=new']);
    expect(await readAll(log, at(5))).toEqual(['0=newer']);
    expect(await readAll(log, at(2))).toHaveLength(100);
  });
});

describe('ledgers', () => {
  it('are made once, be they asked for again, more than one transaction takes, or partly there', async () => {
    const { log, at, topicId } = await world({ partitions: 3, width: 1 });
    await log.append([batchOf(at(1), ['kept'])]);
    expect(await log.createLedgers({ topicId, partitions: 250, width: 1 }, WANTED)).toBe(true);
    expect(await log.createLedgers({ topicId, partitions: 250, width: 1 }, WANTED)).toBe(true);
    await log.append([batchOf(at(249), ['new'])]);
    expect(await readAll(log, at(1))).toEqual(['0=kept']);
    const ends = await log.offsets(Array.from({ length: 250 }, (_, partition) => at(partition)));
    expect(ends.flatMap(({ highWatermark }, i) => (highWatermark > 0 ? [i] : []))).toEqual([1, 249]);
  });

  it('are not made for a topic that is not to have them any more', async () => {
    const { log, at, topicId } = await world({ partitions: 1, width: 1 });
    const unwanted: Check = { ...WANTED, when: { if: 'itemExists' } };
    expect(await log.createLedgers({ topicId, partitions: 2, width: 1 }, unwanted)).toBe(false);
    const layout = { topicId, partitions: 1, width: 1 };
    expect(await log.extendLedgers(layout, { ...layout, partitions: 2 }, unwanted)).toBe(false);
    await expect(log.offsets([at(1)])).rejects.toMatchObject({ code: 'ledger_missing' });
  });
});

describe('idempotency keys', () => {
  const once = (key: string, content = 'c') => ({ key, fingerprint: Buffer.from(content), note: Uint8Array.of(7) });

  it('answer a retry with the first offsets, at once, later and concurrently', async () => {
    const { log, stores, at } = await world({ partitions: 2 });
    const send = (to = log) => to.append([batchOf(at(0), ['a']), batchOf(at(1), ['b', 'c'])], once('k'));
    const [first, second] = await Promise.all([send(), send()]);
    const later = await send();
    const elsewhere = await send((await world({ stores, partitions: 2, seed: 2 })).log);
    expect(first.replayed).toBe(false);
    for (const answer of [second, later, elsewhere]) expect(answer).toEqual({ ...first, replayed: true });
    expect(await readAll(log, at(0))).toEqual(['0=a']);
  });

  it('let one of two processes win that send the same key at once', async () => {
    const { log, stores, at } = await world({ partitions: 2 });
    const other = (await world({ stores, partitions: 2, seed: 2 })).log;
    const answers = await Promise.all(
      [log, other].map((to) => to.append([batchOf(at(0), ['a']), batchOf(at(1), ['plain'])], once('k'))),
    );
    expect(answers[0]!.appended).toEqual(answers[1]!.appended);
    expect(answers.filter((answer) => answer.replayed)).toHaveLength(1);
    expect(await readAll(log, at(0))).toEqual(['0=a']);
  });

  it('are refused with other content', async () => {
    const { log, at } = await world();
    await log.append([batchOf(at(0), ['a'])], once('k', 'one'));
    await expect(log.append([batchOf(at(0), ['b'])], once('k', 'two'))).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
  });

  it('go together with other keys, and keep the order of calls with plain appends', async () => {
    const { log, stores, at } = await world({ partitions: 2 });
    await Promise.all([
      log.append([batchOf(at(0), ['plain'])]),
      log.append([batchOf(at(0), ['keyed'])], once('k')),
      log.append([batchOf(at(1), ['other'])], once('l')),
    ]);
    expect(await readAll(log, at(0))).toEqual(['0=plain', '1=keyed']);
    // The plain append went first, alone: keys are looked up before they are queued.
    expect(await stores.objects.list('seg/')).toHaveLength(2);
  });

  it('are forgotten after a day', async () => {
    const { log, at, clock } = await world();
    await log.append([batchOf(at(0), ['a'])], once('k'));
    await clock.advance(25 * 3600_000);
    const again = await log.append([batchOf(at(0), ['a'])], once('k'));
    expect(again).toMatchObject({ replayed: false, appended: [{ baseOffset: 1 }] });
  });
});

describe('lookup by time', () => {
  it('finds the first record at or after a time, though times do not rise', async () => {
    const { log, stores, at } = await world({ partitions: 2 });
    const times: number[] = [];
    for (let i = 0; i < 600; i++) {
      const time = 10_000 + i * 10 + ((i * 7919) % 13) * 25;
      times.push(time);
      await log.append([batchOf(at(i % 2), [[null, `${i}`, time]])]);
    }
    const again = await world({ stores, partitions: 2 });
    for (const wanted of [0, 10_000, 11_111, 13_370, 15_999, 16_290, 20_000]) {
      for (const p of [0, 1]) {
        const mine = times.filter((_, i) => i % 2 === p);
        const offset = mine.findIndex((time) => time >= wanted);
        const found = await again.log.offsetForTime(at(p), wanted);
        expect(found).toEqual(offset < 0 ? undefined : { offset, timestampMs: mine[offset] });
      }
    }
  });
});
