import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { JARS } from '../clients/installations.ts';
import type { LoadResult, LoadSettings } from './load.ts';

const run = promisify(execFile);
const LIMIT_MS = 3 * 60_000;
const TOPIC_LIMIT_MS = 60_000;

/** What one measurement came to: a rate, or a time, by the name of its unit. */
export interface Measured {
  readonly value: number;
  readonly unit: 'MB/s' | 'ms';
  /** Bytes that went through the server, for CPU per GB. */
  readonly bytes: number;
}

export interface Measure {
  readonly name: string;
  /** Is less better? */
  readonly lower?: boolean;
  run(bootstrap: string, topic: string): Promise<readonly Measured[]>;
}

const PARTITIONS = 8;

/** Kafka's own tools, each in a JVM of its own. */
function java(mainClass: string, args: readonly string[], limitMs = LIMIT_MS): Promise<{ stdout: string }> {
  const jvm = ['-Xmx512m', '-XX:+UseSerialGC', '-cp', join(JARS, '*')];
  return run('java', [...jvm, mainClass, ...args], { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 1 << 24 });
}

export async function makeTopic(bootstrap: string, topic: string, partitions = PARTITIONS): Promise<void> {
  const args = ['--bootstrap-server', bootstrap, '--create', '--topic', topic, '--partitions', String(partitions)];
  await java('org.apache.kafka.tools.TopicCommand', args, TOPIC_LIMIT_MS);
}

/** `12345 records sent, 987.6 records/sec (0.94 MB/sec), …`: the last line is of the whole run. Its MB are of 2^20 bytes. */
function producedRate(stdout: string): number {
  const rates = [...stdout.matchAll(/records\/sec \(([\d.]+) MB\/sec\)/g)];
  return (Number(rates.at(-1)?.[1]) * 1024 * 1024) / 1e6;
}

function javaProduce(name: string, records: number, bytes: number, producers = 1, codec = 'none'): Measure {
  return {
    name,
    run: async (bootstrap, topic) => {
      const props = [`bootstrap.servers=${bootstrap}`, 'acks=all', 'batch.size=65536', 'linger.ms=5'];
      const args = ['--topic', topic, '--num-records', String(records), '--record-size', String(bytes)];
      const all = [...args, '--throughput', '-1', '--producer-props', ...props, `compression.type=${codec}`];
      const runs = Array.from({ length: producers }, () => java('org.apache.kafka.tools.ProducerPerformance', all));
      const rates = (await Promise.all(runs)).map(({ stdout }) => producedRate(stdout));
      const value = rates.reduce((sum, rate) => sum + rate, 0);
      return [{ value, unit: 'MB/s', bytes: producers * records * bytes }];
    },
  };
}

function javaConsume(name: string, records: number, bytes: number): Measure {
  return {
    name,
    run: async (bootstrap, topic) => {
      const args = [
        '--bootstrap-server',
        bootstrap,
        '--topic',
        topic,
        '--messages',
        String(records),
        '--timeout',
        '60000',
      ];
      const { stdout } = await java('org.apache.kafka.tools.ConsumerPerformance', args);
      const [header, line] = stdout.trim().split('\n').slice(-2);
      const at = header!.split(', ').indexOf('fetch.MB.sec');
      return [{ value: (Number(line!.split(', ')[at]) * 1024 * 1024) / 1e6, unit: 'MB/s', bytes: records * bytes }];
    },
  };
}

async function load(bootstrap: string, topic: string, settings: LoadSettings): Promise<LoadResult> {
  const args = [join(import.meta.dirname, 'load.ts'), bootstrap, topic, String(PARTITIONS), JSON.stringify(settings)];
  const { stdout } = await run(process.execPath, args, { timeout: LIMIT_MS, killSignal: 'SIGKILL' });
  return JSON.parse(stdout) as LoadResult;
}

function generated(name: string, settings: LoadSettings): Measure {
  return {
    name,
    run: async (bootstrap, topic) => {
      const { megabytesPerSecond } = await load(bootstrap, topic, settings);
      return [{ value: megabytesPerSecond, unit: 'MB/s', bytes: megabytesPerSecond * settings.seconds * 1e6 }];
    },
  };
}

/** The median, then the 99th percentile. */
function paced(name: string, settings: LoadSettings): Measure {
  return {
    name,
    lower: true,
    run: async (bootstrap, topic) => {
      const { p50Ms, p99Ms } = await load(bootstrap, topic, settings);
      return [p50Ms, p99Ms].map((value) => ({ value, unit: 'ms', bytes: 0 }));
    },
  };
}

const FLAT_OUT = { connections: 8, inFlight: 4, seconds: 6 } as const;
const PACE = {
  connections: 8,
  inFlight: 1,
  batchBytes: 0,
  recordBytes: 1_024,
  seconds: 8,
  paced: { requestsPerSecond: 1_000, recordsPerRequest: 5 },
} as const;

/** One after another on a topic each; the consumer reads what the producer before it wrote. */
export const MEASURES: readonly Measure[] = [
  javaProduce('Java producer, 100 B', 2_000_000, 100),
  javaProduce('Java producer, 1 KiB', 400_000, 1_024),
  javaConsume('Java consumer, cached', 400_000, 1_024),
  javaProduce('Java producer, 1 KiB, lz4', 400_000, 1_024, 1, 'lz4'),
  javaProduce('two Java producers, 1 KiB', 300_000, 1_024, 2),
  generated('generator, batches of 64 KiB', { ...FLAT_OUT, batchBytes: 64 * 1024, recordBytes: 1_024 }),
  generated('generator, batches of 1 MB', { ...FLAT_OUT, batchBytes: 1_000_000, recordBytes: 1_024 }),
  paced('paced, 5,000 x 1 KiB a second', PACE),
];

/** Measures that go on with the topic of the one before. */
export function sharesTopic({ name }: Measure): boolean {
  return name.startsWith('Java consumer');
}
