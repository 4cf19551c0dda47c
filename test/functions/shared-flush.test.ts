import { handle } from 'hono/aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../functions/environment.ts';
import { apiOf } from '../../functions/http.ts';
import { LOG_SETTINGS } from '../../functions/open.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { type MeteredStores, memoryStores, meteredStores } from '../../lib/store/index.ts';

const REQUESTS = 64;

let stores: MeteredStores;
let platform: Platform;
let invoke: ReturnType<typeof handle>;

beforeEach(async () => {
  stores = meteredStores(memoryStores());
  // As `open` has it in a function, but for where the bytes are.
  platform = openPlatform({ stores, log: LOG_SETTINGS, background: false });
  const names = { MILLRACE_PLATFORM: 'shop', MILLRACE_BUCKET: 'b', MILLRACE_TABLE: 't', MILLRACE_AUTH: 'none' };
  invoke = handle(apiOf({ platform, environment: readEnvironment(names) }));
  await platform.topics.create('orders', { partitions: 4 });
  await invoke(produce(-1), context);
  stores.reset();
});

const context = { getRemainingTimeInMillis: () => 29_000 } as Parameters<typeof invoke>[1] & object;

/** A request as an HTTP API hands it to the function. */
function produce(n: number): Parameters<typeof invoke>[0] {
  const path = '/topics/orders';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/vnd.kafka.json.v2+json', host: 'api.example.com' },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      authentication: null,
      authorizer: {},
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: `request-${n}`,
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    body: JSON.stringify({ records: [{ key: `k${n}`, value: n }] }),
    isBase64Encoded: false,
  };
}

describe('an environment that serves many requests at once', () => {
  it('stores what they produce as one object under one head, and each caller gets offsets of its own', async () => {
    const answers = await Promise.all(Array.from({ length: REQUESTS }, (_, n) => invoke(produce(n), context)));
    const placed = answers.map((answer) => {
      const { statusCode, body } = answer as { readonly statusCode: number; readonly body: string };
      expect(statusCode).toBe(200);
      const [{ partition, offset }] = (JSON.parse(body) as { offsets: [{ partition: number; offset: number }] })
        .offsets;
      return `${partition}/${offset}`;
    });
    expect(new Set(placed).size).toBe(REQUESTS);
    const { 'object.put': puts, 'item.write': writes } = stores.meters();
    expect([puts.requests, writes.requests]).toEqual([1, 1]);
  });

  it('stores one by one what comes one by one', async () => {
    for (let n = 0; n < 4; n++) await invoke(produce(n), context);
    expect(stores.meters()['object.put'].requests).toBe(4);
  });
});
