import { join } from 'node:path';
import { JARS } from '../clients/installations.ts';
import { runToEnd } from './children.ts';

const LIMIT_MS = 3 * 60_000;
const MEMORY = '-Xmx768m';
const MEBIBYTE = 1 << 20;
const MEGABYTE = 1e6;

export interface ProducerRun {
  readonly topic: string;
  readonly records: number;
  readonly recordBytes: number;
  readonly producers?: number;
  readonly codec?: 'none' | 'lz4';
  /** Records a second of each; as many as go unless given. */
  readonly throughput?: number;
}

/** What Kafka's producer tool says of its run, the records before it was warm left out. */
export interface Produced {
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Of all records this part is sent before the measuring begins: the tool's own JVM must compile first. */
const WARM_UP_PART = 0.2;

/** Runs so many of Kafka's `kafka-producer-perf-test` in one JVM. */
export async function javaProduce(bootstrap: string, run: ProducerRun): Promise<Produced[]> {
  const { topic, records, recordBytes, producers = 1, codec = 'none', throughput = -1 } = run;
  const properties = [`compression.type=${codec}`, 'acks=all', 'batch.size=65536', 'linger.ms=5'];
  const printed = await java(join(import.meta.dirname, 'Producers.java'), [
    ...[String(producers), '--bootstrap-server', bootstrap, '--topic', topic, '--throughput', String(throughput)],
    ...['--num-records', String(records), '--warmup-records', String(Math.floor(records * WARM_UP_PART))],
    ...['--record-size', String(recordBytes), '--command-property', ...properties],
  ]);
  return parseProduced(printed, producers);
}

const STEADY =
  /^(\d+) steady state records sent, ([\d.]+) records\/sec .* ([\d.]+) ms 50th, [\d.]+ ms 95th, ([\d.]+) ms 99th/gm;

/**
 * What each of so many producers printed of its run once it was warm: `80000 steady state records sent, 29651.59
 * records/sec (28.96 MB/sec), 763.89 ms avg latency, 980.00 ms max latency, 791 ms 50th, 945 ms 95th, 969 ms 99th, …`.
 */
export function parseProduced(printed: string, producers: number): Produced[] {
  const found = [...printed.matchAll(STEADY)].map(([, records, rate, p50, p99]) => ({
    records: Number(records),
    recordsPerSecond: Number(rate),
    p50Ms: Number(p50),
    p99Ms: Number(p99),
  }));
  if (found.length !== producers) throw new Error(`Not ${producers} summaries of a producer:\n${printed}`);
  return found;
}

/** All that several sent together over the time of the slowest, in bytes of values a second. */
export function rateOf(produced: readonly Produced[], recordBytes: number): number {
  const records = produced.reduce((sum, one) => sum + one.records, 0);
  const seconds = Math.max(...produced.map((one) => one.records / one.recordsPerSecond));
  return (records * recordBytes) / seconds;
}

/** Reads a topic once with Kafka's `kafka-consumer-perf-test`. Returns bytes a second, joining the group left out. */
export async function javaConsume(bootstrap: string, topic: string, records: number): Promise<number> {
  const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--num-records', String(records)];
  return parseConsumed(await java('org.apache.kafka.tools.ConsumerPerformance', [...args, '--timeout', '60000']));
}

/** From `start.time, …, fetch.MB.sec, fetch.nMsg.sec` and a line of values below. Its MB are of 2^20 bytes. */
export function parseConsumed(printed: string): number {
  const [header = '', line = ''] = printed.trim().split('\n').slice(-2);
  const rate = Number(line.split(', ')[header.split(', ').indexOf('fetch.MB.sec')]) * MEBIBYTE;
  if (!Number.isFinite(rate)) throw new Error(`No rate of a consumer:\n${printed}`);
  return rate;
}

/** Reads a topic over and over. Returns bytes a second of the time that counts, and all bytes that were read. */
export async function javaReadOver(
  bootstrap: string,
  topic: string,
  times: { readonly warmUpSeconds: number; readonly seconds: number },
): Promise<{ bytesPerSecond: number; bytes: number }> {
  const args = [bootstrap, topic, String(times.warmUpSeconds), String(times.seconds)];
  return parseReadOver(await java(join(import.meta.dirname, 'Reader.java'), args));
}

export function parseReadOver(printed: string): { bytesPerSecond: number; bytes: number } {
  const [, bytes, rate] = /^read (\d+) bytes, ([\d.E]+) MB\/sec/m.exec(printed) ?? [];
  if (!bytes) throw new Error(`No rate of a reader:\n${printed}`);
  return { bytesPerSecond: Number(rate) * MEGABYTE, bytes: Number(bytes) };
}

/** A class of Kafka's, or a source file of ours, which Java compiles before it runs it. */
function java(main: string, args: readonly string[]): Promise<string> {
  return runToEnd('java', [MEMORY, '-XX:+UseSerialGC', '-cp', join(JARS, '*'), main, ...args], LIMIT_MS);
}
