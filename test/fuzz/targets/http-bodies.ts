import { httpApp } from '../../../lib/http/index.ts';
import { memoryStores } from '../../../lib/store/index.ts';
import { services } from '../../http/world.ts';
import { seededRandom } from '../../support/clock.ts';
import { below } from '../mutate.ts';
import type { Target } from '../target.ts';
import { changedJson } from '../tree.ts';
import { hastyClock } from './hasty-clock.ts';
import { HTTP_PRELUDE, HTTP_REQUESTS } from './http-requests.ts';
import { JSON_WORDS } from './items.ts';

/** What requests leave behind must neither fill memory nor decide what the next ones find for ever. */
const WORLD_REQUESTS = 200;

let app: ReturnType<typeof httpApp> | undefined;
let requests = 0;
let unexpected: unknown;

async function open(): Promise<ReturnType<typeof httpApp>> {
  const over = services(memoryStores(), { clock: hastyClock(), random: seededRandom(1) });
  await over.topics.create('orders', { partitions: 2 });
  await over.topics.create('latest', { partitions: 1, config: { 'cleanup.policy': 'compact' } });
  return httpApp(over, {
    onError: (error) => {
      unexpected = error;
    },
  });
}

const PATH_PARTS = [
  ...[
    '',
    '0',
    '-1',
    '1e3',
    '99999999999999999999',
    'orders',
    'latest',
    'g',
    'i',
    '*',
    '%00',
    '%FF',
    '%2F',
    '..',
    ':',
    'x',
  ],
  ...['orders:alter', 'a'.repeat(300), '%F0%9F%98%80', 'true', 'lags', 'records', 'partitions', '0,1', '__proto__'],
];

/** A request's line, its content type, and behind an empty line its body: an app has an answer for any, and it is no 500. */
export const target: Target = {
  name: 'http-bodies',
  seeds: () => HTTP_REQUESTS,
  words: [
    ...JSON_WORDS,
    '"records"',
    '"value"',
    '"partition"',
    '"key"',
    '"data"',
    '"BINARY"',
    '%2F',
    '%00',
    '?',
    '&',
    '/',
  ],
  /** Of a request the body, or a part of the path or of the query. */
  change(bytes, random) {
    const [head = '', body = ''] = Buffer.from(bytes).toString().split('\n\n', 2);
    if (body !== '' && random.next() < 0.7) {
      const changed = changedJson(body, random, [
        'orders',
        'latest',
        'JSON',
        'BINARY',
        'records',
        'value',
        'key',
        'headers',
      ]);
      return changed === undefined ? undefined : Buffer.from(`${head}\n\n${changed}`);
    }
    const parts = head.split(/(?<=[/?&=\n])/);
    const at = 1 + below(random, parts.length - 1);
    const odd = PATH_PARTS[below(random, PATH_PARTS.length)]!;
    return Buffer.from(`${parts.with(at, odd + (parts[at]!.match(/[/?&=\n]$/)?.[0] ?? '')).join('')}\n\n${body}`);
  },
  async take(bytes) {
    const request = requestOf(Buffer.from(bytes));
    if (!request) return undefined;
    if (requests++ % WORLD_REQUESTS === 0) app = await open();
    unexpected = undefined;
    const response = await app!.request(request);
    const text = await response.text();
    if (unexpected !== undefined) throw unexpected;
    if (response.status >= 500 && response.status !== 501) throw new Error(`${response.status}: ${text.slice(0, 200)}`);
    for (const line of text.split('\n')) if (line.trim() !== '') JSON.parse(line);
    return undefined;
  },
  /** In a world of its own, in which there is what the seeds are about. */
  async refusal(bytes) {
    const over = await open();
    for (const one of HTTP_PRELUDE) {
      const made = await over.request(requestOf(Buffer.from(one))!);
      if (made.status >= 400) return `what has to be there first: ${await made.text()}`;
    }
    const request = requestOf(Buffer.from(bytes));
    if (!request) return 'no client can send that';
    const response = await over.request(request);
    return response.status >= 400 ? `${response.status}: ${await response.text()}` : undefined;
  },
  isClean: () => false,
};

/** Undefined where no client can send that. */
function requestOf(bytes: Buffer): Request | undefined {
  const at = bytes.indexOf('\n\n');
  if (at < 0) return undefined;
  const [line = '', type = ''] = bytes.subarray(0, at).toString('latin1').split('\n');
  const [method = '', path = ''] = line.split(' ');
  const body = bytes.subarray(at + 2);
  const bare = method === 'GET' || method === 'HEAD' || body.length === 0;
  try {
    return new Request(new URL(path, 'http://127.0.0.1:8082'), {
      method,
      headers: { 'content-type': type, accept: type, ...(!bare && { 'content-length': String(body.length) }) },
      ...(!bare && { body: new Uint8Array(body) }),
    });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
