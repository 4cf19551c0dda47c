/** What one timed stretch of work got done. */
export interface Done {
  records: number;
  bytes: number;
}

/** Work with what it took; CPU of this whole process, threads of the runtime included, unless the work says otherwise. */
export interface Sample extends Done {
  seconds: number;
  cpuSeconds: number;
}

/** How long a run may take. */
export interface Effort {
  quick: boolean;
  /** Pairs of ours and the limit. */
  rounds: number;
  /** Roughly how long one side of a pair works. */
  roundMs: number;
}

export const FULL: Effort = { quick: false, rounds: 5, roundMs: 300 };
export const QUICK: Effort = { quick: true, rounds: 1, roundMs: 30 };

/** What a scenario gets: how much to do, and an empty folder on the disk to be measured. */
export interface Context {
  effort: Effort;
  folder: string;
}

/** The median of some values and half their range, as a part of the median. */
export interface Spread {
  median: number;
  spread: number;
}

/** A table as it is printed: texts, the first column left, the others right. */
export interface Table {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** One scenario: tables of what was measured. */
export type Scenario = (context: Context) => Promise<Table[]>;

const MICROSECONDS = 1e6;

/**
 * Times `work`. A number that it returns as `cpuSeconds` takes the place of this process's own: that of a server elsewhere.
 */
export async function timed(
  work: () => Promise<Done & { cpuSeconds?: number }> | (Done & { cpuSeconds?: number }),
): Promise<Sample> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const done = await work();
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { ...done, seconds, cpuSeconds: done.cpuSeconds ?? (user + system) / MICROSECONDS };
}

/**
 * A B A B …: ours and its limit by turns, so that both see the same machine; one untimed turn of ours comes first. The
 * limit may depend on what ours has just done.
 */
export async function alternate(
  rounds: number,
  ours: () => Promise<Sample>,
  limit: (of: Sample) => Promise<Sample>,
): Promise<{ ours: Sample[]; limit: Sample[] }> {
  const found: { ours: Sample[]; limit: Sample[] } = { ours: [], limit: [] };
  await limit(await ours());
  for (let round = 0; round < rounds; round++) {
    const sample = await ours();
    found.ours.push(sample);
    found.limit.push(await limit(sample));
  }
  return found;
}

/** Workers send one request each at a time until the time is up. */
export async function inParallel(
  workers: number,
  roundMs: number,
  send: (worker: number) => Promise<Done>,
): Promise<Done> {
  const total: Done = { records: 0, bytes: 0 };
  const endMs = performance.now() + roundMs;
  const worker = async (index: number) => {
    do {
      const sent = await send(index);
      total.records += sent.records;
      total.bytes += sent.bytes;
    } while (performance.now() < endMs);
  };
  await Promise.all(Array.from({ length: workers }, (_, index) => worker(index)));
  return total;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { median, spread: median === 0 ? 0 : (sorted.at(-1)! - sorted[0]!) / 2 / median };
}

export const bytesPerSecond = (samples: readonly Sample[]) => spreadOf(samples.map((one) => one.bytes / one.seconds));

export const RATE_COLUMNS = [
  'what',
  'records/s',
  'MB/s',
  '±',
  'CPU s/M records',
  'limit',
  'limit MB/s',
  '±',
  'of limit',
] as const;

/** A row of rates: ours, its CPU, the limit, and the median of the ratios round by round. */
export function rateRow(what: string, limitName: string, found: { ours: Sample[]; limit: Sample[] }): string[] {
  const { ours, limit } = found;
  const rate = bytesPerSecond(ours);
  const most = bytesPerSecond(limit);
  const cpu = spreadOf(ours.map((one) => (one.cpuSeconds / one.records) * 1e6));
  const ratios = ours.map((one, i) => one.bytes / one.seconds / (limit[i]!.bytes / limit[i]!.seconds));
  return [
    what,
    count(spreadOf(ours.map((one) => one.records / one.seconds)).median),
    megabytes(rate.median),
    percent(rate.spread),
    cpu.median.toFixed(2),
    limitName,
    megabytes(most.median),
    percent(most.spread),
    percent(spreadOf(ratios).median),
  ];
}

/** Digits in groups of three. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Millions of bytes; small ones with a digit more. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return value >= 100 ? count(value) : value.toFixed(value >= 10 ? 1 : 2);
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

export function milliseconds(value: number): string {
  return value >= 100 ? count(value) : value.toFixed(value >= 1 ? 1 : 3);
}
