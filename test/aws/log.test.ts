import { describe, expect, inject, test } from 'vitest';
import { newUlid, systemClock, systemRandom, ulidText } from '../../lib/bytes/index.ts';
import { type Log, openLog, parseObjectKey } from '../../lib/log/index.ts';
import { openAwsStores, SMALL_OBJECT_BYTES_MAX, type Stores, tieredStores } from '../../lib/store/index.ts';
import { batchOf, numbered, readAll, texts, WANTED, type World, world } from '../log/world.ts';
import { faultyProxy, type NetworkFault } from './faulty-proxy.ts';
import { bucketAt, onDynamoDbLocal, onMiniStack, tableAt } from './stores.ts';

const HOUR = 3600_000;

/** As a platform opens them: small segments are items. */
const isSmall = (key: string) => (parseObjectKey(key)?.sizeBytes ?? Infinity) <= SMALL_OBJECT_BYTES_MAX;

async function expectSound(w: World): Promise<void> {
  const report = await w.log.verify([{ topicId: w.topicId, partitions: w.partitions, width: w.width }]);
  expect(report.problems).toEqual([]);
}

describe.each<[string, () => Promise<Stores>]>([
  ['MiniStack', onMiniStack],
  ['MiniStack, small objects as items', async () => tieredStores(await onMiniStack(), isSmall)],
  ['DynamoDB Local', onDynamoDbLocal],
  ['DynamoDB Local, small objects as items', async () => tieredStores(await onDynamoDbLocal(), isSmall)],
])('the log on %s', (_, open) => {
  test('appends and fetches, also what was rolled into pages, after a restart', async () => {
    const w = await world({ partitions: 3, stores: await open() });
    for (let i = 0; i < 90; i++) await w.log.append([batchOf(w.at(i % 3), [`a${i}`, `b${i}`])]);
    const again = await world({ partitions: 3, stores: w.stores });
    const all = await readAll(again.log, again.at(1));
    expect(all).toHaveLength(60);
    expect(all.at(-1)).toBe('59=b88');
    const [fetched] = await again.log.fetch([{ from: again.at(1), offset: 17, maxBytes: 1 }], { maxBytes: 1 });
    expect(texts(fetched!)[1]).toBe(all[17]);
    await expectSound(again);
    await w.stores.close();
  });

  test('reads large segments by ranges, and small ones from wherever they are', async () => {
    const w = await world({ stores: await open() });
    const value = 'x'.repeat(100_000);
    await w.log.append([batchOf(w.at(0), ['small'])]);
    await w.log.append(Array.from({ length: 20 }, (_, i) => batchOf(w.at(0), [`${i}${value}`])));
    await w.log.append([batchOf(w.at(0), ['small again'])]);
    const again = await world({ stores: w.stores });
    const all = await readAll(again.log, again.at(0), 0, 250_000);
    expect(all.map((text) => text.length)).toEqual([
      '0=small'.length,
      ...Array.from({ length: 20 }, (_, i) => `${i + 1}=${i}`.length + 100_000),
      '21=small again'.length,
    ]);
    await w.stores.close();
  });

  test('gives many writers at once dense offsets, each its own', async () => {
    const stores = await open();
    const writers = await Promise.all(Array.from({ length: 6 }, (_, i) => world({ stores, seed: i + 1 })));
    const { topicId } = writers[0]!;
    const to = { topicId, width: 32, partition: 0 };
    const offsets = await Promise.all(
      writers.map(async ({ log }, writer) => {
        const mine: number[] = [];
        for (let i = 0; i < 10; i++) {
          const { appended } = await log.append([batchOf(to, [`${writer}/${i}`])]);
          mine.push(appended[0]!.baseOffset);
        }
        return mine;
      }),
    );
    expect(offsets.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    for (const mine of offsets) expect([...mine].sort((a, b) => a - b)).toEqual(mine);
    const read = await readAll((await world({ stores, seed: 9 })).log, to);
    for (const [writer, mine] of offsets.entries()) {
      for (const [i, offset] of mine.entries()) expect(read[offset]).toBe(`${offset}=${writer}/${i}`);
    }
    await stores.close();
  });

  test('answers a retry under an idempotency key with the first offsets', async () => {
    const w = await world({ partitions: 2, stores: await open() });
    const other = (await world({ stores: w.stores, partitions: 2, seed: 2 })).log;
    const once = { key: 'k', fingerprint: Buffer.from('c'), note: Uint8Array.of(7) };
    const send = (to = w.log) => to.append([batchOf(w.at(0), ['a']), batchOf(w.at(1), ['b', 'c'])], once);
    const answers = [...(await Promise.all([send(), send(other)])), await send()];
    for (const { appended } of answers) expect(appended).toEqual(answers[0]!.appended);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await readAll(w.log, w.at(1))).toEqual(['0=b', '1=c']);
    await w.stores.close();
  });

  test('stores batches of idempotent producers once, whichever process they come to', async () => {
    const w = await world({ stores: await open() });
    const other = (await world({ stores: w.stores, seed: 2 })).log;
    const batch = (sequence: number) => numbered(w.at(0), { sequence }, [`${sequence}`]);
    const send = async (log: Log, sequence: number) => (await log.append([batch(sequence)])).appended[0]!.baseOffset;
    for (let i = 0; i < 50; i++) expect(await send(w.log, i)).toBe(i);
    expect(await send(other, 49)).toBe(49);
    expect(await send(other, 50)).toBe(50);
    await expect(send(w.log, 50)).rejects.toMatchObject({ code: 'producer_moved' });
    expect(await send(w.log, 50)).toBe(50);
    expect(await send(w.log, 51)).toBe(51);
    await w.log.append([batchOf(w.at(0), ['plain'])]);
    await expect(send(w.log, 60)).rejects.toMatchObject({ code: 'sequence_out_of_order' });
    expect(await readAll(w.log, w.at(0))).toHaveLength(53);
    await expectSound(w);
    await w.stores.close();
  });

  test('merges, lets go and collects, and keeps what is to be kept', async () => {
    const settings = { staleObjectMs: HOUR, collectGraceMs: HOUR, mergeAgeMs: HOUR };
    const w = await world({ partitions: 2, settings, stores: await open() });
    for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(i % 2), [`${i}`])]);
    const before = await readAll(w.log, w.at(0));
    const layout = { topicId: w.topicId, partitions: 2, width: 32 };
    for (let i = 0; i < 3; i++) {
      await w.clock.advance(2 * HOUR);
      await w.log.tend([{ layout, retention: undefined, cleaning: undefined }]);
    }
    expect((await w.stores.objects.list('seg/')).length).toBeLessThan(60);
    expect(await readAll((await world({ partitions: 2, stores: w.stores })).log, w.at(0))).toEqual(before);
    await expectSound(w);
    await w.log.deleteLedgers(layout);
    for (let i = 0; i < 2; i++) {
      await w.clock.advance(2 * HOUR);
      await w.log.tend([]);
    }
    expect(await w.stores.objects.list('seg/')).toEqual([]);
    await w.stores.close();
  });
});

