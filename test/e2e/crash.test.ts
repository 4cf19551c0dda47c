import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../support/clock.ts';
import { freePort } from '../support/free-port.ts';
import { HttpClient } from '../support/http-client.ts';
import { MILLRACE, ServerProcess } from '../support/server-process.ts';
import { type Inspection, inspect } from './inspect.ts';
import { Reader, Writer } from './load.ts';
import { checkLoad } from './load-check.ts';

const KILLS = 20;
/** How long a server lives at most before it is killed. */
const LIFE_MS_MAX = 700;
const TOPIC = 'load';
const PARTITIONS = 6;
/** Three ledgers: a request with a key is one transaction over several. */
const PARTITIONS_PER_LEDGER = 2;
const CATCH_UP_MS = 60_000;

/** Another one each time, as the moments are; the same choices again with CRASH_SEED. */
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31));
const root = mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
afterAll(() => rmSync(root, { recursive: true }));

const data = join(root, 'data');
const archive = join(data, 'files', 'archive');
const random = seededRandom(seed);
const writers = Array.from({ length: 7 }, (_, i) => {
  const keyed = i < 4;
  return new Writer(`${keyed ? 'keyed' : 'plain'}${i}`, keyed, TOPIC, seededRandom(seed + i + 1));
});
const reader = new Reader('readers', TOPIC);

async function prepare(client: HttpClient): Promise<void> {
  const config = { name: 'millrace.partitions.per.ledger', value: String(PARTITIONS_PER_LEDGER) };
  const topics = '/v3/clusters/millrace/topics';
  const load = { topic_name: TOPIC, partitions_count: PARTITIONS, configs: [config] };
  await client.ask('POST', topics, { json: load });
  await client.ask('POST', topics, { json: { topic_name: 'copy', partitions_count: 3 } });
  const file = { 'connector.class': 'file', topics: TOPIC, 'file.path': 'archive', 'file.chunk.offsets': '500' };
  await client.ask('PUT', '/connectors/archive/config', { json: file });
  const copy = { 'connector.class': 'topic', topics: TOPIC, 'topic.name': 'copy' };
  await client.ask('PUT', '/connectors/copy/config', { json: copy });
}

/** What must hold whenever the server was killed. */
async function check({ report, values, committed }: Inspection): Promise<void> {
  expect(report.problems).toEqual([]);
  checkLoad(values.get(TOPIC)!, writers);

  const positions = await committed('readers', TOPIC);
  for (const [partition, offset] of reader.committed) {
    expect(positions.get(partition), `position of partition ${partition}`).toBeGreaterThanOrEqual(offset);
    expect(positions.get(partition)).toBeLessThanOrEqual(reader.asked.get(partition)!);
  }
}

async function caughtUp(client: HttpClient, route: string): Promise<void> {
  const untilMs = performance.now() + CATCH_UP_MS;
  for (;;) {
    const { tasks } = await client.ask<{ tasks: { state: string; trace?: string; partitions: { lag: number }[] }[] }>(
      'GET',
      `/connectors/${route}/status`,
    );
    expect(tasks.filter(({ state }) => state === 'FAILED')).toEqual([]);
    if (tasks.flatMap(({ partitions }) => partitions).every(({ lag }) => lag === 0)) return;
    if (performance.now() > untilMs) throw new Error(`Route ${route} is still behind: ${JSON.stringify(tasks)}`);
    await wait(50);
  }
}

/** The archive's lines, by partition, in the order of its files. */
function archived(partition: number): { offset: number; value: string }[] {
  const folder = join(archive, TOPIC, String(partition));
  const files = readdirSync(folder).sort();
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  return lines.map((line) => JSON.parse(line) as { offset: number; value: string });
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test(`a load that is killed ${KILLS} times loses nothing acknowledged and doubles nothing with a key (CRASH_SEED=${seed})`, async () => {
  const port = await freePort();
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await ServerProcess.start({ data, port });
    if (kill === 0) await prepare(new HttpClient(server.url));
    const loads = [...writers, reader].map((one) => one.run(server.url));
    await Promise.race([wait(random.next() * LIFE_MS_MAX), ...loads]);
    await server.kill();
    await Promise.all(loads);
    await inspect(data, check);
  }

  const server = await ServerProcess.start({ data, port });
  const client = new HttpClient(server.url);
  for (const writer of writers) await writer.finish(server.url);
  for (const route of ['archive', 'copy']) await caughtUp(client, route);
  expect(await server.stop(), server.said).toEqual({ code: 0, signal: null });

  expect(writers.flatMap(({ answeredOtherwise }) => answeredOtherwise)).toEqual([]);
  await inspect(data, async (inspection) => {
    await check(inspection);
    const load = inspection.values.get(TOPIC)!;
    for (const [partition, there] of load.entries()) {
      const lines = archived(partition);
      expect(lines.map(({ offset }) => offset)).toEqual(there.map((_, offset) => offset));
      expect(lines.map(({ value }) => JSON.stringify(value))).toEqual(there);
    }
    expect(inspection.values.get('copy')!.flat().sort()).toEqual(load.flat().sort());
    const pending = writers.flatMap(({ batches }) => batches).filter((one) => one.idempotencyKey && !one.placed);
    expect(pending).toEqual([]);
    // So that all of this says something.
    expect(load.flat().length).toBeGreaterThan(20 * KILLS);
    expect(reader.committed.size).toBeGreaterThan(0);
  });
  const verify = spawnSync(process.execPath, [MILLRACE, 'verify', '--data', data], { encoding: 'utf8' });
  expect(verify.status, verify.stderr).toBe(0);
}, 180_000);
