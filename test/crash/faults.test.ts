import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAwsStores, type Stores } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { drawKinds, FAULT_KINDS } from './nemesis.ts';
import { type FailingStores, failingStores } from './store-faults.ts';

test('the faults of a round have each kind once before any comes again', () => {
  for (let seed = 0; seed < 50; seed++) {
    const kinds = drawKinds(seededRandom(seed), FAULT_KINDS.length + 2);
    expect(kinds).toHaveLength(FAULT_KINDS.length + 2);
    expect(new Set(kinds.slice(0, FAULT_KINDS.length))).toEqual(new Set(FAULT_KINDS));
  }
  const firsts = new Set(Array.from({ length: 50 }, (_, seed) => drawKinds(seededRandom(seed), 1)[0]));
  expect(firsts).toEqual(new Set(FAULT_KINDS));
});

describe('a disk that fails', () => {
  const FAULTS = fileURLToPath(new URL('./disk-faults.ts', import.meta.url));
  /** Says of four syncs which failed, and with what. */
  const SYNCS = `
    import * as fs from 'node:fs';
    import { promisify } from 'node:util';
    const file = fs.openSync(process.argv[1], 'w');
    const sync = promisify(fs.fdatasync);
    const said = [];
    for (let i = 0; i < 4; i++) said.push(await sync(file).then(() => 'ok', ({ code }) => code));
    console.log(said.join(' '));`;

  test.each([
    ['fails the first call however few it fails', { code: 'ENOSPC', rate: 1e-12 }, 'ENOSPC ok ok ok'],
    ['fails all calls where it is to', { code: 'EIO', rate: 1 }, 'EIO EIO EIO EIO'],
    ['is well where it is to fail none', { code: 'EIO', rate: 0 }, 'ok ok ok ok'],
  ])('%s', async (_, now, said) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'));
    const faults = join(folder, 'faults.json');
    writeFileSync(faults, JSON.stringify(now));
    const args = ['--no-warnings', '--import', FAULTS, '--input-type=module', '--eval', SYNCS, join(folder, 'file')];
    const env = { ...process.env, MILLRACE_CRASH_FAULTS: faults };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
    rmSync(folder, { recursive: true });
    expect(stdout.trim()).toBe(said);
  });
});

describe('S3 and DynamoDB that fail', () => {
  const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };
  const before = Object.fromEntries(Object.keys(CREDENTIALS).map((name) => [name, process.env[name]]));
  /** Takes whatever comes: what was carried out. */
  const service = createServer((request, answer) => {
    request.resume().once('end', () => {
      carriedOut.push(request);
      answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    });
  });
  let carriedOut: IncomingMessage[] = [];
  let failing: FailingStores;
  let stores: Stores;
  beforeAll(async () => {
    Object.assign(process.env, CREDENTIALS);
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(async () => {
    failing = await failingStores(`http://127.0.0.1:${(service.address() as AddressInfo).port}`, 1);
    stores = await openAwsStores({ bucket: 'b', table: 't', endpoint: failing.urls[0]! });
    await stores.items.get({ pk: 'the first request', sk: 'takes longest' });
    carriedOut = [];
  });
  afterEach(async () => {
    await stores.close();
    await failing.close();
  });
  afterAll(() => {
    service.close();
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  const trouble = (kind: 'failing' | 'full') => failing.troubles.find((one) => one.kind === kind)!;
  const putItem = (n: number) => stores.items.write({ write: 'put', key: { pk: 'p', sk: String(n) }, item: { n } });
  const ends = async (work: Promise<unknown>) => {
    return work.then(
      () => 'ok',
      (error: { code: string }) => error.code,
    );
  };
  /** A seed with which all requests fail, and what is late comes at once when it is over. */
  const ALL = 8;
  const REQUESTS = 30;

  test('get what is signed as it was signed', async () => {
    await putItem(1);
    await stores.objects.put('o', [Buffer.from('bytes')]);
    expect(carriedOut).toHaveLength(2);
    for (const { headers, url } of carriedOut) {
      expect(headers.authorization).toMatch(/SignedHeaders=[a-z0-9;-]*\bhost\b/);
      expect(`http://${headers.host}`).toBe(failing.urls[0]);
      expect(['/', '/b/o?x-id=PutObject']).toContain(url);
    }
  });

  test('that are throttled refuse items and objects, do nothing, and are well when it is over', async () => {
    trouble('full').begin(seededRandom(ALL));
    expect(await ends(putItem(1))).toBe('store_unavailable');
    expect(await ends(stores.objects.put('o', [Buffer.from('bytes')]))).toBe('store_unavailable');
    expect(carriedOut).toEqual([]);
    expect(await trouble('full').end()).toMatch(/throttled (\d+) of \1 requests/);
    expect(await ends(putItem(1))).toBe('ok');
  });

  test('fail with and without effect, nothing of which comes after it is over', async () => {
    trouble('failing').begin(seededRandom(ALL));
    const told = await Promise.all(Array.from({ length: REQUESTS }, (_, n) => ends(putItem(n))));
    expect(new Set(told)).toEqual(new Set(['store_unknown']));
    const meanwhile = carriedOut.length;
    expect(meanwhile).toBeGreaterThan(0);
    expect(meanwhile).toBeLessThan(REQUESTS);
    expect(await trouble('failing').end()).toMatch(new RegExp(`failed ${REQUESTS} of ${REQUESTS} requests`));
    // What was late.
    expect(carriedOut.length).toBeGreaterThan(meanwhile);
    const all = carriedOut.length;
    expect(await ends(putItem(100))).toBe('ok');
    expect(carriedOut).toHaveLength(all + 1);
  });
});
