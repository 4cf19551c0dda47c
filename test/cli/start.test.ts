import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { MILLRACE, millrace } from './world.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** `millrace start` on a port that is free; `stop` sends SIGTERM and gives back what it said. */
async function start(...args: string[]) {
  const given = [MILLRACE, 'start', '--http', '127.0.0.1:0', '--kafka', 'off', '--output', 'json', ...args];
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const said = text(child.stderr);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [announced] = (await child.stdout.setEncoding('utf8')[Symbol.asyncIterator]().next()).value.split('\n}\n');
  const { url, kafka, pid } = JSON.parse(`${announced}}`) as { url: string; kafka: string | null; pid: number };
  const stop = async () => {
    // Twice, as npm passes on what the terminal has sent already.
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    return { code: await ended, said: await said };
  };
  return { url, kafka, pid, stop };
}

test('a data folder serves one process at a time, outlives it, and is verified', async () => {
  const data = join(folder(), 'data');
  const server = await start('--data', data);
  const env = { MILLRACE_HTTP: server.url };
  await millrace(['topic', 'create', 'orders', '-p', '2'], { env });
  await millrace(['produce', 'orders', '-K', ':'], { env, input: 'a:1\nb:2\n' });
  const [second, verified, samePort] = await Promise.all([
    millrace(['start', '--data', data, '--http', '127.0.0.1:0', '--kafka', 'off']),
    millrace(['verify', '--data', data]),
    millrace(['start', '--memory', '--http', new URL(server.url).host, '--kafka', 'off']),
  ]);
  for (const { code, stderr } of [second, verified]) {
    expect(code).toBe(6);
    expect(stderr).toContain(`is in use by another process (pid ${server.pid})`);
  }
  expect(samePort.code).toBe(6);
  expect(samePort.stderr).toMatch(/Another process listens at 127\.0\.0\.1:\d+ already\..* --http 127\.0\.0\.1:\d+\n$/);
  const { code, said } = await server.stop();
  expect(code).toBe(0);
  expect(said).toMatch(/^Millrace is running\.\n[\s\S]*info {2}stopping[\s\S]*info {2}stopped\n$/);
  expect(said).toContain(`topic create orders --partitions 4 --http ${new URL(server.url).host}`);

  const sound = await millrace(['verify'], { env: { MILLRACE_DATA: data } });
  expect(sound).toMatchObject({ code: 0, stderr: '' });
  expect(sound.stdout).toMatch(/^2 events in [\s\S]*\nNo problem found\.\n$/);
  const quick = await millrace(['verify', '--quick'], { env: { MILLRACE_DATA: data } });
  expect(quick.stdout).toMatch(/^1 batch of 1 object; 1 commit, 0 pages, 1 ledger [\s\S]*\nNo problem found\.\n$/);
  const again = await start('--data', data, '--log', 'json');
  const read = await millrace(['consume', 'orders', '-e', '-f', '%k%s\\n'], { env: { MILLRACE_HTTP: again.url } });
  expect(read.stdout.split('\n').sort()).toEqual(['', 'a1', 'b2']);
  const lines = (await again.stop()).said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: 'info', message: 'started', topics: 1 },
    { level: 'info' },
    { message: 'stopped' },
  ]);
  const { said: back } = await (await start('--data', data)).stop();
  expect(back).toContain('topic list --http');
  expect(back).not.toContain('topic create');
});

test('verify finds a byte that changed, says where, and exits with 2', async () => {
  const data = join(folder(), 'data');
  const server = await start('--data', data);
  const env = { MILLRACE_HTTP: server.url };
  await millrace(['topic', 'create', 'orders', '-p', '1'], { env });
  await millrace(['produce', 'orders'], { env, input: 'x'.repeat(100_000) });
  await server.stop();
  const [volume] = readdirSync(join(data, 'volumes'));
  const path = join(data, 'volumes', volume!);
  const bytes = readFileSync(path);
  bytes[bytes.indexOf('x'.repeat(50_000))]! ^= 1;
  writeFileSync(path, bytes);
  const { code, stdout, stderr } = await millrace(['verify', '--data', data]);
  expect([code, stderr]).toEqual([2, `error: 1 problem in ${data}.\n`]);
  expect(stdout).toMatch(/^object_damaged .*: /m);
});

test('a folder that is not ours, or not there, or an address that is not this machine’s, is refused in a sentence', async () => {
  const other = folder();
  writeFileSync(join(other, 'thesis.txt'), 'mine');
  const missing = join(other, 'none');
  const [foreign, absent, elsewhere, https] = await Promise.all([
    millrace(['start', '--data', other, '--http', '127.0.0.1:0', '--kafka', 'off']),
    millrace(['verify', '--data', missing]),
    millrace(['start', '--memory', '--http', '192.0.2.1:8082', '--kafka', 'off']),
    millrace(['start', '--memory', '--http', 'https://127.0.0.1:8082', '--kafka', 'off']),
  ]);
  expect(foreign.code).toBe(4);
  expect(foreign.stderr).toContain('is no data folder of Millrace');
  expect(absent).toMatchObject({ code: 3 });
  expect(readdirSync(other)).toEqual(['thesis.txt']);
  expect(elsewhere).toMatchObject({ code: 4 });
  expect(elsewhere.stderr).toContain('this machine has no such address (EADDRNOTAVAIL)');
  expect(https).toMatchObject({ code: 4 });
  for (const { stderr } of [foreign, absent, elsewhere, https]) expect(stderr).toMatch(/^error: [^\n]+\n$/);
});

test('says what Kafka clients must be told to connect, where they have to say who they are', async () => {
  const open = await start('--memory', '--kafka', '127.0.0.1:0');
  const [, port] = /^127\.0\.0\.1:(\d+)$/.exec(open.kafka ?? '') ?? [];
  const lost = await fetch(`http://127.0.0.1:${port}/topics`);
  expect([lost.status, await lost.text()]).toEqual([400, expect.stringContaining(`HTTP is at ${open.url}`)]);
  const { said } = await open.stop();
  expect(said).toMatch(/any Kafka client: bootstrap\.servers=127\.0\.0\.1:\d+\)/);
  expect(said).not.toContain('HTTP asks nobody');
  expect(said).toMatch(/ warn {2}a client at 127\.0\.0\.1 speaks HTTP to the Kafka port/);
  const asking = await start('--memory', '--kafka', '127.0.0.1:0', '--kafka-sasl', 'all');
  const { said: asked } = await asking.stop();
  expect(asked).toMatch(
    /Kafka clients: bootstrap\.servers=127\.0\.0\.1:\d+, security\.protocol=SASL_PLAINTEXT, sasl\.mechanism=SCRAM-SHA-512 or SCRAM-SHA-256 or PLAIN\)/,
  );
  expect(asked).toContain('HTTP asks nobody who they are: whoever reaches it may do everything');
});
