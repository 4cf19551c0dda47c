import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openFolderStores, openPlatform } from '../../lib/platform.ts';
import { MILLRACE, millrace } from './world.ts';

const PLATFORM = fileURLToPath(new URL('../../lib/platform.ts', import.meta.url));
const START = ['start', '--http', '127.0.0.1:0', '--kafka', 'off'];
const WAL_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4_096;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-damaged-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A platform with a topic, that stores each of so many events by itself. */
async function storeEvents(data: string, from: number, to: number): Promise<void> {
  const platform = openPlatform({ stores: await openFolderStores(data), background: false });
  if (from === 0) await platform.topics.create('orders', { partitions: 1 });
  for (let i = from; i < to; i++) {
    await platform.events.produce('orders', [{ key: null, value: Buffer.from(`event ${i}`), partition: 0 }]);
  }
  await platform.close();
}

test('a byte of the log of items that changed is told by start and verify, and a rebuild brings the events back', async () => {
  const data = join(folder(), 'data');
  const given = [MILLRACE, ...START, '--data', data, '--output', 'json'];
  const server = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    server.kill('SIGKILL');
  });
  const [announced] = await once(server.stdout, 'data');
  const env = { MILLRACE_HTTP: /"url": "([^"]+)"/.exec(String(announced))![1]! };
  await millrace(['topic', 'create', 'orders', '-p', '1'], { env });
  for (const input of ['a', 'b', 'c', 'd']) await millrace(['produce', 'orders'], { env, input });
  server.kill('SIGKILL');
  await once(server, 'close');

  const log = join(data, 'items.db-wal');
  const whole = readFileSync(log);
  const bytes = Buffer.from(whole);
  const at = WAL_HEADER_BYTES + 5 * FRAME_BYTES;
  bytes[at + 2_000]! ^= 1;
  writeFileSync(log, bytes);
  const ran = await Promise.all([millrace([...START, '--data', data])]);
  ran.push(await millrace(['verify', '--data', data]));
  for (const { code, stderr } of ran) {
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        new RegExp(
          `^error: \\S+items\\.db-wal is damaged: frame 6, at byte ${at}, is not .* drop \\d+ commits .*No file was changed\\..* millrace rebuild.*\\n$`,
        ),
      ),
    ]);
  }
  expect(readFileSync(log).equals(bytes)).toBe(true);

  // As the message says.
  mkdirSync(join(data, '..', 'lost'));
  for (const file of readdirSync(data).filter((name) => name.startsWith('items.db'))) {
    renameSync(join(data, file), join(data, '..', 'lost', file));
  }
  expect(await millrace(['rebuild', '--data', data])).toMatchObject({ code: 0, stderr: '' });
  const verified = await millrace(['verify', '--data', data]);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringMatching(/^4 events in /)]);
});

test('an item database that is malformed is told by start and verify, with the way back', async () => {
  const data = join(folder(), 'data');
  await storeEvents(data, 0, 5);
  const path = join(data, 'items.db');
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.from(bytes).fill('x', 4_096));
  const ran = [await millrace(['verify', '--data', data]), await millrace([...START, '--data', data])];
  for (const { code, stderr } of ran) {
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^error: .*(?:is damaged: SQLite says "|malformed \(SQLite 11\)).*items\.db\*.*millrace rebuild.*\n$/,
      ),
    ]);
  }
});

test('verify says where many objects are named by nobody, as beside items that are older', async () => {
  const data = join(folder(), 'data');
  await storeEvents(data, 0, 3);
  copyFileSync(join(data, 'items.db'), join(data, '..', 'backup'));
  await storeEvents(data, 3, 23);
  const sound = await millrace(['verify', '--data', data]);
  expect([sound.code, sound.stdout]).toEqual([0, expect.not.stringContaining('named by nobody')]);
  copyFileSync(join(data, '..', 'backup'), join(data, 'items.db'));
  const { code, stdout } = await millrace(['verify', '--data', data]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^20 objects are named by nobody\. .*items are older/m)]);
});

test('items whose log is gone after a crash are told by start and verify; after a clean stop nobody needs it', async () => {
  const data = join(folder(), 'data');
  await storeEvents(data, 0, 3);
  const log = join(data, 'items.db-wal');
  rmSync(log, { force: true });
  expect(await millrace(['verify', '--data', data])).toMatchObject({ code: 0 });

  const store = `
    const { openFolderStores, openPlatform } = await import(${JSON.stringify(PLATFORM)});
    const platform = openPlatform({ stores: await openFolderStores(${JSON.stringify(data)}), background: false });
    await platform.events.produce('orders', [{ key: null, value: Buffer.from('the newest'), partition: 0 }]);
    process.kill(process.pid, 'SIGKILL');`;
  const program = join(data, '..', 'store.mjs');
  writeFileSync(program, store);
  const killed = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);
  renameSync(log, join(data, '..', 'log'));
  for (const command of [['verify'], START]) {
    const { code, stderr } = await millrace([...command, '--data', data]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/items\.db-wal is gone: .* Bring it back .*millrace rebuild/),
    ]);
  }
  renameSync(join(data, '..', 'log'), log);
  const { code, stdout } = await millrace(['verify', '--data', data]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^4 events in /)]);
});

test('a folder with objects and no items is no new one: start and verify refuse it, and a rebuild puts them together', async () => {
  const data = join(folder(), 'data');
  await storeEvents(data, 0, 3);
  for (const file of readdirSync(data).filter((name) => name.startsWith('items.db'))) rmSync(join(data, file));
  for (const command of [['verify'], START]) {
    const { code, stderr } = await millrace([...command, '--data', data]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/items\.db is gone, or empty, and there are objects beside it.*millrace rebuild/),
    ]);
  }
  expect(await millrace(['rebuild', '--data', data])).toMatchObject({ code: 0 });
  const { code, stdout } = await millrace(['verify', '--data', data]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^3 events in /)]);
});
