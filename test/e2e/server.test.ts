import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../support/clock.ts';
import { freePort } from '../support/free-port.ts';
import { HttpClient, Refused } from '../support/http-client.ts';
import { ServerProcess } from '../support/server-process.ts';
import { inspect } from './inspect.ts';
import { Writer } from './load.ts';
import { checkLoad } from './load-check.ts';

const V2_JSON = { 'content-type': 'application/vnd.kafka.json.v2+json' };
/** The command's exit code where something is in the way. */
const IN_THE_WAY = 6;

const root = mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
afterAll(() => rmSync(root, { recursive: true }));

let data: string;
const servers: ServerProcess[] = [];
beforeEach(() => {
  data = mkdtempSync(join(root, 'data-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
});

async function start(options: { fileSizeKiB?: number } = {}): Promise<{ server: ServerProcess; client: HttpClient }> {
  const server = await ServerProcess.start({ data, ...options });
  servers.push(server);
  return { server, client: new HttpClient(server.url) };
}

function createTopic(client: HttpClient, name: string, partitions: number): Promise<unknown> {
  return client.ask('POST', '/v3/clusters/millrace/topics', {
    json: { topic_name: name, partitions_count: partitions },
  });
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('millrace start', () => {
  test('is refused on a folder that another one has, which goes on', async () => {
    const { server, client } = await start();
    await createTopic(client, 'orders', 1);
    const second = ServerProcess.launch(await freePort(), { data });
    servers.push(second);
    expect(await second.ended).toEqual({ code: IN_THE_WAY, signal: null });
    expect(second.said).toContain(data);
    expect(second.said).toContain(`pid ${server.pid}`);
    expect(await client.ask('GET', '/topics')).toEqual(['orders']);
  });

  test('is refused on an address that another one has, and leaves its folder free', async () => {
    const { server } = await start();
    const other = mkdtempSync(join(root, 'other-'));
    const second = ServerProcess.launch(server.port, { data: other });
    servers.push(second);
    expect(await second.ended).toEqual({ code: IN_THE_WAY, signal: null });
    expect(second.said).toContain(`127.0.0.1:${server.port}`);
    await inspect(other, ({ report }) => expect(report.problems).toEqual([]));
  });

  test('ends with 0 on SIGTERM, in the middle of a load, and loses nothing that it acknowledged', async () => {
    const { server, client } = await start();
    await createTopic(client, 'load', 4);
    const writers = [0, 1, 2, 3].map((i) => new Writer(`writer${i}`, i % 2 === 0, 'load', seededRandom(i)));
    const loads = writers.map((writer) => writer.run(server.url));
    while (writers.some(({ batches }) => batches.length < 5)) await Promise.race([wait(10), ...loads]);
    expect(await server.stop(), server.said).toEqual({ code: 0, signal: null });
    await Promise.all(loads);
    await inspect(data, ({ report, values }) => {
      expect(report.problems).toEqual([]);
      checkLoad(values.get('load')!, writers);
    });
  });

  test('ends at once on SIGTERM although polls wait', async () => {
    const { server, client } = await start();
    await createTopic(client, 'quiet', 1);
    const poll = fetch(`${server.url}/topics/quiet/partitions/0/records?offset=0&timeout=50000`);
    await wait(200);
    const began = performance.now();
    expect(await server.stop(), server.said).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(5_000);
    const answer = await poll;
    expect([200, 503]).toContain(answer.status);
    await answer.text();
  });
});

describe('a full disk', () => {
  /** What a limit on the size of files stands for: large objects do not fit, and the database's log soon does not. */
  const LIMIT_KIB = 768;
  const FULL = 50700;

  test('is answered with 507 until there is room again, and costs nothing that was acknowledged', async () => {
    const { server, client } = await start({ fileSizeKiB: LIMIT_KIB });
    await createTopic(client, 'orders', 4);
    const acknowledged: string[] = [];
    const produce = async (name: string, count: number, sizeChars: number): Promise<void> => {
      const records = Array.from({ length: count }, (_, i) => ({
        key: i,
        value: `${name}.${i}`.padEnd(sizeChars, '-'),
      }));
      await client.ask('POST', '/topics/orders', { json: { records }, headers: V2_JSON });
      acknowledged.push(...records.map(({ value }) => JSON.stringify(value)));
    };
    const refusal = async (work: Promise<void>) => {
      const thrown = await work.then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(Refused);
      return thrown as Refused;
    };

    await produce('before', 10, 100);
    const large = await refusal(produce('large', 40, 50_000));
    expect(large).toMatchObject({ status: 507, errorCode: FULL });
    await produce('after', 10, 100);
    // Small ones go on until the database's log has reached the limit.
    let small: Refused | undefined;
    for (let i = 0; !small && i < 2_000; i++) {
      small = await produce(`small${i}`, 4, 1_000).then(
        () => undefined,
        (error: unknown) => error as Refused,
      );
    }
    expect(small).toMatchObject({ status: 507, errorCode: FULL });
    expect(await client.ask('GET', '/topics')).toEqual(['orders']);

    server.giveRoom();
    await produce('large again', 40, 50_000);
    await produce('last', 10, 100);
    expect(await server.stop(), server.said).toEqual({ code: 0, signal: null });
    await inspect(data, ({ report, values }) => {
      expect(report.problems).toEqual([]);
      const there = values.get('orders')!.flat();
      expect(new Set(there).size).toBe(there.length);
      expect(there.toSorted()).toEqual(acknowledged.toSorted());
    });
  });
});
