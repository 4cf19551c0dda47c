import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openFolderStores, openPlatform } from '../../lib/platform.ts';
import { damageObject } from '../support/damage.ts';
import { millrace } from './world.ts';

test('a page that a data folder has lost is found, named, and put back by verify --repair', async () => {
  const data = mkdtempSync(join(tmpdir(), 'millrace-repair-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const platform = openPlatform({ stores: await openFolderStores(data), background: false });
  await platform.topics.create('orders', { partitions: 1 });
  for (let i = 0; i < 120; i++) {
    await platform.events.produce('orders', [{ key: null, value: Buffer.from(`event ${i}`), partition: 0 }]);
  }
  const { topicId } = await platform.topics.describe('orders');
  await platform.items.write({
    write: 'delete',
    key: { pk: `ledger/${topicId}/0`, sk: 'page/000000000001' },
  });
  await platform.close();

  const found = await millrace(['verify', '--data', data]);
  expect(found.code).toBe(2);
  expect(found.stdout).toContain(`page_missing ${topicId}/0 (topic "orders"): Pages 1 to 1 are missing.\n`);
  expect(found.stdout).toMatch(/^Stop what writes, then run verify with --repair/m);

  const repaired = await millrace(['verify', '--repair', '--data', data]);
  expect([repaired.code, repaired.stderr]).toEqual([0, '']);
  expect(repaired.stdout).toMatch(/^repaired .*: Page 1 of \d+ was put back: /);
  expect(repaired.stdout).toContain('120 events in 120 batches');
  const again = await millrace(['verify', '--data', data, '--output', 'json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, problems: [] });
});

test('an event that has changed is named with its topic; a repair says that it repaired nothing, and what is to be done', async () => {
  const data = mkdtempSync(join(tmpdir(), 'millrace-damage-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const stores = await openFolderStores(data);
  const platform = openPlatform({ stores, background: false });
  await platform.topics.create('orders', { partitions: 1 });
  await platform.events.produce('orders', [{ key: null, value: Buffer.from('to be damaged'), partition: 0 }]);
  await damageObject(stores.objects, 'to be damaged');
  await platform.close();

  const { code, stdout } = await millrace(['verify', '--repair', '--data', data]);
  expect(code).toBe(2);
  expect(stdout).toMatch(/^object_damaged \w+\/0 \(topic "orders"\): /m);
  expect(stdout).toMatch(/^Repaired nothing: /m);
  expect(stdout).toMatch(/^Bring the object back: .*"Past what is lost" in docs\/disaster-recovery\.md/m);
  const json = await millrace(['verify', '--data', data, '--output', 'json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, problems: [{ code: 'object_damaged', topic: 'orders' }] });
});

test('an object that has changed in its volume is named with file and bytes, by which dd puts it back from a backup', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-put-back-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [data, backup] = [join(folder, 'data'), join(folder, 'backup')];
  const platform = openPlatform({ stores: await openFolderStores(data), background: false });
  await platform.topics.create('orders', { partitions: 1 });
  const produce = (text: string) =>
    platform.events.produce('orders', [{ key: null, value: Buffer.from(text), partition: 0 }]);
  for (const text of ['first', `to be damaged${'.'.repeat(10_000)}`]) await produce(text);
  cpSync(join(data, 'volumes'), join(backup, 'volumes'), { recursive: true });
  // What is younger than the backup stays.
  await produce('last');
  await platform.close();
  const [volume] = readdirSync(join(data, 'volumes')).filter((name) => {
    return readFileSync(join(data, 'volumes', name)).includes('to be damaged');
  });
  const path = join(data, 'volumes', volume!);
  const bytes = readFileSync(path);
  const at = bytes.indexOf('to be damaged');
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);

  const { code, stdout } = await millrace(['verify', '--data', data]);
  expect(code).toBe(2);
  expect(stdout).toMatch(/^Bring the object back: .*"A single object" in docs\/disaster-recovery\.md/m);
  const [, file, from, to, how] = /^ {2}It lies in (\S+), bytes (\d+) to (\d+) \(dd (.*)\)\.$/m.exec(stdout)!;
  expect(file).toBe(path);
  expect([at >= Number(from), at <= Number(to)]).toEqual([true, true]);
  const json = await millrace(['verify', '--data', data, '--output', 'json']);
  const place = { path, from: Number(from), to: Number(to) + 1 };
  expect(JSON.parse(json.stdout).problems).toMatchObject([{ code: 'object_damaged', place }]);

  const copy = [`if=${join(backup, 'volumes', volume!)}`, `of=${path}`, 'conv=notrunc', ...how!.split(' ')];
  expect(spawnSync('dd', copy).status).toBe(0);
  const again = await millrace(['verify', '--data', data]);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('3 events in 3 batches') });
});
