import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { openDiskStores, type Write } from '../../lib/store/index.ts';
import { simulatedClock } from '../support/clock.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-items-'));
afterAll(() => rmSync(root, { recursive: true }));

const put = (sk: string, item: Extract<Write, { write: 'put' }>['item'] = {}) =>
  ({ write: 'put', key: { pk: 'p', sk }, item }) as const;

describe('items on disk', () => {
  test('an invalid write among others is refused alone', async () => {
    const stores = await openDiskStores(join(root, 'invalid'));
    const bad: Write = { write: 'update', key: { pk: 'p', sk: 'bad' }, actions: [{ do: 'add', path: ['n'], by: 1 }] };
    const ends = await Promise.allSettled([
      stores.items.write(put('a')),
      stores.items.write(bad),
      stores.items.transact([put('b'), bad]),
      stores.items.write({ ...put('c'), when: { if: 'itemExists' } }),
      stores.items.write(put('d')),
    ]);
    expect(ends.map((end) => (end.status === 'fulfilled' ? end.value.applied : end.reason.code))).toEqual([
      true,
      'store_invalid',
      'store_invalid',
      false,
      true,
    ]);
    expect((await stores.items.query('p')).items.map(({ sk }) => sk)).toEqual(['a', 'd']);
    await stores.close();
  });

  test('a database that is none is damage, and says what puts it together anew', async () => {
    const folder = join(root, 'overwritten');
    await (await openDiskStores(folder)).close();
    for (const file of ['items.db-wal', 'items.db-shm']) rmSync(join(folder, file), { force: true });
    writeFileSync(join(folder, 'items.db'), 'x'.repeat(8_192));
    await expect(openDiskStores(folder)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringMatching(/items\.db failed: file is not a database.*millrace rebuild/),
    });
  });

  test('calls that are under way when the store closes are carried out', async () => {
    const folder = join(root, 'closing');
    const stores = await openDiskStores(folder);
    const writes = Array.from({ length: 50 }, (_, i) => stores.items.write(put(String(i))));
    const object = stores.objects.put('o', [new Uint8Array(100_000)]);
    await stores.close();
    await Promise.all([...writes, object]);
    const again = await openDiskStores(folder);
    expect((await again.items.query('p')).items).toHaveLength(50);
    expect(await again.objects.size('o')).toBe(100_000);
    await again.close();
  });

  test('when the writing thread dies, calls under way are in doubt and later ones refused; nothing acknowledged is lost', async () => {
    const folder = join(root, 'dying');
    const started: Worker[] = [];
    const note = (worker: Worker) => started.push(worker);
    process.on('worker', note);
    const stores = await openDiskStores(folder);
    process.off('worker', note);
    await stores.items.write(put('acknowledged'));
    const pending = Array.from({ length: 20 }, (_, i) => stores.items.write(put(`pending ${i}`)));
    const ends = Promise.allSettled(pending);
    await started[0]!.terminate();
    for (const end of await ends)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'store_unknown' });
    await expect(stores.items.write(put('later'))).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await stores.items.get({ pk: 'p', sk: 'acknowledged' })).toEqual({});
    await stores.close();
    const again = await openDiskStores(folder);
    expect(await again.items.get({ pk: 'p', sk: 'acknowledged' })).toEqual({});
    await again.close();
  });

  test('items past their ttl go in passing, some at a time; others stay', async () => {
    const clock = simulatedClock(1_000_000_000);
    const stores = await openDiskStores(join(root, 'ttl'), { clock });
    const count = async () => (await stores.items.query('p')).items.length;
    const old = Array.from({ length: 100 }, (_, i) =>
      stores.items.write(put(`old ${i}`, { ttl: 1_000_050 + i / 1_000 })),
    );
    await Promise.all([
      ...old,
      stores.items.write(put('young', { ttl: 1_000_999 })),
      stores.items.write(put('text', { ttl: 'never' })),
    ]);
    expect(await count()).toBe(102);
    await clock.advance(60_000);
    await stores.items.write(put('x'));
    expect(await count()).toBe(103 - 64);
    await stores.items.write(put('x')); // more are due, so it does not wait for its time
    expect((await stores.items.query('p')).items.map(({ sk }) => sk)).toEqual(['text', 'x', 'young']);
    await stores.close();
  });

  test('items past their ttl go as fast as others come', async () => {
    const clock = simulatedClock(1_000_000_000);
    const stores = await openDiskStores(join(root, 'ttl-load'), { clock });
    const perRound = 500;
    for (let round = 0; round < 10; round++) {
      const ttl = clock.nowMs() / 1_000 + 20;
      await Promise.all(Array.from({ length: perRound }, (_, i) => stores.items.write(put(`${round} ${i}`, { ttl }))));
      await clock.advance(10_000);
    }
    let left = 0;
    for (let after: string | undefined; ; ) {
      const found = await stores.items.query('p', after === undefined ? {} : { after });
      left += found.items.length;
      if (found.next === undefined) break;
      after = found.next;
    }
    expect(left).toBeLessThan(5 * perRound);
    await stores.close();
  });

  test('a damaged item database is told as store_corrupt', async () => {
    const folder = join(root, 'damaged');
    await (await openDiskStores(folder)).close();
    const database = new DatabaseSync(join(folder, 'items.db'));
    database.exec("INSERT INTO items (pk, sk, item) VALUES ('p', 'bad', x'00')");
    database.close();
    const stores = await openDiskStores(folder);
    await expect(stores.items.get({ pk: 'p', sk: 'bad' })).rejects.toMatchObject({ code: 'store_corrupt' });
    await expect(stores.items.write(put('bad'))).rejects.toMatchObject({ code: 'store_corrupt' });
    await stores.items.write(put('good'));
    await stores.close();
  });
});
