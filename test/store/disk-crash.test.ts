import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openDiskStores, type Stores } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { objectParts } from './disk-content.ts';

const WRITER = fileURLToPath(new URL('./disk-writer.ts', import.meta.url));
const FULL_WRITER = fileURLToPath(new URL('./disk-full-writer.ts', import.meta.url));
const STORE = new URL('../../lib/store/index.ts', import.meta.url).href;
const ROUNDS = 6;
const RUN_MS_MAX = 400;
const OPEN_MS_MAX = 10_000;

const root = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});
afterAll(() => rmSync(root, { recursive: true }));

interface Writer {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
  errors: string;
}

/** Starts a script, in a shell that limits the size of files that it writes where `limitKiB` is given. */
function startWriter(args: readonly string[], limitKiB?: number): Writer {
  const command = limitKiB === undefined ? 'exec "$@"' : `ulimit -S -f ${limitKiB * 2}; exec "$@"`;
  const child = spawn('sh', ['-c', command, 'sh', process.execPath, ...args]);
  children.add(child);
  let text = '';
  const writer: Writer = {
    child,
    lines: [],
    errors: '',
    ready: new Promise((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = (text + chunk.toString()).split('\n');
        text = lines.pop()!;
        writer.lines.push(...lines);
        if (writer.lines.length > 0) resolve();
      });
      child.on('close', () => reject(new Error(`The writer ended before it was ready: ${writer.errors}`)));
    }),
    ended: new Promise((resolve) => {
      child.on('close', (code) => {
        children.delete(child);
        resolve(code);
      });
    }),
  };
  child.stderr.on('data', (chunk: Buffer) => {
    writer.errors += chunk.toString();
  });
  return writer;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything acknowledged is there; what is there is whole, and counted once. */
async function check(stores: Stores, acknowledged: { items: Set<number>; objects: Set<number> }): Promise<void> {
  const there = new Set<number>();
  for (let after: string | undefined; ; ) {
    const page = await stores.items.query('items', after === undefined ? {} : { after });
    for (const { item } of page.items) there.add(item.serial as number);
    after = page.next;
    if (after === undefined) break;
  }
  expect([...acknowledged.items].filter((serial) => !there.has(serial))).toEqual([]);
  expect((await stores.items.get({ pk: 'count', sk: 'count' }))?.n ?? 0).toBe(there.size);

  const found = new Set<number>();
  for (let after = ''; ; ) {
    const page = await stores.objects.list('made/', { after });
    for (const { key } of page) {
      const serial = Number(key.split('/')[2]);
      const whole = Buffer.concat(objectParts(serial));
      expect(Buffer.from(await stores.objects.get(key)).equals(whole), `${key} is whole`).toBe(true);
      found.add(serial);
    }
    if (page.length === 0) break;
    after = page.at(-1)!.key;
  }
  expect([...acknowledged.objects].filter((serial) => !found.has(serial))).toEqual([]);
}

function note(lines: readonly string[], acknowledged: { items: Set<number>; objects: Set<number> }): void {
  for (const line of lines) {
    const [kind, serial] = line.split(' ');
    if (kind === 'item') acknowledged.items.add(Number(serial));
    if (kind === 'object') acknowledged.objects.add(Number(serial));
  }
}

