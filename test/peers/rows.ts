import { join } from 'node:path';
import { runToEnd } from './children.ts';
import { javaConsume, javaProduce, javaReadOver, type ProducerRun, rateOf } from './java.ts';
import type { LoadResult, LoadSettings } from './load.ts';
import type { Peer } from './peer.ts';

/** What one turn of one server came to. */
export interface Measured {
  /** Bytes of values a second; or the median and the 99th percentile of milliseconds. */
  readonly values: readonly number[];
  /** That went through the server in this turn, for its CPU per GB. */
  readonly bytes: number;
}

/** How much a turn does. */
export interface Effort {
  /** Bytes of values that a producer's turn sends, or a consumer's reads. */
  readonly bytes: number;
  /** What fits into the caches of every server. */
  readonly cachedBytes: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly pacedSeconds: number;
  readonly idle: number;
  /** Of the topic that has many. */
  readonly partitions: number;
  /** Turns of latencies, which differ more than rates do, are at least so many. */
  readonly pacedTurns: number;
  /** Whether rows that ask for it get servers just started. */
  readonly anew: boolean;
  /** Of the time that rows take in full. */
  readonly timePart: number;
}

export const FULL: Effort = {
  bytes: 400e6,
  cachedBytes: 96e6,
  warmUpSeconds: 2,
  seconds: 4,
  pacedSeconds: 8,
  idle: 500,
  partitions: 1_000,
  pacedTurns: 5,
  anew: true,
  timePart: 1,
};

export const QUICK: Effort = {
  bytes: 8e6,
  cachedBytes: 4e6,
  warmUpSeconds: 0.2,
  seconds: 1,
  pacedSeconds: 0.5,
  idle: 20,
  partitions: 64,
  pacedTurns: 1,
  anew: false,
  timePart: 0.4,
};

/** What a row knows besides its server. */
export interface Turn {
  readonly effort: Effort;
  /** A tenth of what Kafka took of one Java producer in this run, in records of 1 KiB a second. */
  readonly pace: number;
}

export interface Row {
  /** What `--only` names it by. */
  readonly id: string;
  readonly title: string;
  readonly unit: 'MB/s' | 'ms';
  /** Roughly what a turn takes. */
  readonly seconds: number;
  /** Begins with servers just started, on empty folders: what is measured is not what earlier rows left behind. */
  readonly anew: boolean;
  /** Before each turn the server is started anew, and its files are in no cache. */
  readonly cold: boolean;
  readonly partitions: (effort: Effort) => number;
  /** Where given, the topic is filled once, and read in every turn; else each turn has a topic of its own. */
  readonly fill?: (peer: Peer, topic: string, turn: Turn) => Promise<void>;
  readonly run: (peer: Peer, topic: string, turn: Turn) => Promise<Measured>;
}

const PARTITIONS = 8;
const KIB = 1_024;
const LOAD_LIMIT_MS = 3 * 60_000;
const JAVA_SECONDS = 9;
const RECORD_BYTES_SMALL = 100;
/** A producer of small records is bound by their number. */
const SMALL_PART = 0.5;

const row = { unit: 'MB/s', anew: false, cold: false, partitions: () => PARTITIONS } as const;

async function load(settings: LoadSettings): Promise<LoadResult> {
  const args = [join(import.meta.dirname, 'load.ts'), JSON.stringify(settings)];
  return JSON.parse(await runToEnd(process.execPath, args, LOAD_LIMIT_MS)) as LoadResult;
}

type JavaLoad = Pick<ProducerRun, 'recordBytes'> & Required<Pick<ProducerRun, 'producers' | 'codec'>>;

function javaRow({ recordBytes, producers, codec }: JavaLoad): Row {
  const size = recordBytes === KIB ? '1k' : `${recordBytes}b`;
  const packed = codec === 'none' ? '' : `, ${codec}`;
  const many = producers === 1 ? 'Java producer' : `${producers} Java producers`;
  return {
    ...row,
    id: `java-${size}-${producers}${codec === 'none' ? '' : `-${codec}`}`,
    title: `${many}, ${recordBytes === KIB ? '1 KiB' : `${recordBytes} B`}${packed}`,
    seconds: JAVA_SECONDS,
    anew: producers === 1 && codec === 'none',
    run: async ({ url }, topic, { effort }) => {
      const bytes = effort.bytes * (recordBytes < KIB ? SMALL_PART : 1);
      const records = Math.floor(bytes / recordBytes / producers);
      const produced = await javaProduce(url, { topic, records, recordBytes, producers, codec });
      return { values: [rateOf(produced, recordBytes)], bytes: records * producers * recordBytes };
    },
  };
}

