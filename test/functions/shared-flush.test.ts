import { beforeEach, describe, expect, it } from 'vitest';
import { type MeteredStores, memoryStores, meteredStores } from '../../lib/store/index.ts';
import { answerTo, apiHandler, functionPlatform, type GatewayAnswer, httpEvent, type Invoke } from './requests.ts';

const REQUESTS = 64;

let stores: MeteredStores;
let invoke: Invoke;

beforeEach(async () => {
  stores = meteredStores(memoryStores());
  const platform = functionPlatform(stores);
  invoke = apiHandler(platform);
  await platform.topics.create('orders', { partitions: 4 });
  await produce(-1);
  stores.reset();
});

function produce(n: number): Promise<GatewayAnswer> {
  const headers = { 'content-type': 'application/vnd.kafka.json.v2+json' };
  const body = JSON.stringify({ records: [{ key: `k${n}`, value: n }] });
  return answerTo(invoke, httpEvent({ method: 'POST', path: '/topics/orders', headers, body }));
}

describe('an environment that serves many requests at once', () => {
  it('stores what they produce as one object under one head, and each caller gets offsets of its own', async () => {
    const answers = await Promise.all(Array.from({ length: REQUESTS }, (_, n) => produce(n)));
    const placed = answers.map(({ statusCode, body }) => {
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
    for (let n = 0; n < 4; n++) await produce(n);
    expect(stores.meters()['object.put'].requests).toBe(4);
  });
});
