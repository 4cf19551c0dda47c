import { inject, onTestFinished } from 'vitest';
import { openPlatform, type Platform } from '../../../lib/platform.ts';
import { memoryStores } from '../../../lib/store/index.ts';
import { type FaultyProxy, faultyProxy, type NetworkFault } from '../faulty-proxy.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** What clients of the tests themselves are made with: they reach the emulator, whatever befalls the sinks. */
export function direct() {
  return { endpoint: inject('ministack'), region: REGION };
}

/** A network between sinks and the emulator that fails as told. Sinks find it as they find AWS: by the environment. */
export async function sinkNetwork(options?: { http2?: boolean }): Promise<FaultyProxy> {
  const proxy = await faultyProxy(inject('ministack'), options);
  process.env.AWS_ENDPOINT_URL = proxy.url;
  return {
    ...proxy,
    get requests() {
      return proxy.requests;
    },
    get lastHeaders() {
      return proxy.lastHeaders;
    },
    close() {
      delete process.env.AWS_ENDPOINT_URL;
      return proxy.close();
    },
  };
}

/** A platform in memory with the topic `orders` of one partition, and a route from it. */
export async function routed(config: Record<string, string>): Promise<Platform> {
  const platform = openPlatform({ stores: memoryStores() });
  onTestFinished(() => platform.close());
  await platform.topics.create('orders', { partitions: 1 });
  await platform.routes.create('to-aws', {
    topics: 'orders',
    'errors.retry.delay.max.ms': '200',
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': 'dead',
    ...config,
  });
  return platform;
}

/** Produces one event per key, numbered: values are `<key><number>`, numbered per key. */
export async function produceNumbered(platform: Platform, keys: readonly string[]): Promise<void> {
  const counts = new Map<string, number>();
  const events = keys.map((key) => {
    const n = counts.get(key) ?? 0;
    counts.set(key, n + 1);
    return { key: Buffer.from(key), value: Buffer.from(`${key}${n}`) };
  });
  await platform.events.produce('orders', events);
}

/** What an AWS service of the JSON protocols would answer instead. */
export function says(status: number, type: string): NetworkFault {
  const body = JSON.stringify({ __type: type, message: 'said by the test' });
  return { status, type: 'application/x-amz-json-1.1', body };
}

interface BatchRequest {
  readonly [name: string]: unknown;
}

/**
 * One call of which some entries are refused: they do not reach the emulator, all others do. `answer` puts the refusals
 * into its answer, as each service words them.
 */
export function refusing<Entry>(
  field: string,
  refused: (entry: Entry) => boolean,
  answer: (said: BatchRequest, entries: readonly { entry: Entry; refused: boolean }[]) => BatchRequest,
): NetworkFault {
  return async (body, forward) => {
    const request = JSON.parse(body) as BatchRequest;
    const entries = (request[field] as Entry[]).map((entry) => ({ entry, refused: refused(entry) }));
    const passed = entries.filter((one) => !one.refused).map(({ entry }) => entry);
    const said = passed.length === 0 ? '{}' : await forward(JSON.stringify({ ...request, [field]: passed }));
    return JSON.stringify(answer(JSON.parse(said) as BatchRequest, entries));
  };
}

/** Waits until `holds`, for ten seconds at most. */
export async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`After ten seconds there was not ${what}.`);
}
