import { join } from 'node:path';
import { type Random, systemClock, systemRandom } from '../../lib/bytes/index.ts';
import { type Log, openLog, type PartitionRef } from '../../lib/log/index.ts';
import { openFolderStores, openPlatform } from '../../lib/platform.ts';
import type { Stores } from '../../lib/store/index.ts';
import { buildBatch } from '../batches.ts';
import { type Counts, counted } from '../counted-stores.ts';
import { type Context, count, milliseconds, spreadOf, type Table } from '../harness.ts';
import { inFolder } from '../limits.ts';

const SIZES = { full: [10_000, 10_000_000], quick: [10_000, 50_000] };
const LOOKUPS = { full: 200, quick: 20 };
/** One commit, and one object, for so many records: both logs are cut alike. */
const RECORDS_PER_COMMIT = 1_000;
const RECORD_BYTES = 20;
/** Builds the log quickly: many small objects on their way at once. */
const BUILDERS = 128;
const FLUSHES_IN_FLIGHT = 32;

interface Built {
  stores: Stores;
  counts: Counts;
  at: PartitionRef;
  records: number;
  /** Record `offset` has the timestamp `startMs + offset`. */
  startMs: number;
}

/** What one kind of lookup cost: the median, and the most. */
interface Cost {
  itemReads: number[];
  objectReads: number[];
  ms: number[];
}

/**
 * What it costs to find a record by its offset, and by its time: reads of items (heads, pages) and of objects, with empty
 * caches (a log just opened) and again with those that the first lookups filled.
 */
export async function lookup({ effort, folder }: Context): Promise<Table[]> {
  const rows: string[][] = [];
  for (const records of effort.quick ? SIZES.quick : SIZES.full) {
    rows.push(
      ...(await inFolder(join(folder, 'lookup'), (here) =>
        lookUps(here, records, effort.quick ? LOOKUPS.quick : LOOKUPS.full),
      )),
    );
  }
  const columns = ['lookup', 'item reads', 'most', 'object reads', 'most', 'median ms', 'most'];
  return [{ title: `Lookup (${count(RECORDS_PER_COMMIT)} records a commit)`, columns, rows }];
}

async function lookUps(folder: string, records: number, lookups: number): Promise<string[][]> {
  const built = await build(folder, records);
  const open = () => openLog({ stores: built.stores, clock: systemClock, random: systemRandom });
  const offsets = offsetsOf(records, lookups, systemRandom);
  const rows: string[][] = [];
  for (const [by, find] of [
    ['offset', byOffset],
    ['time', byTime],
  ] as const) {
    const warm = open();
    rows.push(row(`${count(records)} records, by ${by}, cold`, await costOf(built, offsets, open, find)));
    await costOf(built, offsets, () => warm, find);
    rows.push(row(`${count(records)} records, by ${by}, warm`, await costOf(built, offsets, () => warm, find)));
  }
  await built.stores.close();
  return rows;
}

async function costOf(
  built: Built,
  offsets: readonly number[],
  open: () => Log,
  find: (log: Log, built: Built, offset: number) => Promise<void>,
): Promise<Cost> {
  const cost: Cost = { itemReads: [], objectReads: [], ms: [] };
  for (const offset of offsets) {
    const log = open();
    const before = { ...built.counts };
    const startMs = performance.now();
    await find(log, built, offset);
    cost.ms.push(performance.now() - startMs);
    cost.itemReads.push(built.counts.itemReads - before.itemReads);
    cost.objectReads.push(built.counts.objectReads - before.objectReads);
  }
  return cost;
}

async function byOffset(log: Log, { at }: Built, offset: number): Promise<void> {
  const [found] = await log.fetch([{ from: at, offset, maxBytes: 1 }], { maxBytes: 1 });
  if (found!.error) throw found!.error;
  if (found!.nextOffset <= offset) throw new Error(`Offset ${offset} was not found.`);
}

async function byTime(log: Log, { at, startMs }: Built, offset: number): Promise<void> {
  const found = await log.offsetForTime(at, startMs + offset);
  if (found?.offset !== offset) throw new Error(`The time of offset ${offset} led to ${found?.offset}.`);
}

function row(what: string, { itemReads, objectReads, ms }: Cost): string[] {
  const median = (values: number[]) => spreadOf(values).median.toFixed(0);
  const most = (values: number[]) => Math.max(...values).toFixed(0);
  const times = [milliseconds(spreadOf(ms).median), milliseconds(Math.max(...ms))];
  return [what, median(itemReads), most(itemReads), median(objectReads), most(objectReads), ...times];
}

function offsetsOf(records: number, lookups: number, random: Random): number[] {
  return Array.from({ length: lookups }, () => Math.floor(random.next() * records));
}

/** Appends prebuilt batches, each with the time of its first record: the log's timestamps rise with its offsets. */
async function build(folder: string, records: number): Promise<Built> {
  const { stores, counts } = counted(await openFolderStores(join(folder, 'data')));
  const settings = { flushBytesMax: 1, flushesInFlightMax: FLUSHES_IN_FLIGHT };
  const platform = openPlatform({ stores, background: false, log: settings });
  const { topicId, width } = await platform.topics.create('bench', { partitions: 1 });
  const at = { topicId, width, partition: 0 };
  const startMs = Date.parse('2026-01-01T00:00:00Z');
  let next = 0;
  const builder = async () => {
    while (next < records) {
      const first = next;
      next += RECORDS_PER_COMMIT;
      const { bytes, infos } = buildBatch(RECORDS_PER_COMMIT, RECORD_BYTES, startMs + first, 1);
      await platform.log.append([{ to: at, batches: bytes, infos }]);
    }
  };
  await Promise.all(Array.from({ length: BUILDERS }, builder));
  await platform.log.close();
  return { stores, counts, at, records, startMs };
}
