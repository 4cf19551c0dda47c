import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import type { Random } from '../../lib/bytes/index.ts';
// Damage is made and looked for in bytes alone, in thousands of ways; the store itself opens only some.
import { findWalDamage, walBytes } from '../../lib/store/disk/wal.ts';
import { openDiskStores } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';

const PAGE_BYTES = 4_096;
/** Of logs that are looked at once for each of their bytes. */
const SMALL_PAGE_BYTES = 512;
const SECTOR_BYTES = 512;
const COMMITS = 12;
const CRASHES = 300;
const WAL_HEADER_BYTES = 32;

const root = mkdtempSync(join(tmpdir(), 'millrace-wal-'));
afterAll(() => rmSync(root, { recursive: true }));

const damageOf = (bytes: Buffer) => findWalDamage(walBytes(bytes));
const framesOf = (wal: Buffer, page = PAGE_BYTES) => Math.floor((wal.length - 32) / (24 + page));
const frameStart = (n: number, page = PAGE_BYTES) => 32 + (n - 1) * (24 + page);
const isCommit = (wal: Buffer, n: number, page = PAGE_BYTES) => wal.readUInt32BE(frameStart(n, page) + 4) !== 0;

function flipped(bytes: Buffer, at: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1 << bit;
  return copy;
}

/** The folder of a store that was killed after so many commits, each acknowledged. */
async function killed(name: string): Promise<{ folder: string; wal: Buffer; path: string }> {
  const [alive, folder] = [join(root, `${name}-alive`), join(root, name)];
  const stores = await openDiskStores(alive);
  for (let n = 0; n < COMMITS; n++) {
    await stores.items.write({ write: 'put', key: { pk: 'p', sk: String(n).padStart(3, '0') }, item: { n } });
  }
  mkdirSync(folder);
  for (const file of ['format', 'items.db', 'items.db-wal']) copyFileSync(join(alive, file), join(folder, file));
  await stores.close();
  const path = join(folder, 'items.db-wal');
  return { folder, path, wal: readFileSync(path) };
}

/** What the log was after each commit, among them those after it was begun anew, as a power cut may leave parts of it. */
function history(name: string): { database: Buffer; wals: { bytes: Buffer; rows: number }[] } {
  const path = join(root, `${name}.db`);
  const database = new DatabaseSync(path);
  database.exec(
    `PRAGMA page_size = ${SMALL_PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0`,
  );
  database.exec('CREATE TABLE rows (n INTEGER PRIMARY KEY, bytes BLOB)');
  for (let n = 0; n < 20; n++) database.prepare('INSERT INTO rows VALUES (?, ?)').run(-n - 1, Buffer.alloc(250, n));
  database.exec('PRAGMA wal_checkpoint(RESTART)');
  const wals = [{ bytes: readFileSync(`${path}-wal`), rows: 0 }];
  const before = readFileSync(path);
  for (let n = 1; n <= 8; n++) {
    database.exec('BEGIN');
    // Several pages each: a transaction may then be torn in its midst.
    for (let part = 0; part < (n % 4) + 1; part++) {
      database.prepare('INSERT INTO rows VALUES (?, ?)').run(n * 10 + part, Buffer.alloc(350, n));
    }
    database.exec('COMMIT');
    const rows = wals.at(-1)!.rows + (n % 4) + 1;
    wals.push({ bytes: readFileSync(`${path}-wal`), rows });
  }
  database.close();
  return { database: before, wals };
}

function rowsOf(name: string, database: Buffer, wal: Buffer): number {
  const path = join(root, `${name}.db`);
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  writeFileSync(path, database);
  writeFileSync(`${path}-wal`, wal);
  const opened = new DatabaseSync(path);
  const { rows } = opened.prepare('SELECT count(*) AS rows FROM rows WHERE n > 0').get() as { rows: number };
  opened.close();
  return rows;
}

interface Disk {
  readonly database: Buffer;
  readonly wal: Buffer;
}