/** What all runs of the generator have alike. */
function common({ url }: Peer, topic: string, { effort }: Turn, connections: number, idle = 0) {
  const { warmUpSeconds, seconds } = effort;
  const partitions = PARTITIONS;
  return { bootstrap: url, topic, partitions, connections, recordBytes: KIB, warmUpSeconds, seconds, idle };
}

const CONNECTIONS = 8;
const BATCH_64K = 64 << 10;
const BATCH_1M = 1_000_000;

async function fillBytes(peer: Peer, topic: string, turn: Turn, bytes: number, partitions = PARTITIONS): Promise<void> {
  const batchBytes = Math.min(BATCH_64K, Math.floor(bytes / partitions));
  await load({ ...common(peer, topic, turn, CONNECTIONS), partitions, kind: 'fill', batchBytes, bytes });
}

function generated(id: string, title: string, batchBytes: number, idle: (effort: Effort) => number): Row {
  return {
    ...row,
    id,
    title,
    seconds: 8,
    anew: true,
    run: async (peer, topic, turn) => {
      const all = common(peer, topic, turn, CONNECTIONS, idle(turn.effort));
      const { megabytesPerSecond, bytes } = await load({
        ...{ ...all, kind: 'produce', inFlight: 4, batchBytes, partitionsPerRequest: 1 },
      });
      return { values: [megabytesPerSecond * 1e6], bytes };
    },
  };
}

const filled: Row['fill'] = (peer, topic, turn) => fillBytes(peer, topic, turn, turn.effort.bytes);
const filledForCaches: Row['fill'] = (peer, topic, turn) => fillBytes(peer, topic, turn, turn.effort.cachedBytes);

/** Of the bytes that a topic was filled with some are not of values: a consumer that waits for more than there is fails. */
const READ_PART = 0.95;

/** Kafka's tool over a topic, once. */
const consumeOnce: Row['run'] = async ({ url }, topic, { effort }) => {
  const records = Math.floor((effort.bytes * READ_PART) / KIB);
  return { values: [await javaConsume(url, topic, records)], bytes: records * KIB };
};

const GENERATED: readonly Row[] = [
  generated('gen-64k', 'generator, batches of 64 KiB', BATCH_64K, () => 0),
  generated('gen-1m', 'generator, batches of 1 MB', BATCH_1M, () => 0),
  generated('gen-idle', 'generator, 64 KiB, beside idle connections', BATCH_64K, ({ idle }) => idle),
  {
    ...row,
    id: 'gen-fetch',
    title: 'generator, fetching what is cached',
    seconds: 8,
    anew: true,
    fill: filledForCaches,
    run: async (peer, topic, turn) => {
      const settings = { ...common(peer, topic, turn, CONNECTIONS), kind: 'fetch' } as const;
      const { megabytesPerSecond, bytes } = await load(settings);
      return { values: [megabytesPerSecond * 1e6], bytes };
    },
  },
];

const CONSUMED: readonly Row[] = [
  {
    ...row,
    id: 'consume-cached',
    title: 'Java consumer, cached',
    seconds: 10,
    anew: true,
    fill: filledForCaches,
    run: async ({ url }, topic, { effort }) => {
      const { bytesPerSecond, bytes } = await javaReadOver(url, topic, effort);
      return { values: [bytesPerSecond], bytes };
    },
  },
  {
    ...row,
    id: 'consume-written',
    title: 'Java consumer, more than Millrace caches',
    seconds: JAVA_SECONDS,
    fill: filled,
    run: consumeOnce,
  },
  {
    ...row,
    id: 'consume-cold',
    title: 'Java consumer, cold',
    seconds: 20,
    cold: true,
    fill: filled,
    run: consumeOnce,
  },
];

