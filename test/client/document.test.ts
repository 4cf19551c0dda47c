import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { ServerProcess } from '../support/server-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');

test('the snippets of docs/client.md run, one after the other, and print what they say', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-client-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await ServerProcess.start({ data: join(folder, 'data') });
  onTestFinished(() => server.kill().then(() => undefined));
  for (const topic of ['sales', 'invoices']) {
    const body = JSON.stringify({ topic_name: topic, partitions_count: 1 });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    expect((await fetch(`${server.url}/v3/clusters/millrace/topics`, init)).status).toBe(201);
  }
  const snippets = [...readFileSync(join(ROOT, 'docs/client.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)];
  expect(snippets.length).toBeGreaterThan(3);
  const program = snippets
    .map(([, text]) => text!)
    .join('\n')
    .replace("'millrace/client'", JSON.stringify(pathToFileURL(join(ROOT, 'lib/client/index.ts')).href))
    .replace('http://127.0.0.1:8082', server.url);
  const file = join(folder, 'snippets.ts');
  writeFileSync(file, program);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  expect(stdout.trim().split('\n')).toEqual([
    "{ topic: 'sales', partition: 0, offset: 0 }",
    '0 { total: 12 }',
    '{ batches: 1, events: 1, results: 1 }',
  ]);
}, 120_000);
