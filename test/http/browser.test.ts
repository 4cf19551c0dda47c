import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpServer, httpApp, serveHttp } from '../../lib/http/index.ts';
import { client, services, V2_JSON } from './world.ts';

const over = services();
const http = client(over);
const RECORD = '{"records":[{"value":1}]}';

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** The status that a server on `listen` answers to a request under the Host header `host`. */
async function statusAt(listen: string, host: string): Promise<number> {
  server = await serveHttp(httpApp(over), { port: 0, host: listen });
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/topics', headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    outgoing.on('error', reject).end();
  });
}

describe('a server on loopback', () => {
  test.each([
    'localhost',
    'localhost:8082',
    'LOCALHOST.',
    'api.localhost:1',
    '127.0.0.1:8082',
    '127.1.2.3',
    '[::1]:8082',
  ])('answers to the host %s', async (host) => expect(await statusAt('127.0.0.1', host)).toBe(200));

  test.each(['rebound.example', 'rebound.example:8082', 'localhost.example', '127.0.0.1.example', '10.0.0.1'])(
    'refuses the host %s, to which a name may have been rebound',
    async (host) => expect(await statusAt('127.0.0.1', host)).toBe(421),
  );

  test('says in the shape of all errors what would be right', async () => {
    server = await serveHttp(httpApp(over), { port: 0 });
    const { port } = new URL(server.url);
    const text = await new Promise<string>((resolve) => {
      request({ port, host: '127.0.0.1', headers: { host: 'rebound.example' } }, (answer) => {
        answer.setEncoding('utf8').on('data', resolve);
      }).end();
    });
    expect(JSON.parse(text)).toMatchObject({ error_code: 421, message: expect.stringContaining('localhost') });
  });
});

test('a server that is open to a network answers to any host', async () => {
  expect(await statusAt('0.0.0.0', 'millrace.example')).toBe(200);
});

describe('a page of another origin', () => {
  const foreign: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
    { origin: 'https://example.com', host: 'localhost:8082' },
    { origin: 'http://localhost:3000', host: 'localhost:8082' },
    { origin: 'null', host: 'localhost:8082' },
  ];

  test.each(foreign)('has no effect: %j', async (headers) => {
    await over.topics.layout('orders').then((there) => there ?? over.topics.create('orders'));
    expect(await http.post('/topics/orders', RECORD, { 'content-type': V2_JSON, ...headers })).toMatchObject({
      status: 403,
      body: { error_code: 403 },
    });
    expect((await http.get('/topics', headers)).status).toBe(403);
    expect((await http.send('POST', '/connectors/x/restart', undefined, headers)).status).toBe(403);
  });

  test('may link to here', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await http.get('/health', link)).status).toBe(200);
    expect((await http.post('/connectors', {}, link)).status).toBe(403);
  });
});

test.each<Record<string, string>>([
  { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8082' },
  { 'sec-fetch-site': 'none' },
  { origin: 'http://localhost:8082', host: 'localhost:8082' },
  {},
])('our own pages, and what is no browser, are served: %j', async (headers) => {
  expect((await http.get('/topics', headers)).status).toBe(200);
});

describe('a body that a form of any site can send is refused', () => {
  const types = ['text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'multipart/form-data'];
  const paths = [
    '/connectors',
    '/consumers/billing',
    '/topics/orders',
    '/v3/clusters/millrace/topics',
    '/v3/clusters/millrace/topics/orders/records',
  ];

  test.each(types.flatMap((type) => paths.map((path) => [type, path] as const)))('%s to %s', async (type, path) => {
    expect((await http.post(path, RECORD, { 'content-type': type })).status).toBe(415);
  });

  test.each(paths)('no type at all to %s', async (path) => {
    const body = new Blob([RECORD]);
    const headers = { 'content-length': String(body.size) };
    expect((await http.app.request(path, { method: 'POST', body, headers })).status).toBe(415);
  });
});
