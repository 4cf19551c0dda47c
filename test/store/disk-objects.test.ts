import { fstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Gate } from '../../lib/store/disk/gate.ts';
import { OpenFiles } from '../../lib/store/disk/open-files.ts';
import { VOLUME_OBJECT_BYTES_MAX } from '../../lib/store/disk/volumes/writer.ts';
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

  test('are found by people, too: blocks of a volume, or a whole file', async () => {
    const folder = join(root, 'places');
    const stores = await openDiskStores(folder);
    await stores.objects.put('small', [Buffer.from('small one')]);
    await stores.objects.put('large', [new Uint8Array(VOLUME_OBJECT_BYTES_MAX)]);
    const { path, from, to } = stores.placeOf!('small')!;
    expect(readFileSync(path).subarray(from, to).includes('small one')).toBe(true);
    const large = stores.placeOf!('large')!;
    expect(readFileSync(large.path).length).toBe(VOLUME_OBJECT_BYTES_MAX);
    expect(large).toMatchObject({ from: 0, to: VOLUME_OBJECT_BYTES_MAX });
    expect(stores.placeOf!('none')).toBeUndefined();
    await stores.close();
  });

  test('are read by more readers at once than files may be open', async () => {
    const stores = await openDiskStores(join(root, 'many'));
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    await Promise.all(numbers.map((i) => stores.objects.put(`m/${i}`, [new Uint8Array([i & 255, i >> 8])])));
    const read = await Promise.all([...numbers, ...numbers].map((i) => stores.objects.get(`m/${i}`)));
    expect(read.map(([low, high]) => low! + 256 * high!)).toEqual([...numbers, ...numbers]);
    await stores.close();
  });

  test.each([
    ['in a volume', 'volumes', 1],
    ['as a file', 'temporary', VOLUME_OBJECT_BYTES_MAX],
  ])('a put %s that cannot be written leaves nothing behind and says so', async (_, part, sizeBytes) => {
    const folder = join(root, `failing ${part}`);
    const stores = await openDiskStores(folder);
    rmSync(join(folder, part), { recursive: true });
    const put = () => stores.objects.put('x', [new Uint8Array(sizeBytes)]);
    await expect(put()).rejects.toMatchObject({ code: 'store_unavailable' });
    mkdirSync(join(folder, part));
    expect(await stores.objects.size('x')).toBeUndefined();
    await put();
    expect(await stores.objects.size('x')).toBe(sizeBytes);
    await stores.close();
  });

  test('a key is taken whether its object is a file or lies in a volume', async () => {
    const stores = await openDiskStores(join(root, 'both'));
    const sizes = { small: 1, large: VOLUME_OBJECT_BYTES_MAX };
    for (const [key, sizeBytes] of Object.entries(sizes)) await stores.objects.put(key, [new Uint8Array(sizeBytes)]);
    for (const key of Object.keys(sizes)) {
      for (const sizeBytes of Object.values(sizes)) {
        const put = stores.objects.put(key, [new Uint8Array(sizeBytes)]);
        await expect(put).rejects.toMatchObject({ code: 'object_exists' });
      }
    }
    expect(await stores.objects.list('')).toEqual([
      { key: 'large', sizeBytes: VOLUME_OBJECT_BYTES_MAX },
      { key: 'small', sizeBytes: 1 },
    ]);
    await stores.objects.delete(['small', 'large']);
    expect(await stores.objects.list('')).toEqual([]);
    await stores.close();
  });

  test('a folder of the first format opens, and an older Millrace is kept from it afterwards', async () => {
    const folder = join(root, 'first');
    await (await openDiskStores(folder)).close();
    writeFileSync(join(folder, 'format'), 'millrace data, format 1\n');
    rmSync(join(folder, 'volumes'), { recursive: true });
    mkdirSync(join(folder, 'objects', 'a'));
    writeFileSync(join(folder, 'objects', 'a', 'b+'), 'old');
    const stores = await openDiskStores(folder);
    expect(Buffer.from(await stores.objects.get('a/b')).toString()).toBe('old');
    await expect(stores.objects.put('a/b', [new Uint8Array(1)])).rejects.toMatchObject({ code: 'object_exists' });
    await stores.close();
    expect(readFileSync(join(folder, 'format'), 'utf8')).toBe('millrace data, format 2\n');
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
