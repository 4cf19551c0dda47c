import { type Consuming, consume } from './consume.ts';
import { ClientError } from './errors.ts';
import { type ClientEvent, type EventToSend, type Placed, requireEvents } from './events.ts';
import { Http } from './http.ts';
import { type Processed, type Processing, processEvents } from './process.ts';
import { machineTime, type Time } from './time.ts';
import { type Transaction, transact } from './transact.ts';

export interface ClientOptions {
  /** Where the HTTP API is, such as `http://127.0.0.1:8082`. In a browser it has to be of the page's own origin. */
  readonly url: string;
  /** Sent as `authorization: Bearer …`; a function is asked for each request. */
  readonly token?: string | (() => string | Promise<string>);
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The cluster's name in v3 paths: `millrace`, unless given. */
  readonly clusterId?: string;
  /** How long a request is made again where the server does not answer, or says "later": 60 s, unless given. */
  readonly retryMs?: number;
  /** That of the runtime, unless given: one that signs requests, or a test's. */
  readonly fetch?: typeof fetch;
  readonly time?: Time;
}

const RETRY_MS = 60_000;
const CLUSTER_ID = 'millrace';

/**
 * Produces, consumes and processes events over HTTP. Holds no connection and no state of its own; any number may be made.
 *
 * @example
 * const client = createClient({ url: 'http://127.0.0.1:8082' });
 * await client.produce('orders', [{ key: '42', value: { total: 12 } }]);
 */
export class Client {
  readonly #http: Http;
  readonly #clusterId: string;

  constructor(options: ClientOptions) {
    const { url, token, clusterId = CLUSTER_ID, retryMs = RETRY_MS, time = machineTime } = options;
    const own = options.headers ?? {};
    const headers = async () => {
      if (token === undefined) return own;
      return { ...own, authorization: `Bearer ${typeof token === 'string' ? token : await token()}` };
    };
    const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#http = new Http({ url: url.replace(/\/+$/, ''), headers, fetch, time, retryMs });
    this.#clusterId = clusterId;
  }

  /**
   * Stores events durably, all of them or none, and says where each landed, in their order. Each lands once, however often
   * the request had to be made: it carries an idempotency key, `key` or one of its own.
   *
   * @throws ClientError
   * @example
   * const [placed] = await client.produce('orders', [{ key: '42', value: { total: 12 } }]);
   * placed; // { topic: 'orders', partition: 3, offset: 17 }
   */
  async produce(
    topic: string,
    events: readonly EventToSend[],
    { key = this.#http.time.newId(), signal }: { readonly key?: string; readonly signal?: AbortSignal } = {},
  ): Promise<readonly Placed[]> {
    requireEvents(events);
    if (events.length === 0) return [];
    return transact(this.#http, this.#clusterId, { to: events.map((event) => ({ ...event, topic })) }, { key, signal });
  }

  /**
   * Batches of events, as a member of a group. A batch is committed when the next one is asked for, so what a crash cuts
   * short comes again: at least once. Leaving the loop leaves the group.
   *
   * @throws ClientError
   * @example
   * for await (const events of client.consume({ group: 'billing', from: ['orders'] })) {
   *   for (const event of events) console.log(event.offset, event.json());
   * }
   */
  consume(consuming: Consuming): AsyncGenerator<readonly ClientEvent[], void> {
    return consume(this.#http, consuming);
  }

  /**
   * Stores events of any number of topics, and what a group has consumed for them, together or not at all.
   *
   * @throws ClientError; `fenced` where the consumer is none any more, or the group has come further: nothing was stored
   * @example
   * await client.transact({
   *   to: [{ topic: 'invoices', key: '42', value: { due: 12 } }, { topic: 'audit', value: 'invoice 42' }],
   *   consumed: { group: 'billing', ranges: [{ topic: 'orders', partition: 3, from: 17, to: 18 }] },
   * });
   */
  transact(
    transaction: Transaction,
    { key = this.#http.time.newId(), signal }: { readonly key?: string; readonly signal?: AbortSignal } = {},
  ): Promise<readonly Placed[]> {
    return transact(this.#http, this.#clusterId, transaction, { key, signal });
  }

  /**
   * Consume-transform-produce, exactly once: `work` makes results of a batch of events, and both, results and the batch's
   * offsets, are stored in one transaction. Other effects of `work` happen at least once: it is called again with events
   * whose transaction was refused, as when the session (45 s) ended while it worked. Resolves when `signal` fires; what
   * `work` throws ends it, with nothing of that batch stored.
   *
   * @throws ClientError; what `work` throws
   * @example
   * await client.process({ group: 'billing', from: ['orders'], signal }, (events) => ({
   *   to: events.map((event) => ({ topic: 'invoices', key: event.key, value: { due: event.json<Order>().total } })),
   * }));
   */
  process(consuming: Consuming, work: Processing): Promise<Processed> {
    return processEvents(this.#http, this.#clusterId, consuming, work);
  }
}

/**
 * A client of the HTTP API.
 *
 * @example
 * const client = createClient({ url: location.origin, token: () => session.token() });
 */
export function createClient(options: ClientOptions): Client {
  if (!/^https?:\/\//.test(options.url))
    throw new ClientError('refused', `"${options.url}" is no address; it begins with http:// or https://.`);
  return new Client(options);
}