/** What a power cut leaves of a log's last transaction: any of its sectors, in order or not; the header is synced before. */
function torn(before: Buffer, after: Buffer, random: Random): Buffer {
  // A sector that did not arrive has what was there before, or nothing where the file has grown.
  const left = Buffer.alloc(Math.max(before.length, after.length));
  before.copy(left);
  after.copy(left, 0, 0, WAL_HEADER_BYTES);
  const share = random.next();
  const inOrder = random.next() < 0.3;
  for (let at = 0; at < after.length; at += SECTOR_BYTES) {
    const arrived = inOrder ? at < share * after.length : random.next() < share;
    if (arrived) after.copy(left, at, at, at + SECTOR_BYTES);
  }
  return left;
}

/** What is there after a transaction whose sync failed, and one more: it is written over from its first frame. */
function failed(disk: Disk, remains: Buffer, step: number, random: Random): Buffer {
  const { wal } = afterTransaction('failed-copy', disk, step + 0.5, random, false);
  if (!wal.subarray(0, WAL_HEADER_BYTES).equals(remains.subarray(0, WAL_HEADER_BYTES))) return wal;
  const left = Buffer.concat([remains, wal.subarray(remains.length)]);
  for (let n = 1; n <= framesOf(wal, SMALL_PAGE_BYTES); n++) {
    const [start, end] = [frameStart(n, SMALL_PAGE_BYTES), frameStart(n + 1, SMALL_PAGE_BYTES)];
    if (!wal.subarray(start, end).equals(disk.wal.subarray(start, end))) wal.copy(left, start, start, end);
  }
  return left;
}

/** Opens what is on the disk, as a process does that comes back, and commits once; at times the log begins anew before. */
function afterTransaction(name: string, disk: Disk, step: number, random: Random, mayBeginAnew = true): Disk {
  const path = join(root, `${name}.db`);
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  writeFileSync(path, disk.database);
  writeFileSync(`${path}-wal`, disk.wal);
  const opened = new DatabaseSync(path);
  opened.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  if (mayBeginAnew && random.next() < 0.25) opened.exec('PRAGMA wal_checkpoint(RESTART)');
  opened.exec('BEGIN');
  for (let row = Math.floor(random.next() * 6); row >= 0; row--) {
    const bytes = Buffer.alloc(350, Math.floor(step * 2));
    opened.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?)').run(-Math.floor(random.next() * 20), bytes);
  }
  opened.exec('COMMIT');
  const after = { database: readFileSync(path), wal: readFileSync(`${path}-wal`) };
  opened.close();
  return after;
}

/** Whether commits with the log's own salts lie behind the first frame that SQLite would not take. */
function remainsBehind({ database, wal }: Disk): boolean {
  const path = join(root, 'remains.db');
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  writeFileSync(`${path}-wal`, wal);
  writeFileSync(path, database);
  const opened = new DatabaseSync(path);
  const { log } = opened.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as { log: number };
  opened.close();
  const salts = wal.toString('hex', 16, 24);
  for (let n = log + 2; n <= framesOf(wal, SMALL_PAGE_BYTES); n++) {
    const at = frameStart(n, SMALL_PAGE_BYTES);
    if (wal.toString('hex', at + 8, at + 16) === salts && isCommit(wal, n, SMALL_PAGE_BYTES)) return true;
  }
  return false;
}

