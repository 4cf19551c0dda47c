import { describe, expect, inject, test } from 'vitest';
import { newUlid, systemClock, systemRandom, ulidText } from '../../lib/bytes/index.ts';
import { openBucketStores, openPlatform, type Platform } from '../../lib/platform.ts';
import { checkBatches, readRecords } from '../../lib/record/index.ts';
import { millrace } from '../cli/world.ts';
import { bucketAt, tableAt } from './stores.ts';

/** Nothing waits in this test: what is old enough after an hour is old enough at once. */
const HASTY = { mergeAgeMs: -1, staleObjectMs: 1, collectGraceMs: 1 };

async function openAt(bucket: string, table: string): Promise<Platform> {
  const stores = await openBucketStores({ bucket, table, endpoint: inject('ministack') });
  return openPlatform({ stores, background: false, log: HASTY });
}

async function valuesOf({ events }: Platform, topic: string, partition: number): Promise<string[]> {
  const values: string[] = [];
  for (let offset = 0; ; ) {
    const maxBytes = 1 << 20;
    const [fetched] = await events.fetch([{ topic, partition, offset, maxBytes }], { maxBytes });
    if (fetched!.error) throw fetched!.error;
    for (const bytes of fetched!.batches) {
      for (const { position } of checkBatches(bytes, { sparse: true })) {
        for (const record of readRecords(bytes, { at: position })) {
          values.push(`${record.offset}=${Buffer.from(record.value!).toString().trim()}`);
        }
      }
    }
    if (fetched!.nextOffset === offset) return values;
    offset = fetched!.nextOffset;
  }
}

describe('a deployment whose table is gone', () => {
  test('is rebuilt from its bucket into a new table by the command, and verified', async () => {
    const endpoint = inject('ministack');
    const [bucket, table, newTable] = [await bucketAt(endpoint), await tableAt(endpoint), await tableAt(endpoint)];
    const before = await openAt(bucket, table);
    const name = `orders-${ulidText(newUlid(systemClock.nowMs(), systemRandom))}`;
    const { topicId } = await before.topics.create(name, { partitions: 2, config: { 'retention.ms': '-1' } });
    const produce = (text: string, partition: number, bytes = 0) =>
      before.events.produce(name, [{ key: null, value: Buffer.from(text.padEnd(bytes)), partition }]);
    for (let i = 0; i < 50; i++) await produce(`merged ${i}`, i % 2);
    await before.log.roll({ topicId, index: 0 });
    await before.groups.commit('billing', [{ topic: name, partition: 1, offset: 12 }]);
    for (let i = 0; i < 2; i++) await before.tend();
    await produce('after the catalog', 0, 20_000);
    const expected = await Promise.all([0, 1].map((partition) => valuesOf(before, name, partition)));
    await before.close();

    const env = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };
    const where = ['--bucket', bucket, '--table', newTable, '--endpoint', endpoint];
    const rebuilt = await millrace(['rebuild', ...where, '--output', 'json'], { env });
    expect(rebuilt.stderr).toBe('');
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ exact: 50, reassigned: 1, lost: 0, unreadable: [] });
    const verified = await millrace(['verify', ...where], { env });
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    expect(verified.stdout).toMatch(/^51 events in /);

    const after = await openAt(bucket, newTable);
    for (const partition of [0, 1]) expect(await valuesOf(after, name, partition)).toEqual(expected[partition]);
    expect(await after.groups.committed('billing')).toMatchObject([{ topic: name, partition: 1, offset: 12 }]);
    await after.close();
    expect((await millrace(['rebuild', ...where], { env })).code).toBe(6);
  });
});