const MANY: readonly Row[] = [
  {
    ...row,
    id: 'many-produce',
    title: 'generator, many partitions, 20 x 4 KiB a request',
    seconds: 10,
    anew: true,
    partitions: ({ partitions }) => partitions,
    run: async (peer, topic, turn) => {
      const { partitions } = turn.effort;
      const { megabytesPerSecond, bytes } = await load({
        ...{ ...common(peer, topic, turn, CONNECTIONS), partitions, kind: 'produce', inFlight: 2 },
        ...{ batchBytes: 4 * KIB, partitionsPerRequest: 20 },
      });
      return { values: [megabytesPerSecond * 1e6], bytes };
    },
  },
  {
    ...row,
    id: 'many-java',
    title: 'Java producer, 1 KiB, many partitions',
    seconds: JAVA_SECONDS,
    partitions: ({ partitions }) => partitions,
    run: javaRow({ recordBytes: KIB, producers: 1, codec: 'none' }).run,
  },
  {
    ...row,
    id: 'many-consume',
    title: 'Java consumer, many partitions',
    seconds: JAVA_SECONDS,
    partitions: ({ partitions }) => partitions,
    fill: (peer, topic, turn) => fillBytes(peer, topic, turn, turn.effort.bytes, turn.effort.partitions),
    run: consumeOnce,
  },
];

const RECORDS_PER_REQUEST = 5;

const PACED: readonly Row[] = [
  {
    ...row,
    id: 'paced-java',
    title: 'Java producer, paced',
    unit: 'ms',
    seconds: 12,
    anew: true,
    run: async ({ url }, topic, { effort, pace }) => {
      const records = Math.floor(pace * effort.pacedSeconds);
      const [produced] = await javaProduce(url, { topic, records, recordBytes: KIB, throughput: pace });
      return { values: [produced!.p50Ms, produced!.p99Ms], bytes: records * KIB };
    },
  },
  {
    ...row,
    id: 'paced-gen',
    title: `generator, paced, ${RECORDS_PER_REQUEST} x 1 KiB a request`,
    unit: 'ms',
    seconds: 12,
    run: async (peer, topic, turn) => {
      const { p50Ms, p99Ms, bytes } = await load({
        ...{ ...common(peer, topic, turn, CONNECTIONS), seconds: turn.effort.pacedSeconds, kind: 'paced' },
        ...{ requestsPerSecond: turn.pace / RECORDS_PER_REQUEST, recordsPerRequest: RECORDS_PER_REQUEST },
      });
      return { values: [p50Ms, p99Ms], bytes };
    },
  },
];

/** The row that the pace of the last ones is a tenth of. */
export const PACE_ROW = 'java-1k-1';

/** In the order in which they are measured. */
export const ROWS: readonly Row[] = [
  ...[RECORD_BYTES_SMALL, KIB].flatMap((recordBytes) =>
    (['none', 'lz4'] as const).flatMap((codec) =>
      [1, 2, 8].map((producers) => javaRow({ recordBytes, producers, codec })),
    ),
  ),
  ...CONSUMED,
  ...GENERATED,
  ...MANY,
  ...PACED,
];

/** One of each kind: what `--quick` measures where nothing else is asked for. */
export const QUICK_ROWS: readonly string[] = [
  ...['java-1k-2-lz4', 'consume-cached', 'consume-cold', 'gen-64k', 'gen-idle', 'gen-fetch'],
  ...['many-produce', 'many-consume', 'paced-gen'],
];

/**
 * The rows whose names begin with one of `only`; all, where it is empty.
 *
 * @throws Error where a name fits none
 */
export function rowsNamed(only: readonly string[]): Row[] {
  const unknown = only.find((name) => !ROWS.some(({ id }) => id.startsWith(name)));
  if (unknown !== undefined) {
    throw new Error(`There is no row "${unknown}"; there are ${ROWS.map(({ id }) => id).join(', ')}.`);
  }
  return only.length === 0 ? [...ROWS] : ROWS.filter(({ id }) => only.some((name) => id.startsWith(name)));
}