describe('the log of items', () => {
  test('is empty after a clean stop', async () => {
    const folder = join(root, 'stopped');
    const stores = await openDiskStores(folder);
    await stores.items.write({ write: 'put', key: { pk: 'p', sk: 's' }, item: {} });
    await stores.close();
    const log = join(folder, 'items.db-wal');
    expect(existsSync(log) ? readFileSync(log).length : 0).toBe(0);
    const again = await openDiskStores(folder);
    expect(await again.items.get({ pk: 'p', sk: 's' })).toEqual({});
    await again.close();
  });

  test('that was killed is sound, and whichever bit of it changes before the last commit is found', async () => {
    const { wal } = await killed('bits');
    expect(damageOf(wal)).toBeUndefined();
    const random = seededRandom(5);
    const commits = Array.from({ length: framesOf(wal) }, (_, i) => i + 1).filter((n) => isCommit(wal, n));
    expect(commits.length).toBeGreaterThanOrEqual(COMMITS);
    const last = commits.at(-2)!;
    const missed: string[] = [];
    for (let at = 0; at < 32; at++) {
      for (let bit = 0; bit < 8; bit++)
        if (damageOf(flipped(wal, at, bit))?.frame !== 0) missed.push(`header ${at}.${bit}`);
    }
    for (let n = 1; n <= last; n++) {
      const places = Array.from({ length: 24 }, (_, i) => i);
      for (let i = 0; i < 20; i++) places.push(24 + Math.floor(random.next() * PAGE_BYTES));
      for (const place of places) {
        // One bit may take the mark of the only commit that is followed by one: then nothing tells.
        if (n === last && place === 7) continue;
        const at = frameStart(n) + place;
        if (damageOf(flipped(wal, at, Math.floor(random.next() * 8)))?.frame !== n)
          missed.push(`frame ${n} at ${place}`);
      }
    }
    expect(missed).toEqual([]);
    const behind = commits.filter((n) => n >= 3).length;
    expect(damageOf(flipped(wal, frameStart(3) + 100))).toEqual({ frame: 3, atBytes: frameStart(3), commits: behind });
  });

  test('with sectors that were lost in its midst is damaged', async () => {
    const { wal } = await killed('sectors');
    const last = frameStart(framesOf(wal) - 4);
    const missed: number[] = [];
    for (let at = 0; at < last; at += SECTOR_BYTES) {
      const holed = Buffer.from(wal).fill(0, at, at + PAGE_BYTES);
      if (!damageOf(holed)) missed.push(at);
    }
    expect(missed).toEqual([]);
  });

  test('that is cut at any byte is no damage, and has what the last whole commit left', () => {
    const { database, wals } = history('cut');
    const whole = wals.at(-1)!.bytes;
    const alarms: number[] = [];
    for (let at = 0; at <= whole.length; at++) if (damageOf(whole.subarray(0, at))) alarms.push(at);
    expect(alarms).toEqual([]);

    // The log's first frames are those since it was begun anew; a commit's rows are there from its last frame on.
    const salt = whole.toString('hex', 16, 24);
    const wanted: number[] = [0];
    let commits = 0;
    for (let n = 1; n <= framesOf(whole, SMALL_PAGE_BYTES); n++) {
      const ours =
        whole.toString('hex', frameStart(n, SMALL_PAGE_BYTES) + 8, frameStart(n, SMALL_PAGE_BYTES) + 16) === salt;
      if (ours && isCommit(whole, n, SMALL_PAGE_BYTES)) commits++;
      wanted.push(wals[commits]!.rows);
    }
    expect(commits).toBe(wals.length - 1);
    for (let n = 1; n <= framesOf(whole, SMALL_PAGE_BYTES); n++) {
      for (const at of [
        frameStart(n, SMALL_PAGE_BYTES),
        frameStart(n, SMALL_PAGE_BYTES) + 17,
        frameStart(n + 1, SMALL_PAGE_BYTES) - 1,
      ]) {
        expect(rowsOf('cut-copy', database, whole.subarray(0, at))).toBe(wanted[n - 1]);
      }
    }
  });

  test('whose last transaction reached the disk in any part, in any order, is no damage', () => {
    const { database, wals } = history('torn');
    const random = seededRandom(7);
    const alarms: string[] = [];
    for (let n = 1; n < wals.length; n++) {
      const [before, after] = [wals[n - 1]!, wals[n]!];
      for (let round = 0; round < 300; round++) {
        const cut = torn(before.bytes, after.bytes, random);
        if (damageOf(cut)) alarms.push(`commit ${n}, round ${round}`);
        if (round % 50 === 0) expect([before.rows, after.rows]).toContain(rowsOf('torn-copy', database, cut));
      }
    }
    expect(alarms).toEqual([]);
  });

  test('that went through one crash, failed commit and new beginning after the other is no damage', () => {
    const random = seededRandom(9);
    const { database, wals } = history('crashes');
    let disk: Disk = { database, wal: wals.at(-1)!.bytes };
    const seen = { remains: 0, begunAnew: 0 };
    for (let step = 0; step < CRASHES; step++) {
      const salts = disk.wal.toString('hex', 16, 24);
      const after = afterTransaction('crashes-copy', disk, step, random);
      const wal = random.next() < 0.5 ? torn(disk.wal, after.wal, random) : failed(disk, after.wal, step, random);
      if (damageOf(wal)) expect.fail(`an alarm at step ${step}`);
      disk = { database: after.database, wal };
      if (salts !== wal.toString('hex', 16, 24)) seen.begunAnew++;
      else if (remainsBehind(disk)) seen.remains++;
    }
    // What could be taken for damage was there.
    expect(seen.begunAnew).toBeGreaterThan(3);
    expect(seen.remains).toBeGreaterThan(10);
  });

  test('that is damaged is refused with the way back, and no file of items is changed', async () => {
    const { folder, wal, path } = await killed('refused');
    writeFileSync(path, flipped(wal, frameStart(4) + 1_000));
    const files = () => ['items.db', 'items.db-wal'].map((file) => readFileSync(join(folder, file)));
    const before = files();
    await expect(openDiskStores(folder)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringMatching(
        /items\.db-wal is damaged: frame 4, at byte 12392, is not what was written, and SQLite would drop \d+ commits .*millrace rebuild/,
      ),
    });
    expect(files()).toEqual(before);
    expect(readdirSync(folder)).not.toContain('items.db-shm');
    writeFileSync(path, wal);
    const stores = await openDiskStores(folder);
    expect((await stores.items.query('p')).items).toHaveLength(COMMITS);
    await stores.close();
  });
});

