import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { ServerProcess } from '../support/server-process.ts';
import { Members } from './members.ts';
import { eventually, TopicLines } from './topic-lines.ts';

const TOPIC = 'work';
const PARTITIONS = 2;
const GROUP = 'workers';
/** What a client that works may have to wait for an answer while others misbehave, on a machine that has more to do. */
const PAUSE_MS_MAX = 10_000;
const AT_ONCE = 250;
/** ApiVersions 0, whose answer anybody gets. */
const VERSIONS = Buffer.from('0000000a 0012 0000 00000007 ffff'.replaceAll(' ', ''), 'hex');

const folder = mkdtempSync(join(tmpdir(), 'millrace-bad-days-'));
let server: ServerProcess;
let port: number;
let worker: Members;
const sockets = new Set<Socket>();

/** A producer and a consumer of librdkafka work all the time. */
beforeAll(async () => {
  port = await freePort();
  server = await ServerProcess.start({ data: folder, kafkaPort: port });
  const topics = new TopicLines(`127.0.0.1:${port}`);
  await topics.create(TOPIC, PARTITIONS);
  await topics.end();
  worker = new Members('librdkafka');
  const config = { 'bootstrap.servers': `127.0.0.1:${port}` };
  worker.produce({ name: 'producer', topic: TOPIC, partitions: PARTITIONS, everyMs: 10, config });
  const member = { 'group.id': GROUP, 'auto.offset.reset': 'earliest', 'enable.auto.commit': 'false' };
  worker.consume({ name: 'consumer', topic: TOPIC, config: { ...config, ...member } });
  await worker.until('work being done', () => worker.of('committed', 'consumer').length > 5);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

afterAll(async () => {
  worker?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Connects; whatever becomes of the connection is no error here. */
async function opened(options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, ...options });
  sockets.add(socket);
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  return socket;
}

async function openedMany(count: number): Promise<readonly Socket[]> {
  const all: Socket[] = [];
  while (all.length < count) all.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => opened()))));
  return all;
}

/** What one answers, whole: until its end of the connection. */
async function answerOf(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  return Buffer.concat(chunks);
}

/** The client having gone on meanwhile: in both directions, without a record given up, and never long without an answer. */
async function workedThroughout(bad: () => Promise<void>): Promise<void> {
  const beganMs = Date.now();
  await bad();
  const [sent, committed] = [worker.of('sent', 'producer').length, worker.of('committed', 'consumer').length];
  await worker.until('the producer going on', () => worker.of('sent', 'producer').length > sent + 100);
  await worker.until('the consumer going on', () => worker.of('committed', 'consumer').length > committed + 5);
  for (const [event, name] of [['sent', 'producer'] as const, ['committed', 'consumer'] as const]) {
    const times = worker
      .of(event, name)
      .map(({ atMs }) => atMs)
      .filter((atMs) => atMs > beganMs);
    const pauses = times.slice(1).map((atMs, index) => atMs - times[index]!);
    expect(Math.max(...pauses)).toBeLessThan(PAUSE_MS_MAX);
  }
  expect(worker.of('refused', 'producer')).toEqual([]);
  expect(worker.of('lost', 'consumer')).toEqual([]);
}

/** Files and connections that the server has open (Linux). */
const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length;

it('thousands of connections that say nothing cost a client that works nothing, and go when they end', async () => {
  const before = descriptors();
  await workedThroughout(async () => {
    const silent = await openedMany(4_000);
    await eventually('all being taken', async () => descriptors() >= before + silent.length);
    await sleep(2_000);
    expect(silent.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const socket of silent) socket.destroy();
  });
  await eventually('all being gone', async () => descriptors() < before + 50);
});

it('clients that ask and never read the answers are not read from any more, and hold little memory', async () => {
  const before = server.residentBytes;
  await workedThroughout(async () => {
    const deaf = await openedMany(AT_ONCE);
    for (const socket of deaf) socket.pause();
    // More than fits between two processes; each asks as long as it is taken.
    const asking = Buffer.concat(Array.from({ length: 20_000 }, () => VERSIONS));
    await Promise.all(
      deaf.map(async (socket) => {
        for (let n = 0; n < 20 && socket.writableLength === 0; n++) {
          socket.write(asking);
          await sleep(100);
        }
      }),
    );
    await eventually('their bytes staying with them', async () =>
      deaf.every(({ writableLength }) => writableLength > 0),
    );
  });
  expect(server.residentBytes - before).toBeLessThan(500 << 20);
});

it('garbage, absurd lengths and frames that are cut end their own connections', async () => {
  const before = descriptors();
  const length = (bytes: number, ...more: readonly Buffer[]) => {
    const head = Buffer.alloc(4);
    head.writeInt32BE(bytes);
    return Buffer.concat([head, ...more]);
  };
  await workedThroughout(async () => {
    const absurd = [
      length(-1),
      length(0x7fffffff, randomBytes(100)),
      length(101 << 20),
      length(0),
      length(7, randomBytes(7)),
      Buffer.from('GET / HTTP/1.1\r\nHost: here\r\n\r\n'),
      // A TLS client's hello.
      Buffer.from('16030100c8010000c40303', 'hex'),
      // A request that nobody knows, and one in a version that there never will be.
      length(10, Buffer.from('7fff0000000000010000', 'hex')),
      length(10, Buffer.from('00037fff000000010000', 'hex')),
      // Produce 9, whose topics are said to be two thousand million.
      length(27, Buffer.from('0000 0009 00000001 ffff 00 00 ffff 00001388 ffffffff0f'.replaceAll(' ', ''), 'hex')),
    ];
    const wrong = Array.from({ length: 40 }, () => absurd).flat();
    await Promise.all(
      wrong.map(async (bytes) => {
        const socket = await opened();
        socket.resume();
        const ended = new Promise((resolve) => socket.once('close', resolve));
        socket.end(bytes);
        await ended;
      }),
    );
  });
  await eventually('all being gone', async () => descriptors() < before + 20);
});

it('clients that say that they say no more are answered, and their connections end', async () => {
  const before = descriptors();
  await workedThroughout(async () => {
    for (let n = 0; n < 200; n++) {
      const socket = await opened({ allowHalfOpen: true });
      const answer = answerOf(socket);
      socket.end(VERSIONS);
      expect((await answer).readInt32BE(4)).toBe(7);
      socket.destroy();
    }
    // Half-closed in the middle of a request, and never closed by them.
    const half = await Promise.all(Array.from({ length: 200 }, () => opened({ allowHalfOpen: true })));
    await Promise.all(
      half.map(async (socket) => {
        const answer = answerOf(socket);
        socket.end(VERSIONS.subarray(0, 6));
        expect(await answer).toHaveLength(0);
      }),
    );
  });
  await eventually('all being gone', async () => descriptors() < before + 20);
});

it('after all of it, each record that was acknowledged is there once and in order', async () => {
  await worker.stop('producer');
  const sent = worker.of('sent', 'producer').map(({ what }) => what);
  await worker.until(
    'reading it all',
    () => worker.of('read', 'consumer').flatMap(({ what }) => what).length >= sent.length,
  );
  const read = worker.of('read', 'consumer').flatMap(({ what }) => what);
  const byPlace = (list: typeof sent) => list.toSorted((one, other) => one[0] - other[0] || one[1] - other[1]);
  expect(byPlace(read)).toEqual(byPlace(sent));
});
