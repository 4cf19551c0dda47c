import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileSink } from '../../../lib/route/sinks/file.ts';
import { batchOf, keyed } from './events.ts';

const HERE = import.meta.dirname;
const DELIVER_MS_MAX = 20_000;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-file-sink-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const sinkAt = (path: string) => new FileSink({ path, chunkOffsets: 100, gzip: false });

test('files below folders that are there for the first time are written', async () => {
  const path = join(folder(), 'new', 'below');
  expect(await sinkAt(path).deliver(batchOf(keyed('a')))).toEqual([{ is: 'delivered' }]);
  expect(readFileSync(join(path, 'orders', '0', '00000000000000000000.jsonl'), 'utf8')).toMatch(
    /^\{"topic":"orders",.*\n$/,
  );
});

test('a folder in which none can be made is told, rather than tried for ever', () => {
  // In a process that can be killed: a thread that tries for ever does so within one call, and ends with its process alone.
  const script = `
    const { FileSink } = await import(${JSON.stringify(join(HERE, '../../../lib/route/sinks/file.ts'))});
    const { batchOf, keyed } = await import(${JSON.stringify(join(HERE, 'events.ts'))});
    const sink = new FileSink({ path: '/proc/millrace', chunkOffsets: 100, gzip: false });
    await sink.deliver(batchOf(keyed('a'))).catch(({ code, message }) => console.log(code, message));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: DELIVER_MS_MAX,
    killSignal: 'SIGKILL',
  });
  expect(run.signal, 'It was still trying.').toBeNull();
  expect(run.stdout).toMatch(/^store_unavailable Cannot make the folder \/proc\/millrace: \/proc takes no new folders/);
});
