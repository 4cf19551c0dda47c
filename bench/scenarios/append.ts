import { join } from 'node:path';
import { openFolderStores, openPlatform, type Platform } from '../../lib/platform.ts';
import { checkBatches } from '../../lib/record/index.ts';
import { type Batch, batchOfBytes, buildBatch, ringOf } from '../batches.ts';
import { counted } from '../counted-stores.ts';
import {
  alternate,
  type Context,
  type Done,
  type Effort,
  inParallel,
  RATE_COLUMNS,
  rateRow,
  type Table,
  timed,
} from '../harness.ts';
import { appendRaw, inFolder, onRawDisk, touchFileCache } from '../limits.ts';

/** One line of the table: so many writers, each with one request under way. */
interface Shape {
  what: string;
  recordBytes: number;
  partitions: number;
  writers: number;
  /** One batch; a request of one writer has one for every partition that it writes to. */
  batchBytes: number;
  /** Whether a request has a batch for each partition, or one alone. */
  wide: boolean;
}

/** Kafka's producers send batches of 16 KiB unless told otherwise (`batch.size`). */
const BATCH_BYTES = 16 << 10;
const MIB = 1 << 20;
/** Long enough that what is written next lies in no processor's cache. */
const RING_BYTES = 64 << 20;
const FLUSHES_IN_FLIGHT = 2;
const LEDGER_WIDTH = 32;

function shapes(): Shape[] {
  const all: Shape[] = [];
  for (const recordBytes of [100, 1024]) {
    const size = recordBytes === 100 ? '100 B' : '1 KiB';
    const of = { recordBytes, batchBytes: BATCH_BYTES, wide: false };
    all.push(
      { ...of, what: `${size}, 1 partition, 1 writer of 1 MiB`, partitions: 1, writers: 1, batchBytes: MIB },
      { ...of, what: `${size}, 1 partition, 32 writers of 1 MiB`, partitions: 1, writers: 32, batchBytes: MIB },
      { ...of, what: `${size}, 64 partitions, 1 writer of 64 × 16 KiB`, partitions: 64, writers: 1, wide: true },
      { ...of, what: `${size}, 1 partition, 64 writers of 16 KiB`, partitions: 1, writers: 64 },
      { ...of, what: `${size}, 64 partitions, 64 writers of 16 KiB`, partitions: 64, writers: 64 },
    );
  }
  return all;
}

/**
 * Appends in one process, on disk: batches are checked (CRC-32C) and appended, as what arrives over a wire would be. The
 * limit is the same objects appended raw to a file, in the same sizes and with the same syncs, as many at once.
 */
export async function append({ effort, folder }: Context): Promise<Table[]> {
  const rows: string[][] = [];
  for (const shape of shapes()) rows.push(await appendBatches(shape, effort, folder));
  rows.push(await appendSingles(effort, folder));
  return [{ title: 'Append, in process', columns: RATE_COLUMNS, rows }];
}

async function appendBatches(shape: Shape, effort: Effort, folder: string): Promise<string[]> {
  const batch = batchOfBytes(shape.batchBytes, shape.recordBytes);
  const next = ringOf(batch, shape.writers * (shape.wide ? shape.partitions : 1), effort.quick ? 0 : RING_BYTES);
  return onPlatform(shape.what, shape, effort, folder, async (platform, topicId) => {
    const at = (partition: number) => ({ topicId, width: LEDGER_WIDTH, partition });
    const send = async (to: number[]) => {
      await platform.log.append(to.map((partition) => appendOf(next(), at(partition))));
      return { records: batch.records * to.length, bytes: batch.bytes.length * to.length };
    };
    const everywhere = Array.from({ length: shape.partitions }, (_, partition) => partition);
    return (writer: number) => send(shape.wide ? everywhere : [writer % shape.partitions]);
  });
}

function appendOf({ bytes }: Batch, to: { topicId: string; width: number; partition: number }) {
  return { to, batches: bytes, infos: checkBatches(bytes) };
}

/** The other end: one small record a request, through the topic's door, where only grouping helps. */
function appendSingles(effort: Effort, folder: string): Promise<string[]> {
  const shape = { partitions: 1, writers: 64 };
  const value = Buffer.alloc(100, 'x');
  const bytes = buildBatch(1, value.length).bytes.length;
  return onPlatform('100 B, 1 partition, 64 writers of 1 record', shape, effort, folder, async (platform) => {
    return async () => {
      await platform.events.produce('bench', [{ key: null, value }]);
      return { records: 1, bytes };
    };
  });
}

async function onPlatform(
  what: string,
  { partitions, writers }: { partitions: number; writers: number },
  effort: Effort,
  folder: string,
  prepare: (platform: Platform, topicId: string) => Promise<(writer: number) => Promise<Done>>,
): Promise<string[]> {
  return inFolder(join(folder, 'append'), async (here) => {
    const { stores, counts } = counted(await openFolderStores(join(here, 'data')));
    const platform = openPlatform({ stores, background: false });
    const { topicId } = await platform.topics.create('bench', { partitions });
    const send = await prepare(platform, topicId);
    const lanes = Math.min(writers, FLUSHES_IN_FLIGHT);
    const raw = join(here, 'raw');
    let turnBytes = 0;
    const found = await alternate(
      effort.rounds,
      async () => {
        await touchFileCache(here, turnBytes);
        counts.putBytes = [];
        const sample = await timed(() => inParallel(writers, effort.roundMs, send));
        turnBytes = sample.bytes;
        return sample;
      },
      async () => {
        await touchFileCache(here, turnBytes);
        return onRawDisk(raw, () => appendRaw(raw, counts.putBytes, lanes));
      },
    );
    await platform.close();
    return rateRow(what, 'disk', found);
  });
}
