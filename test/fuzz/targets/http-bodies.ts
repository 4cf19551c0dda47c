import { httpApp } from '../../../lib/http/index.ts';
import { memoryStores } from '../../../lib/store/index.ts';
import { services } from '../../http/world.ts';
import { seededRandom } from '../../support/clock.ts';
import { below } from '../mutate.ts';
import type { Target } from '../target.ts';
import { changedJson } from '../tree.ts';
import { hastyClock } from './hasty-clock.ts';
import { JSON_WORDS } from './items.ts';

/** What requests leave behind must neither fill memory nor decide what the next ones find for ever. */
const WORLD_REQUESTS = 200;
const V2_JSON = 'application/vnd.kafka.json.v2+json';
const V2_BINARY = 'application/vnd.kafka.binary.v2+json';
const JSON_TYPE = 'application/json';
const V3 = '/v3/clusters/millrace';

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

function requestText(request: string, type: string, body: unknown): Uint8Array {
  return Buffer.from(`${request}\n${type}\n\n${typeof body === 'string' ? body : JSON.stringify(body)}`);
}

const records = [
  { key: 'k', value: { a: [1, 'x', null] } },
  { value: 5, partition: 1, headers: [{ name: 'h', value: 'eA==' }] },
];
const SEEDS = [
  requestText('POST /topics/orders', V2_JSON, { records }),
  requestText('POST /topics/orders', V2_BINARY, { records: [{ key: 'aw==', value: 'dg==' }] }),
  requestText('POST /topics/orders/partitions/0', V2_JSON, { records: [{ value: 1 }] }),
  requestText('POST /consumers/g', 'application/vnd.kafka.v2+json', {
    name: 'i',
    format: 'json',
    'auto.offset.reset': 'earliest',
  }),
  requestText('POST /consumers/g/instances/i/subscription', 'application/vnd.kafka.v2+json', { topics: ['orders'] }),
  requestText('POST /consumers/g/instances/i/offsets', 'application/vnd.kafka.v2+json', {
    offsets: [{ topic: 'orders', partition: 0, offset: 1 }],
  }),
  requestText('GET /consumers/g/instances/i/records?timeout=50&max_bytes=1000', V2_JSON, ''),
  requestText('GET /topics/orders/partitions/0/messages?offset=0&count=2', V2_JSON, ''),
  requestText(`POST ${V3}/topics`, JSON_TYPE, {
    topic_name: 'new',
    partitions_count: 2,
    configs: [{ name: 'retention.ms', value: '1000' }],
  }),
  requestText(`POST ${V3}/topics/orders/records`, JSON_TYPE, {
    partition_id: 1,
    headers: [{ name: 'h', value: 'eA==' }],
    key: { type: 'STRING', data: 'k' },
    value: { type: 'JSON', data: { a: 1 } },
    timestamp: '2026-01-01T00:00:00Z',
  }),
  requestText(`POST ${V3}/topics/orders/configs:alter`, JSON_TYPE, {
    data: [{ name: 'retention.ms', operation: 'DELETE' }],
  }),
  requestText(`PUT ${V3}/topics/orders/configs/retention.ms`, JSON_TYPE, { value: '5' }),
  requestText(`POST ${V3}/acls`, JSON_TYPE, {
    resource_type: 'TOPIC',
    resource_name: 'orders',
    pattern_type: 'LITERAL',
    principal: 'User:a',
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
  }),
  requestText(`POST ${V3}/transactions`, JSON_TYPE, {
    records: [
      { topic_name: 'orders', value: { type: 'JSON', data: 1 } },
      { topic_name: 'latest', key: { type: 'STRING', data: 'k' } },
    ],
    offsets: [
      { consumer_group_id: 'h', partitions: [{ topic_name: 'orders', partition_id: 0, offset: 1, from_offset: 0 }] },
    ],
  }),
  requestText(`GET ${V3}/consumer-groups/g/lags`, JSON_TYPE, ''),
  requestText('POST /connectors', JSON_TYPE, {
    name: 'r',
    config: { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'latest' },
  }),
  requestText('PUT /connectors/r/config', JSON_TYPE, {
    'connector.class': 'topic',
    topics: 'orders',
    'topic.name': 'latest',
    filter: '{"key":["a"]}',
  }),
];

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
  seeds: () => SEEDS,
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
