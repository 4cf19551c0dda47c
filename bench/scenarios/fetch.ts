import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Lease, systemClock, systemRandom } from '../../lib/bytes/index.ts';
import { type Log, openLog, type PartitionRef } from '../../lib/log/index.ts';
import { openFolderStores, openPlatform } from '../../lib/platform.ts';
import { batchLength, checkBatches, forEachRecord } from '../../lib/record/index.ts';
import type { Stores } from '../../lib/store/index.ts';
import { type Batch, batchOfBytes, copyOf } from '../batches.ts';
import {
  alternate,
  type Context,
  type Done,
  type Effort,
  RATE_COLUMNS,
  rateRow,
  type Table,
  timed,
} from '../harness.ts';
import { checksum, copyMemory, inFolder } from '../limits.ts';

/** Fits into the log's hot cache of 128 MiB. */
const LOG_BYTES = { full: 96 << 20, quick: 4 << 20 };
const BATCH_BYTES = 16 << 10;
/** What a Kafka consumer asks of a partition (`max.partition.fetch.bytes`). */
const FETCH_BYTES = 1 << 20;
const LEDGER_WIDTH = 32;

/** A log that was written, and how to read it all once. */
interface Written {
  stores: Stores;
  log: Log;
  refs: PartitionRef[];
  records: number;
  bytes: number;
  sample: Batch;
}

/**
 * Fetches in one process: what was just written from the cache, and all of it from the files (which the system has in its
 * own cache). A fetch returns views, so it is held against what copying the same bytes once would take.
 */
export async function fetch({ effort, folder }: Context): Promise<Table[]> {
  const rows: string[][] = [];
  for (const recordBytes of [100, 1024]) {
    for (const partitions of [1, 64]) {
      const size = recordBytes === 100 ? '100 B' : '1 KiB';
      const where = `${size}, ${partitions} partition${partitions === 1 ? '' : 's'}`;
      rows.push(
        ...(await inFolder(join(folder, 'fetch'), (here) => onLog(where, recordBytes, partitions, effort, here))),
      );
    }
  }
  return [{ title: 'Fetch, in process', columns: RATE_COLUMNS, rows }];
}

async function onLog(
  where: string,
  recordBytes: number,
  partitions: number,
  effort: Effort,
  folder: string,
): Promise<string[][]> {
  const written = await fill(folder, recordBytes, partitions, effort.quick ? LOG_BYTES.quick : LOG_BYTES.full);
  const { log, stores, sample, refs } = written;
  /** Its caches are empty, and smaller than the log. */
  const uncached = () => openLog({ stores, clock: systemClock, random: systemRandom });
  const rows: string[][] = [];
  const measure = async (
    what: string,
    limitName: string,
    ours: () => Promise<Done>,
    limit: () => Done | Promise<Done>,
  ) => {
    const found = await alternate(
      effort.rounds,
      () => timed(ours),
      () => timed(limit),
    );
    rows.push(rateRow(`${where}, ${what}`, limitName, found));
  };
  const copies = Array.from({ length: effort.quick ? 16 : 4096 }, () => copyOf(sample).bytes);
  const copy = () => copyMemory(copies, written.bytes);
  const oneByOne = (read: () => Log, use: (batches: readonly Uint8Array[]) => void) => () =>
    readAll(written, read(), 1, use);
  if (refs.length === 1) {
    await measure(
      'cached, 1 reader',
      'memory copy',
      oneByOne(() => log, keep),
      copy,
    );
    await measure(
      'cached, CRC checked',
      'CRC-32C',
      oneByOne(() => log, check),
      () => checksum(copies, written.bytes),
    );
    await measure(
      'cached, every record visited',
      'memory copy',
      oneByOne(() => log, visit),
      copy,
    );
    await measure('from files, 1 reader', 'file read', oneByOne(uncached, keep), () => readFiles(folder));
  } else {
    await measure(
      'cached, 1 reader',
      'memory copy',
      oneByOne(() => log, keep),
      copy,
    );
    await measure('cached, 64 readers', 'memory copy', () => readAll(written, log, 64, keep), copy);
  }
  await log.close();
  await stores.close();
  return rows;
}

async function fill(folder: string, recordBytes: number, partitions: number, atLeast: number): Promise<Written> {
  const stores = await openFolderStores(join(folder, 'data'));
  const { topics, log } = openPlatform({ stores, background: false });
  const { topicId } = await topics.create('bench', { partitions });
  const refs = Array.from({ length: partitions }, (_, partition) => ({ topicId, width: LEDGER_WIDTH, partition }));
  const sample = batchOfBytes(BATCH_BYTES, recordBytes);
  const written: Written = { stores, log, refs, records: 0, bytes: 0, sample };
  while (written.bytes < atLeast) {
    const appends = Array.from({ length: 64 }, (_, i) => {
      const { bytes, infos } = copyOf(sample);
      return { to: refs[i % partitions]!, batches: bytes, infos };
    });
    await log.append(appends);
    written.bytes += appends.length * sample.bytes.length;
    written.records += appends.length * sample.records;
  }
  return written;
}

/** Readers share the partitions out and read each to its end. */
async function readAll(
  written: Written,
  log: Log,
  readers: number,
  use: (batches: readonly Uint8Array[]) => void,
): Promise<Done> {
  let bytes = 0;
  const left = [...written.refs];
  const reader = async () => {
    for (let from = left.pop(); from; from = left.pop()) {
      for (let offset = 0; ; ) {
        // As a gateway reads: it shows the cache's memory to its sockets, and leaves the CRC to its clients.
        const lease = new Lease();
        try {
          const options = { maxBytes: FETCH_BYTES, lease, isolation: 'read_uncommitted' } as const;
          const [found] = await log.fetch([{ from, offset, maxBytes: FETCH_BYTES }], options);
          if (found!.error) throw found!.error;
          if (found!.bytes === 0) break;
          use(found!.batches);
          bytes += found!.bytes;
          offset = found!.nextOffset;
        } finally {
          lease.release();
        }
      }
    }
  };
  await Promise.all(Array.from({ length: readers }, reader));
  if (bytes !== written.bytes) throw new Error(`${bytes} bytes were read of ${written.bytes} written.`);
  return { records: written.records, bytes };
}

function keep(): void {}

function check(batches: readonly Uint8Array[]): void {
  for (const bytes of batches) checkBatches(bytes);
}

function visit(batches: readonly Uint8Array[]): void {
  for (const bytes of batches) {
    for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) forEachRecord(bytes, { at }, () => undefined);
  }
}

/** The files that objects lie in, read to their ends as readers would, 1 MiB at a time. */
async function readFiles(folder: string): Promise<Done> {
  const done: Done = { records: 0, bytes: 0 };
  const roots = ['objects', 'volumes'].map((name) => join(folder, 'data', name));
  const entries = await Promise.all(roots.map((root) => readdir(root, { recursive: true, withFileTypes: true })));
  for (const entry of entries.flat()) {
    if (!entry.isFile()) continue;
    const file = await open(join(entry.parentPath, entry.name), 'r');
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(Buffer.allocUnsafeSlow(FETCH_BYTES), 0, FETCH_BYTES, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      done.bytes += bytesRead;
      done.records++;
    }
    await file.close();
  }
  return done;
}
