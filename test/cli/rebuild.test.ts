import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock, systemRandom } from '../../lib/bytes/index.ts';
import { openFolderStores, openPlatform, type Platform } from '../../lib/platform.ts';
import { millrace } from './world.ts';

/** A platform over a data folder whose upkeep merges at once. */
async function openAt(data: string): Promise<Platform> {
  const stores = await openFolderStores(data);
  const log = { mergeAgeMs: -1, staleObjectMs: 1, collectGraceMs: 1 };
  return openPlatform({ stores, clock: systemClock, random: systemRandom, background: false, log });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-rebuild-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Loses the items of a data folder, as a file system does that loses a file. */
function loseItems(data: string): void {
  for (const name of ['items.db', 'items.db-wal', 'items.db-shm']) rmSync(join(data, name), { force: true });
}

test('a data folder that lost its items is rebuilt, verified, and goes on', async () => {
  const data = join(folder(), 'data');
  const before = await openAt(data);
  await before.topics.create('orders', { partitions: 1, config: { 'retention.ms': '-1' } });
  for (let i = 0; i < 60; i++) {
    await before.events.produce('orders', [{ key: null, value: Buffer.from(`small ${i}`), partition: 0 }]);
  }
  const { topicId } = await before.topics.describe('orders');
  await before.log.roll({ topicId, index: 0 });
  await before.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 17 }]);
  await before.tend();
  const large = Buffer.alloc(100_000, 'x');
  await before.events.produce('orders', [{ key: null, value: large, partition: 0 }]);
  await before.close();

  const whole = await millrace(['rebuild', '--data', data]);
  expect(whole.code).toBe(6);
  expect(whole.stderr).toMatch(/^error: The store of items is not empty: it has "topics\/orders"\..*\n$/);

  loseItems(data);
  const { code, stdout, stderr } = await millrace(['rebuild'], { env: { MILLRACE_DATA: data } });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Rebuilt 1 topic with 1 partition from \d+ objects /);
  expect(stdout).toMatch(/^60 offsets are as they were\.$/m);
  expect(stdout).toMatch(/^1 offset was given anew/m);
  expect(await millrace(['verify', '--data', data])).toMatchObject({ code: 0, stderr: '' });

  const after = await openAt(data);
  expect(await after.events.offsets('orders', [0])).toMatchObject([{ logStartOffset: 0, highWatermark: 61 }]);
  expect(await after.groups.committed('billing')).toMatchObject([{ topic: 'orders', partition: 0, offset: 17 }]);
  const maxBytes = 1 << 20;
  const [fetched] = await after.events.fetch([{ topic: 'orders', partition: 0, offset: 60, maxBytes }], { maxBytes });
  expect(Buffer.concat([...fetched!.batches]).includes(large)).toBe(true);
  await after.close();
});

test('a rebuild that lost names says in the end what to do with recovered topics', async () => {
  const data = join(folder(), 'data');
  const stores = await openFolderStores(data);
  const before = openPlatform({ stores, clock: systemClock, random: systemRandom, background: false });
  const { topicId } = await before.topics.create('orders', { partitions: 1 });
  await before.events.produce('orders', [{ key: null, value: Buffer.alloc(100_000, 'x'), partition: 0 }]);
  // As where it was killed: a stop would write a catalog.
  await stores.close();
  loseItems(data);
  const { code, stdout } = await millrace(['rebuild', '--data', data]);
  expect(code).toBe(0);
  expect(stdout).toContain(`topic recovered.${topicId} are lost`);
  expect(stdout).toMatch(/\nNext: verify, .* what recovered topics hold \(docs\/disaster-recovery\.md\)\.\n$/);
});

test('a rebuild says as JSON what came back, and refuses what it cannot do', async () => {
  const root = folder();
  const data = join(root, 'data');
  const before = await openAt(data);
  await before.topics.create('orders', { partitions: 2 });
  await before.tend();
  await before.close();
  loseItems(data);
  const [missing, half, lone] = await Promise.all([
    millrace(['rebuild', '--data', join(root, 'none')]),
    millrace(['rebuild', '--bucket', 'events']),
    millrace(['verify', '--data', data, '--endpoint', 'http://127.0.0.1:1']),
  ]);
  expect(missing.code).toBe(3);
  expect(existsSync(join(root, 'none'))).toBe(false);
  expect(half).toMatchObject({ code: 4, stderr: 'error: --bucket is given without --table: a deployment has both.\n' });
  expect(lone.code).toBe(4);
  const { stdout } = await millrace(['rebuild', '--data', data, '--output', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    stores: data,
    ledgers: 1,
    exact: 0,
    lost: 0,
    topics: [{ name: 'orders', partitions: 2, nameless: false }],
  });
  const empty = join(root, 'empty');
  await (await openAt(empty)).close();
  expect(await millrace(['rebuild', '--data', empty])).toMatchObject({ code: 3 });
});
