import type { Random } from '../../lib/bytes/index.ts';
import { httpApp } from '../../lib/http/index.ts';
import { type LedgerRef, ledgersOf } from '../../lib/log/index.ts';
import type { EventIn, TopicInfo } from '../../lib/topic/index.ts';
import { type Environment, FUNCTION_MEMORY_MB, type FunctionName, LambdaFunction } from './functions.ts';
import { LATENCY } from './network.ts';
import { SharedStores } from './stores.ts';
import { SimulatedTime } from './time.ts';
import type { Workload } from './workloads.ts';

export const TOPIC = 'orders';
/** Events are kept for a day, as Kinesis keeps them at its base price. */
export const RETENTION_MS = 24 * 3_600_000;
const START_MS = Date.UTC(2026, 10, 1);
/** HTTP APIs are billed for each 512 KB begun of a request. Source: "Amazon API Gateway pricing". */
const GATEWAY_UNIT_BYTES = 512 * 1024;
const SINK_URL = 'http://127.0.0.1/sink';

/** What is billed beside the functions' own calls. */
export interface Edges {
  gatewayUnits: number;
  sinkRequests: number;
}

/** A platform on AWS as it is replayed: its functions over shared stores, in simulated time. */
export class World {
  readonly time = new SimulatedTime(START_MS);
  readonly workload: Workload;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly edges: Edges = { gatewayUnits: 0, sinkRequests: 0 };
  readonly shared: SharedStores;
  topic!: TopicInfo;
  /** Ledgers whose heads were written since the stream was read last. */
  readonly changed = new Map<string, LedgerRef>();
  readonly #apps = new WeakMap<Environment, ReturnType<typeof httpApp>>();

  constructor(workload: Workload, random: Random) {
    this.workload = workload;
    this.shared = new SharedStores(({ pk }) => {
      const [, topicId = '', index] = pk.split('/');
      this.changed.set(pk, { topicId, index: Number(index) });
    });
    const parts = { time: this.time, shared: this.shared, random };
    const names = Object.keys(FUNCTION_MEMORY_MB) as FunctionName[];
    this.functions = Object.fromEntries(names.map((name) => [name, new LambdaFunction(parts)])) as World['functions'];
  }

  /** Makes the topic, and the routes. Call it within `done`. */
  async setUp(): Promise<void> {
    const { partitions, routes, sinkBatch } = this.workload;
    await this.functions.api.invoke(async ({ platform }) => {
      const config = { 'retention.ms': String(RETENTION_MS) };
      this.topic = await platform.topics.create(TOPIC, { partitions, config });
      for (let route = 0; route < routes; route++) {
        await platform.routes.create(`route${route}`, {
          'connector.class': 'webhook',
          topics: TOPIC,
          'webhook.url': SINK_URL,
          'webhook.batch.max.records': String(sinkBatch),
          'consumer.override.auto.offset.reset': 'earliest',
        });
      }
    });
  }

  /** Lets time go on until `work` is done. */
  async done<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const watched = work.finally(() => {
      ended = true;
    });
    // Nobody sleeps, and yet it has not ended: a module is being loaded, which takes real time.
    while (!ended) await this.time.runUntil(Number.POSITIVE_INFINITY, () => ended);
    return watched;
  }

  /** A request of the HTTP API, through the gateway. */
  request(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.functions.api.invoke(async (environment) => {
      let app = this.#apps.get(environment);
      if (!app) {
        app = httpApp(environment.platform);
        this.#apps.set(environment, app);
      }
      const answer = await app.request(path, { method, headers, ...(body !== undefined && { body }) });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      const answered = await answer.arrayBuffer();
      const largest = Math.max(body?.length ?? 0, answered.byteLength);
      this.edges.gatewayUnits += Math.max(1, Math.ceil(largest / GATEWAY_UNIT_BYTES));
      return new Response(answered, { status: 200 });
    });
  }

  /** What routes post to: it takes its time, and all that it is given. */
  readonly sink: typeof fetch = async () => {
    await this.time.clock.sleep(LATENCY.sinkMs);
    this.edges.sinkRequests++;
    return new Response(null, { status: 204 });
  };

  /** Events that wait for the readers, on average of them: what keeps its pace has those of the last seconds. */
  async lag(): Promise<number> {
    const { groups, routes } = this.workload;
    const lags = await this.functions.api.invoke(({ platform }) => {
      const names = [
        ...Array.from({ length: groups }, (_, i) => `group${i}`),
        ...Array.from({ length: routes }, (_, i) => `route.route${i}`),
      ];
      return Promise.all(names.map(async (name) => (await platform.groups.lag(name)).total));
    });
    return lags.reduce((sum, lag) => sum + lag, 0) / Math.max(1, lags.length);
  }

  get ledgers(): number {
    return ledgersOf(this.topic).length;
  }

  /** Pages ever made; those that stand in the store now, their bytes, and the queries that it takes to walk them once. */
  async pages(): Promise<{ made: number; kept: number; bytes: number; queries: number }> {
    const { items } = this.shared.view().stores;
    const sum = { made: 0, kept: 0, bytes: 0, queries: 0 };
    for (const { ledger } of ledgersOf(this.topic)) {
      const pk = `ledger/${ledger.topicId}/${ledger.index}`;
      const head = await items.get({ pk, sk: 'head' });
      sum.made += Number(head?.k ?? 0);
      for (let after: string | undefined; ; ) {
        const page = await items.query(pk, { prefix: 'page/', ...(after !== undefined && { after }) });
        sum.queries++;
        sum.kept += page.items.length;
        for (const { item } of page.items) sum.bytes += PAGE_OVERHEAD_BYTES + (item.d as Uint8Array).length;
        after = page.next;
        if (after === undefined) break;
      }
    }
    return sum;
  }
}

/** Keys, names and version of a page's item. */
const PAGE_OVERHEAD_BYTES = 70;

/** Events to send: keys of 8 bytes, values so long that both take `eventBytes`, JSON throughout. */
export function eventsOf(count: number, eventBytes: number, random: Random): EventIn[] {
  return Array.from({ length: count }, () => {
    const key = JSON.stringify(`k${String(Math.floor(random.next() * 100_000)).padStart(5, '0')}`);
    const value = JSON.stringify('x'.repeat(eventBytes - key.length - 2));
    return { key: Buffer.from(key), value: Buffer.from(value) };
  });
}
