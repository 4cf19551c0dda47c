import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HttpClient } from '../support/http-client.ts';
import { ServerProcess } from '../support/server-process.ts';

const MIB = 1024 * 1024;
/**
 * What one server may take: 200 MiB for the process itself, 208 MiB of caches (lib/log/limits.ts), 256 MiB of bodies and
 * answers held at once (lib/http/limits.ts), and as much as a third of it all that was given up and not collected yet.
 */
const RESIDENT_BYTES_MAX = 900 * MIB;
/** As much as a fetch may ask for. */
const FETCH_BYTES = 8 * MIB;
/** Together they ask for twice as much as the server may take. */
const SLOW_READERS = 220;
const PARTITIONS = 2;
const REQUESTS = 24;

const data = mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
afterAll(() => rmSync(data, { recursive: true }));

const recordsPath = (partition: number) =>
  `/topics/large/partitions/${partition}/records?offset=0&max_bytes=${FETCH_BYTES}&count=10000`;

/** Asks for records and then reads no more than the status line. */
function slowRead(port: number, partition: number): Promise<{ status: number; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (chunk) => {
      socket.pause();
      resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(chunk.toString('latin1'))?.[1]), socket });
    });
    const accept = 'Accept: application/vnd.kafka.json.v2+json';
    socket.write(`GET ${recordsPath(partition)} HTTP/1.1\r\nHost: localhost\r\n${accept}\r\n\r\n`);
  });
}

test('memory stays bounded under clients that ask for much and read slowly; what is too much is told 429', async () => {
  const server = await ServerProcess.start({ data });
  const client = new HttpClient(server.url);
  let peakBytes = 0;
  const watching = setInterval(() => {
    peakBytes = Math.max(peakBytes, server.residentBytes);
  }, 20);
  try {
    const json = { topic_name: 'large', partitions_count: PARTITIONS };
    await client.ask('POST', '/v3/clusters/millrace/topics', { json });
    const records = Array.from({ length: 80 }, (_, i) => ({ partition: i % PARTITIONS, value: 'x'.repeat(10_000) }));
    const headers = { 'content-type': 'application/vnd.kafka.json.v2+json' };
    for (let i = 0; i < REQUESTS; i++) await client.ask('POST', '/topics/large', { json: { records }, headers });

    const slow = await Promise.all(
      Array.from({ length: SLOW_READERS }, (_, i) => slowRead(server.port, i % PARTITIONS)),
    );
    const statuses = Map.groupBy(slow, ({ status }) => status);
    expect([...statuses.keys()].sort()).toEqual([200, 429]);
    // It does serve as many as it can.
    expect(statuses.get(200)!.length).toBeGreaterThan(10);
    expect(peakBytes / MIB).toBeLessThan(RESIDENT_BYTES_MAX / MIB);

    for (const { socket } of slow) socket.destroy();
    // Patiently: the server needs a moment to see that they are gone.
    const read = await client.ask<unknown[]>('GET', recordsPath(0), { headers: { accept: headers['content-type'] } });
    expect(read.length).toBeGreaterThan(500);
    expect(await server.stop(), server.said).toEqual({ code: 0, signal: null });
  } finally {
    clearInterval(watching);
    await server.kill();
  }
}, 60_000);
