import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRequest } from '../../bench/kafka/peer/index.ts';
import {
  type HttpEnv,
  type HttpOptions,
  type HttpServer,
  httpApp,
  type ServeOptions,
  serveHttp,
} from '../../lib/http/index.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { services, V2_JSON } from './world.ts';

const RECORDS = '/v3/clusters/millrace/topics/orders/records';
const JSON_TYPE = 'application/json';

let over: ReturnType<typeof services>;
let server: HttpServer;

async function serve(options: HttpOptions = {}, more: Partial<ServeOptions> = {}): Promise<void> {
  server = await serveHttp(httpApp(over, options), { port: 0, ...more });
}

beforeEach(async () => {
  over = services(memoryStores());
  await over.topics.create('orders', { partitions: 1 });
});

afterEach(() => server.close());

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { method: 'POST', body, headers: { 'content-type': V2_JSON, ...headers } });

/** A raw connection: what was sent, and all that came back until it ended. */
function raw(): { socket: Socket; ended: Promise<string> } {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(text));
    socket.on('error', () => {}); // the server may reset a connection that it refuses; `close` follows
  });
  return { socket, ended };
}

describe('a server', () => {
  test('listens on loopback, and answers', async () => {
    await serve();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await post('/topics/orders', '{"records":[{"value":1}]}');
    expect(await answer.json()).toMatchObject({ offsets: [{ partition: 0, offset: 0 }] });
  });

  test('takes bodies that arrive in many pieces', async () => {
    await serve();
    const body = JSON.stringify({
      records: Array.from({ length: 2_000 }, (_, i) => ({ value: `${i}-${'x'.repeat(1_000)}` })),
    });
    const answer = await post('/topics/orders', body);
    expect(((await answer.json()) as { offsets: unknown[] }).offsets).toHaveLength(2_000);
  });

  test('reads a body that comes with GET, as REST Proxy has it', async () => {
    await serve();
    await over.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 5 }]).catch(() => undefined);
    await post('/consumers/billing', '{"name":"one"}', { 'content-type': JSON_TYPE });
    await post('/consumers/billing/instances/one/assignments', '{"partitions":[{"topic":"orders","partition":0}]}');
    await post(
      '/consumers/billing/instances/one/positions',
      '{"offsets":[{"topic":"orders","partition":0,"offset":0}]}',
    );
    const body = '{"partitions":[{"topic":"orders","partition":0}]}';
    const head = `GET /consumers/billing/instances/one/offsets HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: ${JSON_TYPE}`;
    const { socket, ended } = raw();
    socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    expect(await ended).toMatch(/200 OK[\s\S]*"offsets":\[/);
    const bad = raw();
    bad.socket.write(`${head}\r\ncontent-length: 2\r\n\r\n[]`);
    expect(await bad.ended).toMatch(/422 /);
  });
});

