import { Acls } from '../../lib/auth/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../../lib/bytes/index.ts';
import { Groups } from '../../lib/group/index.ts';
import { type HttpOptions, type HttpServices, httpApp } from '../../lib/http/index.ts';
import { openLog } from '../../lib/log/index.ts';
import { Routes } from '../../lib/route/index.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { Events, Topics } from '../../lib/topic/index.ts';
import { Transactions } from '../../lib/txn/index.ts';

/** The real services over stores in memory. Two worlds over the same stores are two processes. */
export function services(
  stores: Stores = memoryStores(),
  { clock = systemClock, random = systemRandom }: { clock?: Clock; random?: Random } = {},
): HttpServices & {
  topics: Topics;
  groups: Groups;
  events: Events;
  routes: Routes;
  transactions: Transactions;
} {
  const log = openLog({ stores, clock, random });
  const topics = new Topics({ items: stores.items, log, clock, random });
  const events = new Events({ topics, log, clock, random });
  const groups = new Groups({ items: stores.items, directory: topics, log, clock, random });
  const routes = new Routes({
    items: stores.items,
    topics,
    events,
    groups,
    log,
    clock,
    random,
    filesFolder: undefined,
  });
  const acls = new Acls({ items: stores.items, clock });
  const transactions = new Transactions({ items: stores.items, log, groups, directory: topics, clock, random });
  return { topics, events, groups, routes, transactions, acls, items: stores.items, clock, random };
}

export const V2_JSON = 'application/vnd.kafka.json.v2+json';
export const V2_BINARY = 'application/vnd.kafka.binary.v2+json';

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A client of an app that is not listening: bodies go out as JSON and come back parsed. */
export function client(over: HttpServices, options: HttpOptions = {}) {
  const app = httpApp(over, options);
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const sizeBytes = String(Buffer.byteLength(text ?? ''));
    const length = text === undefined ? {} : { 'content-length': sizeBytes, 'content-type': 'application/json' };
    const init = { method, headers: { ...length, ...headers }, ...(text !== undefined && { body: text }) };
    const response = await app.request(path, init);
    const answer = await response.text();
    const lines = answer.includes('\n') ? answer.trimEnd().split('\n') : undefined;
    const parsed = lines ? lines.map((line) => JSON.parse(line) as unknown) : answer && (JSON.parse(answer) as unknown);
    return { status: response.status, headers: response.headers, body: parsed };
  };
  return {
    app,
    send,
    get: (path: string, headers?: Record<string, string>) => send('GET', path, undefined, headers),
    post: (path: string, body?: unknown, headers?: Record<string, string>) => send('POST', path, body, headers),
    delete: (path: string) => send('DELETE', path),
    produce: (topic: string, records: unknown[], headers: Record<string, string> = {}) =>
      send('POST', `/topics/${topic}`, { records }, { 'content-type': V2_JSON, ...headers }),
  };
}
