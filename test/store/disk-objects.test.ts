import { fstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Gate } from '../../lib/store/disk/gate.ts';
import { OpenFiles } from '../../lib/store/disk/open-files.ts';
import { openDiskStores } from '../../lib/store/index.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-objects-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('objects on disk', () => {
  test('are there after reopening, and unfinished ones are cleared away', async () => {
    const folder = join(root, 'reopened');
    const stores = await openDiskStores(folder);
    await stores.objects.put('a/b', [new Uint8Array([1, 2, 3])]);
    await stores.close();
    expect(readdirSync(join(folder, 'temporary'))).toEqual([]);
    writeFileSync(join(folder, 'temporary', '17'), 'half an obj');
    const again = await openDiskStores(folder);
    expect(readdirSync(join(folder, 'temporary'))).toEqual([]);
    expect(await again.objects.list('')).toEqual([{ key: 'a/b', sizeBytes: 3 }]);
    expect(await again.objects.get('a/b', 1)).toEqual(new Uint8Array([2, 3]));
    await again.close();
  });

  test('are read by more readers at once than files may be open', async () => {
    const stores = await openDiskStores(join(root, 'many'));
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    await Promise.all(numbers.map((i) => stores.objects.put(`m/${i}`, [new Uint8Array([i & 255, i >> 8])])));
    const read = await Promise.all([...numbers, ...numbers].map((i) => stores.objects.get(`m/${i}`)));
    expect(read.map(([low, high]) => low! + 256 * high!)).toEqual([...numbers, ...numbers]);
    await stores.close();
  });

  test('a put that cannot be written leaves nothing behind and says so', async () => {
    const folder = join(root, 'failing');
    const stores = await openDiskStores(folder);
    rmSync(join(folder, 'temporary'), { recursive: true });
    await expect(stores.objects.put('x', [new Uint8Array(1)])).rejects.toMatchObject({ code: 'store_unavailable' });
    mkdirSync(join(folder, 'temporary'));
    expect(await stores.objects.size('x')).toBeUndefined();
    await stores.objects.put('x', [new Uint8Array(1)]);
    await stores.close();
  });
});

test('at most the given number of files stay open, and none that is in use is closed', async () => {
  const files = new OpenFiles(4);
  const paths = Array.from({ length: 20 }, (_, i) => join(root, `file ${i}`));
  for (const path of paths) writeFileSync(path, path);
  const isOpen = (fd: number) => {
    try {
      return fstatSync(fd).isFile();
    } catch {
      return false; // EBADF is the answer
    }
  };
  const fds = await Promise.all(
    paths.map((path) =>
      files.use(path, async ({ fd, sizeBytes }) => {
        await new Promise((resolve) => setImmediate(resolve));
        expect(sizeBytes).toBe(path.length);
        expect(isOpen(fd)).toBe(true);
        return fd;
      }),
    ),
  );
  expect(fds.filter(isOpen).length).toBeLessThanOrEqual(4);
  await files.close();
  expect(fds.filter(isOpen)).toEqual([]);
  await expect(files.use(join(root, 'none'), async () => 1)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a gate lets tasks through in order, so many at once, also after one that failed', async () => {
  const gate = new Gate(2);
  const began: number[] = [];
  let running = 0;
  let most = 0;
  const ends = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) =>
      gate.pass(async () => {
        began.push(i);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        if (i === 3) throw new Error('three');
      }),
    ),
  );
  expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBe(2);
  expect(ends.filter((end) => end.status === 'rejected')).toHaveLength(1);
});
