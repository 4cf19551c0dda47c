/**
 * The load generator, a process of its own: `node load.ts <settings as JSON>`. It prints what it measured as JSON. Frames are
 * made before the clock runs, so that it costs far less than any server.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchOfBytes, buildBatch } from '../../bench/batches.ts';
import { baseOffset as baseOffsetOf, batchHeader, batchLength } from '../../lib/record/index.ts';
import { fetchFrame, LoadClient, produceFrame } from './load-client.ts';

interface Common {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly connections: number;
  readonly recordBytes: number;
  /** Before the clock runs: the server compiles, connections open. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Further connections that have said hello and say no more. */
  readonly idle: number;
}

export type LoadSettings = Common &
  (
    | {
        readonly kind: 'produce';
        /** Requests of one connection that wait for their answers. */
        readonly inFlight: number;
        readonly batchBytes: number;
        /** A batch for each of so many partitions in every request. */
        readonly partitionsPerRequest: number;
      }
    /** Requests go out when they are due, whether or not those before are answered. */
    | { readonly kind: 'paced'; readonly requestsPerSecond: number; readonly recordsPerRequest: number }
    /** Produces so many bytes, as fast as it goes, and measures nothing. */
    | { readonly kind: 'fill'; readonly batchBytes: number; readonly bytes: number }
    /** Every connection reads a partition from its beginning to its end, over and over. */
    | { readonly kind: 'fetch' }
  );

export interface LoadResult {
  readonly megabytesPerSecond: number;
  /** Between request and answer; of paced ones since they were due. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of batches, from the first request to the last, the time of warming up included. */
  readonly bytes: number;
}

const IN_FLIGHT_OF_FILL = 4;
/** Base offset and length: what must be there to tell a batch's end. */
const BATCH_OVERHEAD_BYTES = 12;

const settings = JSON.parse(process.argv[2]!) as LoadSettings;
const { bootstrap, topic, partitions, recordBytes } = settings;
const idle = await Promise.all(Array.from({ length: settings.idle }, () => LoadClient.to(bootstrap)));
const clients = await Promise.all(Array.from({ length: settings.connections }, () => LoadClient.to(bootstrap)));
let fromMs = 0;
let untilMs = 0;
let measuredBytes = 0;
let bytes = 0;
const latenciesMs: number[] = [];

function beginAt(startMs: number): void {
  fromMs = startMs + settings.warmUpSeconds * 1_000;
  untilMs = fromMs + settings.seconds * 1_000;
}

function note(sentMs: number, sentBytes: number): void {
  const nowMs = performance.now();
  bytes += sentBytes;
  if (nowMs < fromMs || nowMs > untilMs) return;
  measuredBytes += sentBytes;
  latenciesMs.push(nowMs - sentMs);
}

/** So many of the topic's partitions, of which each client has others first. */
function partitionsOf(client: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (client * count + i) % partitions);
}

async function produce(inFlight: number, batchBytes: number, partitionsPerRequest: number): Promise<void> {
  const batch = batchOfBytes(batchBytes, recordBytes);
  const frames = clients.map((_, i) => produceFrame(topic, partitionsOf(i, partitionsPerRequest), batch.bytes));
  beginAt(performance.now());
  const flatOut = async (index: number) => {
    while (performance.now() < untilMs) {
      const sentMs = performance.now();
      await clients[index]!.produce(frames[index]!);
      note(sentMs, batch.bytes.length * partitionsPerRequest);
    }
  };
  await Promise.all(clients.flatMap((_, i) => Array.from({ length: inFlight }, () => flatOut(i))));
}

async function fill(batchBytes: number, wantedBytes: number): Promise<void> {
  const batch = batchOfBytes(batchBytes, recordBytes);
  const counts = Array.from({ length: partitions }, () => Math.ceil(wantedBytes / partitions / batch.bytes.length));
  const one = async (index: number) => {
    for (let partition = index % partitions; partition < partitions; partition += clients.length) {
      const frame = produceFrame(topic, [partition], batch.bytes);
      while (counts[partition]!-- > 0) await clients[index]!.produce(frame);
    }
  };
  await Promise.all(clients.flatMap((_, i) => Array.from({ length: IN_FLIGHT_OF_FILL }, () => one(i))));
}

async function paced(requestsPerSecond: number, recordsPerRequest: number): Promise<void> {
  const batch = buildBatch(recordsPerRequest, recordBytes);
  const frames = clients.map((_, i) => produceFrame(topic, partitionsOf(i, 1), batch.bytes));
  const startMs = performance.now();
  beginAt(startMs);
  const sending: Promise<void>[] = [];
  for (let sent = 0; ; sent++) {
    // A server that stalls must not slow the measuring down with it: a request counts from when it was due.
    const dueMs = startMs + (sent * 1_000) / requestsPerSecond;
    if (dueMs > untilMs) break;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await sleep(Math.ceil(earlyMs));
    const client = sent % clients.length;
    const sentMs = Math.max(dueMs, 0);
    sending.push(clients[client]!.produce(frames[client]!).then(() => note(sentMs, batch.bytes.length)));
  }
  await Promise.all(sending);
}

async function fetchAll(): Promise<void> {
  beginAt(performance.now());
  const readOver = async (index: number) => {
    let offset = 0;
    while (performance.now() < untilMs) {
      const sentMs = performance.now();
      const frame = fetchFrame(topic, index % partitions, offset);
      const read = await clients[index]!.fetch(frame, (records, highWatermark) => {
        const end = endOf(records);
        return { next: end === undefined || end >= highWatermark ? 0 : end, bytes: records.length };
      });
      note(sentMs, read.bytes);
      if (read.bytes === 0) throw new Error(`Partition ${index % partitions} of ${topic} has nothing at ${offset}.`);
      offset = read.next;
    }
  };
  await Promise.all(clients.map((_, i) => readOver(i)));
}

/** Behind the last whole batch; undefined where there is none. */
function endOf(records: Uint8Array): number | undefined {
  let end: number | undefined;
  for (let at = 0; at + BATCH_OVERHEAD_BYTES <= records.length; ) {
    const length = batchLength(records, at);
    if (at + length > records.length) break;
    end = baseOffsetOf(records, at) + batchHeader(records, at).offsetSpan;
    at += length;
  }
  return end;
}

for (const client of idle) await client.hello();
if (settings.kind === 'produce') await produce(settings.inFlight, settings.batchBytes, settings.partitionsPerRequest);
else if (settings.kind === 'fill') await fill(settings.batchBytes, settings.bytes);
else if (settings.kind === 'paced') await paced(settings.requestsPerSecond, settings.recordsPerRequest);
else await fetchAll();
for (const client of [...clients, ...idle]) client.close();
latenciesMs.sort((a, b) => a - b);
const at = (share: number) =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
const result: LoadResult = {
  megabytesPerSecond: measuredBytes / 1e6 / Math.max(settings.seconds, Number.EPSILON),
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  bytes,
};
console.log(JSON.stringify(result));
