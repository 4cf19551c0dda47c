import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { type KafkaServer, type ServeKafkaOptions, serveKafka } from '../../../lib/kafka/index.ts';
import { type SimulatedClock, simulatedClock } from '../../support/clock.ts';
import { openWorld, type World } from '../client.ts';
import { certificate } from '../security/certificates.ts';

let world: World;
let server: KafkaServer;
let clock: SimulatedClock;
let notices: string[];
let errors: unknown[];
afterEach(async () => {
  await server.close();
  await world.close();
  expect(errors).toEqual([]);
});

async function start(options: Partial<ServeKafkaOptions> = {}): Promise<void> {
  clock = simulatedClock();
  [notices, errors] = [[], []];
  const onNotice = (text: string) => notices.push(text);
  world = openWorld({ platform: { clock }, gateway: { onError: (error) => errors.push(error), onNotice } });
  server = await serveKafka(world.gateway, { host: '127.0.0.1', port: 0, ...options });
}

/** All that comes back for some bytes, until the connection ends. */
function sent(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    let got = '';
    socket.on('data', (chunk: Buffer) => {
      got += chunk;
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(got));
  });
}

function get(method: string): Promise<{ status: number | undefined; type: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, path: '/topics', method }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], text }));
    });
    asked.on('error', reject);
    asked.end(method === 'GET' ? undefined : 'x'.repeat(100_000));
  });
}

/** A handshake with what listens there; its error. */
function shaken(): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.once('error', (error) => resolve(error.message));
    socket.once('secureConnect', () => resolve('secure'));
  });
}

const TEXT = 'This port is for Kafka clients (bootstrap.servers), not for HTTP.';

describe('an HTTP client at the Kafka port', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is told by %s where HTTP is', async (method) => {
    await start({ httpUrl: 'http://127.0.0.1:8082' });
    expect(await get(method)).toEqual({
      status: 400,
      type: 'text/plain; charset=utf-8',
      text: `${TEXT} HTTP is at http://127.0.0.1:8082\n`,
    });
    expect(notices).toEqual([expect.stringMatching(/^a client at 127\.0\.0\.1 speaks HTTP to the Kafka port/)]);
  });

  test('is told that there is none, where that is so, though its first bytes come one by one', async () => {
    await start();
    const socket = connect(server.port, '127.0.0.1');
    socket.setNoDelay(true);
    // It may end before the last letter is written.
    socket.on('error', () => {});
    const answered = new Promise<string>((resolve) => {
      let got = '';
      socket.on('data', (chunk: Buffer) => {
        got += chunk;
      });
      socket.once('close', () => resolve(got));
    });
    for (const letter of 'GET / HTTP/1.1\r\n\r\n') {
      if (socket.destroyed) break;
      await new Promise<void>((done) => void socket.write(letter, () => setImmediate(done)));
    }
    expect(await answered).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*There is no HTTP at this process\.\n$/);
  });

  test('is told so over TLS, too', async () => {
    const own = certificate([['CN', 'localhost']]);
    await start({ tls: { cert: own.cert, key: own.key }, httpUrl: 'http://127.0.0.1:8082' });
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    let got = '';
    socket.on('data', (chunk: Buffer) => {
      got += chunk;
    });
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(got).toContain(TEXT);
  });
});

test('TLS at a port without, and plain bytes at one with TLS, are told to the operator', async () => {
  await start();
  expect(await shaken()).not.toBe('secure');
  expect(notices).toEqual([
    'a client at 127.0.0.1 speaks TLS to the Kafka port, which has none: its security.protocol is to be PLAINTEXT or SASL_PLAINTEXT',
  ]);
  await server.close();
  await world.close();
  const own = certificate([['CN', 'localhost']]);
  await start({ tls: { cert: own.cert, key: own.key } });
  const apiVersions = Buffer.from('0000000a00120000000000010000', 'hex');
  await sent(apiVersions);
  expect(notices).toEqual([
    'a client at 127.0.0.1 speaks without TLS to the Kafka port, which has TLS: its security.protocol is to be SSL or SASL_SSL',
  ]);
  expect(await shaken()).toBe('secure');
});

test('it is told now and then, however many come', async () => {
  await start();
  for (let i = 0; i < 5; i++) await sent('GET / HTTP/1.1\r\n\r\n');
  expect(notices).toHaveLength(1);
  await clock.advance(10 * 60_000);
  await sent('GET / HTTP/1.1\r\n\r\n');
  expect(notices).toHaveLength(2);
});

test('what only looks like it behind a request of Kafka ends the connection without a word', async () => {
  await start();
  const apiVersions = Buffer.from('0000000a00120000000000010000', 'hex');
  const got = await sent(Buffer.concat([apiVersions, Buffer.from('GET / HTTP/1.1\r\n\r\n')]));
  expect(got).not.toContain('HTTP');
  expect(notices).toEqual([]);
});
