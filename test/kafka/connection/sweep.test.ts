import { connect as connectSocket, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeRequest } from '../../../bench/kafka/peer/index.ts';
import { type KafkaServer, serveKafka } from '../../../lib/kafka/index.ts';
import { type SimulatedClock, simulatedClock } from '../../support/clock.ts';
import { openWorld, type World } from '../client.ts';

let world: World;
let server: KafkaServer;
let clock: SimulatedClock;
const sockets: Socket[] = [];

beforeEach(async () => {
  clock = simulatedClock();
  world = openWorld({ platform: { clock } });
  server = await serveKafka(world.gateway, { host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const closing = server.close();
  await clock.advance(10_000);
  await closing;
  await world.close();
});

async function client(...bytes: Buffer[]): Promise<Socket> {
  const socket = connectSocket({ port: server.port, host: '127.0.0.1' });
  sockets.push(socket);
  socket.on('error', () => {});
  const before = server.connections;
  await expect.poll(() => server.connections).toBeGreaterThan(before);
  for (const one of bytes) socket.write(one);
  return socket;
}

async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('a connection that says nothing ends after ten minutes, and not before', async () => {
  await client();
  await clock.advance(9 * 60_000);
  await turns();
  expect(server.connections).toBe(1);
  await clock.advance(2 * 60_000);
  await expect.poll(() => server.connections).toBe(0);
});

test('a request that does not go on ends its connection after a minute', async () => {
  await client(Buffer.from('000003e80012', 'hex'));
  await client();
  await turns();
  await clock.advance(70_000);
  await expect.poll(() => server.connections).toBe(1);
});

test('one that waits for events does not count as idle', async () => {
  await world.platform.topics.create('orders', { partitions: 1 });
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000, currentLeaderEpoch: -1 }];
  const body = { maxWaitMs: 20 * 60_000, minBytes: 1, maxBytes: 1_000, topics: [{ topic: 'orders', partitions }] };
  const { parts } = encodeRequest('Fetch', 12, { correlationId: 1, clientId: null }, { ...body, sessionEpoch: -1 });
  await client(Buffer.concat(parts));
  await turns();
  await clock.advance(15 * 60_000);
  await turns();
  expect(server.connections).toBe(1);
});