describe('limits', () => {
  test('a body announced as too large is refused before it is sent', async () => {
    await serve({ limits: { bodyBytesMax: 1_000 } });
    const { socket, ended } = raw();
    socket.write(
      `POST /topics/orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${V2_JSON}\r\ncontent-length: 5000000\r\n\r\n{`,
    );
    const answer = await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/"error_code":413/);
  });

  test('a chunked body is refused as soon as it is too large', async () => {
    await serve({ limits: { bodyBytesMax: 1_000 } });
    const { socket, ended } = raw();
    socket.write(
      `POST /topics/orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${V2_JSON}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    socket.write(`7d0\r\n${'x'.repeat(2_000)}\r\n`);
    expect(await ended).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a client that sends its headers or its body too slowly is cut off', async () => {
    await serve({}, { limits: { headersMs: 200, requestMs: 400 } });
    const slowHeaders = raw();
    slowHeaders.socket.write('POST /topics/orders HTTP/1.1\r\nhost:');
    const slowBody = raw();
    slowBody.socket.write(
      `POST /topics/orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${V2_JSON}\r\ncontent-length: 100\r\n\r\n{`,
    );
    const cut = await Promise.all([slowHeaders.ended, slowBody.ended]);
    for (const text of cut) expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*"error_code":408/);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test('headers over their limit are 431', async () => {
    await serve({}, { limits: { headerBytesMax: 1_024 } });
    const answer = await fetch(`${server.url}/health`, { headers: { filler: 'x'.repeat(2_000) } });
    expect(answer.status).toBe(431);
    expect(await answer.json()).toMatchObject({ error_code: 431 });
  });

  test.each([
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['a Host that is none', 'GET /health HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400],
    [
      'an Upgrade',
      'GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, close\r\nupgrade: h2c\r\n\r\n',
      200,
    ],
  ])('%s is answered, and the server lives on', async (_, text, status) => {
    await serve();
    const { socket, ended } = raw();
    socket.write(text);
    expect(await ended).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*{"(error_code":${status}|status)`));
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test('a Kafka client at this port is told to the operator, once however often it tries; other garbage is not', async () => {
    const notices: string[] = [];
    await serve({}, { onNotice: (text) => notices.push(text) });
    const greeting = encodeRequest('ApiVersions', 3, { correlationId: 1, clientId: 'lost' }, {});
    for (const start of [Buffer.from('\0\0\0\0garbage'), ...Array(3).fill(Buffer.concat(greeting.parts))]) {
      const { socket, ended } = raw();
      socket.write(start);
      await ended;
    }
    expect(notices).toEqual([
      'a Kafka client at 127.0.0.1 came to the HTTP port: its bootstrap.servers is to be the Kafka port',
    ]);
  });

  test('garbage behind a request does not get into its answer', async () => {
    await serve();
    const { socket, ended } = raw();
    socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\ngarbage\r\n\r\n');
    const answers = (await ended).split('HTTP/1.1 ').slice(1);
    expect(answers.every((answer) => /^(200|400) [\s\S]*\r\n\r\n\{[^{}]*\}$/.test(answer))).toBe(true);
  });

  test('an answer that its client does not take counts as held, and others are told 429', async () => {
    const app = httpApp(over, { limits: { bodyBytesInFlightMax: 20_000_000 } });
    let held = 0;
    // How much the system takes for a client that does not read is its own affair: of these, it is given nothing.
    const outer = new Hono<HttpEnv>().all('*', async (c) => {
      const taken = c.req.header('takes') !== 'nothing';
      if (!taken) Object.assign(c.env.outgoing!.socket!, { _write() {}, _writev() {} });
      const answer = await app.fetch(c.req.raw, c.env);
      if (!taken && answer.status === 200) held++;
      return answer;
    });
    server = await serveHttp(outer, { port: 0 });
    await over.topics.alter('orders', { 'max.message.bytes': '8000000' });
    await over.events.produce('orders', [{ key: null, value: Buffer.from(JSON.stringify('x'.repeat(3_990_000))) }]);
    const path = '/topics/orders/partitions/0/records?offset=0&max_bytes=8000000';
    const lazy = Array.from({ length: 5 }, () => raw());
    for (const { socket } of lazy) {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\ntakes: nothing\r\naccept: ${V2_JSON}\r\n\r\n`);
    }
    await expect.poll(() => held, { timeout: 10_000 }).toBe(5);
    const status = async () => {
      const answer = await fetch(server.url + path, { headers: { accept: V2_JSON } });
      await answer.arrayBuffer();
      return answer.status;
    };
    expect(await status()).toBe(429);
    // As a system says it that has bytes nobody read.
    for (const { socket } of lazy) socket.resetAndDestroy();
    await expect.poll(status).toBe(200);
  });

  test('a poll beyond those that may wait is 429, and the next one is served', async () => {
    await serve({ limits: { pollsMax: 1 } });
    const at = `${server.url}/topics/orders/partitions/0/records`;
    const leaving = new AbortController();
    const waiting = fetch(`${at}?timeout=20000&offset=0`, { signal: leaving.signal }).catch(() => undefined);
    await expect.poll(async () => (await fetch(at)).status).toBe(429);
    leaving.abort();
    await waiting;
    await expect.poll(async () => (await fetch(at)).status).toBe(200);
  });

  test('a client that leaves in the middle of its body harms nobody', async () => {
    const failures: unknown[] = [];
    await serve({ onError: (error) => failures.push(error) });
    const { socket, ended } = raw();
    socket.write(
      `POST /topics/orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${V2_JSON}\r\ncontent-length: 100\r\n\r\n{`,
    );
    socket.end();
    await ended;
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(failures).toEqual([]);
    expect((await over.events.offsets('orders', [0]))[0]!.highWatermark).toBe(0);
  });
});

describe('a streamed v3 produce', () => {
  const record = (value: unknown) => `{"value":{"type":"JSON","data":${JSON.stringify(value)}}}`;

  async function stream(send: (write: (text: string) => void, receipt: () => Promise<unknown>) => Promise<void>) {
    const lines: string[] = [];
    let arrived = () => {};
    const outgoing = httpRequest(server.url + RECORDS, { method: 'POST', headers: { 'content-type': JSON_TYPE } });
    const done = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let rest = '';
        incoming.on('data', (chunk: Buffer) => {
          const parts = (rest + chunk.toString()).split('\n');
          rest = parts.pop()!;
          lines.push(...parts);
          arrived();
        });
        incoming.on('end', () => resolve(incoming));
      });
    });
    const receipt = async (): Promise<unknown> => {
      while (lines.length === 0) await new Promise<void>((resolve) => (arrived = resolve));
      return JSON.parse(lines.shift()!);
    };
    await send((text) => outgoing.write(text), receipt);
    outgoing.end();
    await done;
    return lines.map((line) => JSON.parse(line) as unknown);
  }

  test('answers each record while the request is still open', async () => {
    await serve();
    const rest = await stream(async (write, receipt) => {
      write(record(1));
      expect(await receipt()).toMatchObject({ error_code: 200, offset: 0 });
      write(record({ a: '}"\\' }).slice(0, 20));
      write(record({ a: '}"\\' }).slice(20));
      expect(await receipt()).toMatchObject({ error_code: 200, offset: 1 });
      write(`${record(3)}\n${record(4)}`);
    });
    expect(rest).toMatchObject([{ offset: 2 }, { offset: 3 }]);
  });

  test('gives a refused record its own error, and goes on', async () => {
    await serve();
    const rest = await stream(async (write) => {
      write(`${record(1)}{"value":{"type":"X"}}{"partition_id":7,"value":{"type":"JSON","data":1}}${record(2)}`);
    });
    expect(rest).toMatchObject([{ offset: 0 }, { error_code: 400 }, { error_code: 40403 }, { offset: 1 }]);
  });

  test('ends with an error where the text is JSON no more', async () => {
    await serve();
    const rest = await stream(async (write, receipt) => {
      write(record(1));
      await receipt();
      write('oops');
    });
    expect(rest).toMatchObject([{ error_code: 400 }]);
  });
});

describe('closing', () => {
  test('lets what runs finish, and takes nothing new', async () => {
    await serve();
    const waiting = fetch(`${server.url}/topics/orders/partitions/0/records?timeout=500&offset=0`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = server.close();
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    expect((await waiting).status).toBe(200);
    await closed;
  });

  test('wakes polls, which answer what they have', async () => {
    const closing = new AbortController();
    await serve({ closing: closing.signal }, { onClosing: () => closing.abort() });
    const consumer = '/consumers/billing/instances/one';
    await post('/consumers/billing', '{"name":"one"}', { 'content-type': JSON_TYPE });
    await post(`${consumer}/subscription`, '{"topics":["orders"]}');
    const polls = ['/topics/orders/partitions/0/records?offset=0&', `${consumer}/records?`].map((path) =>
      fetch(`${server.url}${path}timeout=20000`),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.close();
    for (const answer of await Promise.all(polls)) expect([answer.status, await answer.text()]).toEqual([200, '[]']);
  });

  test('ends what does not finish in time', async () => {
    await serve({}, { limits: { closeMs: 100 } });
    const waiting = fetch(`${server.url}/topics/orders/partitions/0/records?timeout=20000&offset=0`).catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.close();
    expect(await waiting).toBe('cut');
  });
});
