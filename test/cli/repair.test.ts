import { mkdtempSync, rmSync } from 'node:fs';
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
