/**
 * The load generator, a process of its own: `node load.ts <bootstrap> <topic> <partitions> <settings as JSON>`. It prints what
 * it measured as JSON. Frames are made before the clock runs, so that it costs far less than any server.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchOfBytes, buildBatch } from '../../bench/batches.ts';
import { LoadClient, produceFrame } from './load-client.ts';

export interface LoadSettings {
  readonly connections: number;
  /** Requests of one connection that wait for their answers. */
  readonly inFlight: number;
  readonly batchBytes: number;
  readonly recordBytes: number;
  readonly seconds: number;
  /** Requests per second over all connections, each of `recordsPerRequest`; without it, as many as go. */
  readonly paced?: { readonly requestsPerSecond: number; readonly recordsPerRequest: number };
}

export interface LoadResult {
  readonly megabytesPerSecond: number;
  readonly recordsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Not counted: the server compiles, connections open. */
const WARM_UP_MS = 2_000;

const [bootstrap, topic, partitions, text] = process.argv.slice(2) as [string, string, string, string];
const settings = JSON.parse(text) as LoadSettings;
const clients = await Promise.all(Array.from({ length: settings.connections }, () => LoadClient.to(bootstrap)));
const batch = settings.paced
  ? buildBatch(settings.paced.recordsPerRequest, settings.recordBytes)
  : batchOfBytes(settings.batchBytes, settings.recordBytes);
const frames = clients.map((_, i) => produceFrame(topic, i % Number(partitions), batch.bytes));
const startMs = performance.now();
const fromMs = startMs + WARM_UP_MS;
const untilMs = fromMs + settings.seconds * 1_000;
const latenciesMs: number[] = [];
let answered = 0;

/** `dueMs` is when the request should have gone: a server that stalls must not slow the measuring down with it. */
async function send(index: number, dueMs: number): Promise<void> {
  const sentMs = performance.now();
  await clients[index]!.produce(frames[index]!);
  const nowMs = performance.now();
  if (nowMs < fromMs || nowMs > untilMs) return;
  answered++;
  latenciesMs.push(nowMs - Math.min(dueMs, sentMs));
}

async function flatOut(index: number): Promise<void> {
  while (performance.now() < untilMs) await send(index, performance.now());
}

async function atPace(requestsPerSecond: number): Promise<void> {
  const sending: Promise<void>[] = [];
  for (let sent = 0; ; sent++) {
    const dueMs = startMs + (sent * 1_000) / requestsPerSecond;
    if (dueMs > untilMs) break;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 1) await sleep(earlyMs);
    sending.push(send(sent % clients.length, dueMs));
  }
  await Promise.all(sending);
}

if (settings.paced) await atPace(settings.paced.requestsPerSecond);
else await Promise.all(clients.flatMap((_, i) => Array.from({ length: settings.inFlight }, () => flatOut(i))));
for (const client of clients) client.close();
latenciesMs.sort((a, b) => a - b);
const at = (share: number) =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
const result: LoadResult = {
  megabytesPerSecond: (answered * batch.bytes.length) / 1e6 / settings.seconds,
  recordsPerSecond: (answered * batch.records) / settings.seconds,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
};
console.log(JSON.stringify(result));