describe('a data folder', () => {
  test(`loses nothing acknowledged and shows nothing half done when its process is killed, ${ROUNDS} times over`, async () => {
    const folder = join(root, 'killed');
    const random = seededRandom(11);
    const acknowledged = { items: new Set<number>(), objects: new Set<number>() };
    for (let round = 0; round < ROUNDS; round++) {
      const writer = startWriter([WRITER, folder, String(round * 1_000_000)]);
      await writer.ready;
      await wait(random.next() * RUN_MS_MAX);
      writer.child.kill('SIGKILL');
      await writer.ended;
      note(writer.lines, acknowledged);
      const stores = await openDiskStores(folder);
      await check(stores, acknowledged);
      expect(readdirSync(join(folder, 'temporary'))).toEqual([]);
      await stores.close();
    }
    expect(acknowledged.items.size).toBeGreaterThan(ROUNDS);
    expect(acknowledged.objects.size).toBeGreaterThan(ROUNDS);
  });

  test('is refused to a second process with the pid of the first, and free when that is killed', async () => {
    const folder = join(root, 'locked');
    const writer = startWriter([WRITER, folder, '0']);
    await writer.ready;
    await expect(openDiskStores(folder)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'store_locked',
      message: expect.stringContaining(`pid ${writer.child.pid}`),
    });
    writer.child.kill('SIGKILL');
    await writer.ended;
    await (await openDiskStores(folder)).close();
  });

  test('is refused to a second opening in the same process', async () => {
    const folder = join(root, 'twice');
    const stores = await openDiskStores(folder);
    await expect(openDiskStores(folder)).rejects.toMatchObject({
      code: 'store_locked',
      message: expect.stringContaining(`${process.pid}`),
    });
    await stores.close();
    await (await openDiskStores(folder)).close();
  });

  test('is its owner’s alone', async () => {
    const folder = join(root, 'new', 'below');
    await (await openDiskStores(folder)).close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('is refused where no folders can be made, rather than tried for ever', async () => {
    // In a process that can be killed: one that tries for ever does so within one call.
    const openAt = (folder: string) => `
      const { openDiskStores } = await import(${JSON.stringify(STORE)});
      await openDiskStores(${JSON.stringify(folder)}).catch(({ code, message }) => console.log(code, message));`;
    for (const folder of ['/proc/millrace', '/proc/millrace/data']) {
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', openAt(folder)], {
        encoding: 'utf8',
        timeout: OPEN_MS_MAX,
        killSignal: 'SIGKILL',
      });
      expect(run.signal, 'It was still trying.').toBeNull();
      expect(run.stdout).toMatch(
        /^store_unavailable Cannot make the folder \/proc\/millrace: \/proc takes no new folders/,
      );
    }
  });

  test('that is a file is refused', async () => {
    const file = join(root, 'notes.txt');
    writeFileSync(file, 'notes');
    await expect(openDiskStores(file)).rejects.toMatchObject({
      code: 'store_invalid',
      message: expect.stringContaining('is a file'),
    });
    for (const below of [join(file, 'sub'), join(file, 'sub', 'deeper')]) {
      await expect(openDiskStores(below)).rejects.toMatchObject({
        code: 'store_invalid',
        message: `${file} is a file, and no folder. Use another one.`,
      });
    }
    expect(readFileSync(file, 'utf8')).toBe('notes');
  });

  test('of a newer format, or of something else, is refused and left alone', async () => {
    const newer = join(root, 'newer');
    await (await openDiskStores(newer)).close();
    writeFileSync(join(newer, 'format'), 'millrace data, format 7\n');
    await expect(openDiskStores(newer)).rejects.toMatchObject({
      code: 'store_invalid',
      message: expect.stringContaining('format 7'),
    });
    writeFileSync(join(newer, 'format'), 'nonsense');
    await expect(openDiskStores(newer)).rejects.toMatchObject({ code: 'store_corrupt' });

    const other = mkdtempSync(join(root, 'other-'));
    writeFileSync(join(other, 'diary.txt'), 'Dear diary');
    await expect(openDiskStores(other)).rejects.toMatchObject({
      code: 'store_invalid',
      message: expect.stringContaining('diary.txt'),
    });
    expect(readdirSync(other)).toEqual(['diary.txt']);
  });

  test('that runs out of room refuses with store_full, loses nothing acknowledged, and goes on once there is room', async () => {
    const folder = join(root, 'full');
    // A limit on the size of files stands for a full disk: the database's log and the large object run into it.
    const writer = startWriter([FULL_WRITER, folder], 256);
    while (!writer.lines.includes('waiting')) {
      await Promise.race([wait(20), writer.ended.then(() => Promise.reject(new Error(writer.errors)))]);
    }
    expect(writer.lines).toContain('full items');
    expect(writer.lines).toContain('full object');
    const before = writer.lines.length;
    expect(before).toBeGreaterThan(10);
    execFileSync('prlimit', ['--pid', String(writer.child.pid), '--fsize=unlimited']);
    writer.child.stdin!.write('room\n');
    expect(await writer.ended, writer.errors).toBe(0);
    expect(writer.lines.at(-1)).toBe('closed');

    const acknowledged = { items: new Set<number>(), objects: new Set<number>() };
    note(writer.lines, acknowledged);
    const stores = await openDiskStores(folder);
    await check(stores, acknowledged);
    await stores.close();
  });
});