test('a stop that could not empty the log keeps the mark that it is needed', async () => {
  const folder = join(root, 'read-meanwhile');
  const stores = await openDiskStores(folder);
  const reader = new DatabaseSync(join(folder, 'items.db'), { readOnly: true });
  reader.exec('BEGIN; SELECT * FROM items');
  await stores.items.write({ write: 'put', key: { pk: 'p', sk: 's' }, item: {} });
  await stores.close();
  reader.close();
  rmSync(join(folder, 'items.db-wal'));
  await expect(openDiskStores(folder)).rejects.toMatchObject({
    code: 'store_corrupt',
    message: expect.stringMatching(/items\.db-wal is gone: .* remove items\.db-unclean, and run millrace verify/),
  });
});

test('an item database that is empty beside objects is no new one', async () => {
  const folder = join(root, 'emptied');
  const stores = await openDiskStores(folder);
  await stores.objects.put('object', [Buffer.from('bytes')]);
  await stores.close();
  writeFileSync(join(folder, 'items.db'), '');
  await expect(openDiskStores(folder)).rejects.toMatchObject({
    code: 'store_corrupt',
    message: expect.stringMatching(/items\.db is gone, or empty, and there are objects beside it/),
  });
});

test('an item database whose keys and rows do not agree is found where it is to be proved, with the way back', async () => {
  const folder = join(root, 'index');
  const stores = await openDiskStores(folder);
  for (let n = 0; n < 200; n++) {
    await stores.items.write({ write: 'put', key: { pk: 'p', sk: `key ${n}` }, item: { n } });
  }
  await stores.close();
  await (await openDiskStores(folder, { prove: true })).close();
  const path = join(folder, 'items.db');
  const bytes = readFileSync(path);
  // A key lies in the row, and in the index.
  const at = bytes.lastIndexOf('key 150');
  expect(at).toBeGreaterThan(bytes.indexOf('key 150'));
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
  await expect(openDiskStores(folder, { prove: true })).rejects.toMatchObject({
    code: 'store_corrupt',
    message: expect.stringMatching(/items\.db is damaged: SQLite says ".*millrace rebuild/),
  });
  await (await openDiskStores(folder)).close();
});