describe.each(['ministack', 'dynamodbLocal'] as const)('a commit over a network that fails, %s', (engine) => {
  test.each<NetworkFault>(['answer lost', 'request lost', 'silence', 'late'])(
    'is settled by reading where it meets "%s"',
    async (fault) => {
      const proxy = await faultyProxy(inject(engine));
      const endpoints = { s3: inject('ministack'), dynamodb: proxy.url };
      const bucket = await bucketAt(endpoints.s3);
      const table = await tableAt(inject(engine));
      const stores = await openAwsStores({ bucket, table, endpoints, itemTimeoutMs: 1_500 });
      const log = openLog({ stores, clock: systemClock, random: systemRandom, settings: {} });
      const topicId = ulidText(newUlid(systemClock.nowMs(), systemRandom));
      await log.createLedgers({ topicId, partitions: 1, width: 32 }, WANTED);
      const to = { topicId, width: 32, partition: 0 };
      await log.append([batchOf(to, ['before'])]);
      proxy.fail(fault);
      const { appended } = await log.append([batchOf(to, ['lost?'])]);
      expect(appended[0]).toMatchObject({ baseOffset: 1 });
      await proxy.release();
      await log.append([batchOf(to, ['after'])]);
      const fresh = openLog({ stores, clock: systemClock, random: systemRandom, settings: {} });
      expect(await readAll(fresh, to)).toEqual(['0=before', '1=lost?', '2=after']);
      expect((await fresh.verify([{ topicId, partitions: 1, width: 32 }])).problems).toEqual([]);
      await stores.close();
      await proxy.close();
    },
  );
});
