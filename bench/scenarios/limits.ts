import { constants } from 'node:fs';
import { join } from 'node:path';
import { type Context, count, type Done, megabytes, percent, spreadOf, type Table, timed } from '../harness.ts';
import {
  appendRaw,
  checksum,
  copyMemory,
  onRawDisk,
  parseTexts,
  type Syncs,
  touchFileCache,
  writeRaw,
} from '../limits.ts';
import { produceBody } from '../server-process.ts';

const MIB = 1 << 20;

/** What this machine can do at the most, by itself: the disk by file size and syncs, memory, JSON.parse, CRC-32C. */
export async function limits({ effort, folder }: Context): Promise<Table[]> {
  const rows: string[][] = [];
  const measure = async (what: string, work: () => Promise<Done> | Done, turn = () => timed(work)) => {
    const samples = [];
    await turn();
    for (let round = 0; round < effort.rounds; round++) samples.push(await turn());
    const rate = spreadOf(samples.map((one) => one.bytes / one.seconds));
    const often = spreadOf(samples.map((one) => one.records / one.seconds));
    rows.push([what, megabytes(rate.median), count(often.median), percent(rate.spread)]);
  };
  const disk = (what: string, sizeBytes: number, files: number, lanes: number, syncs: Syncs, flags = 0) => {
    const sizes = new Array<number>(effort.quick ? Math.min(files, 2) : files).fill(sizeBytes);
    const raw = join(folder, 'limit');
    const write = () => writeRaw(raw, sizes, lanes, syncs, flags);
    return measure(`disk: ${what}`, write, async () => {
      await touchFileCache(folder, effort.quick ? 0 : files * sizeBytes);
      return onRawDisk(raw, write);
    });
  };
  await disk('new file of 1 MiB, one sync', MIB, 64, 1, 'file');
  await disk('new file of 1 MiB, syncs of a flush', MIB, 64, 1, 'file, folder and commit');
  await disk('new files of 8 MiB, two at once, one sync', 8 * MIB, 16, 2, 'file');
  await disk('new files of 8 MiB, two at once, syncs of a flush', 8 * MIB, 16, 2, 'file, folder and commit');
  const direct = constants.O_DIRECT ?? 0;
  try {
    await disk('the same past the file cache', 8 * MIB, 16, 2, 'file, folder and commit', direct);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    rows.push(['disk: the same past the file cache (refused here)', '–', '–', '–']);
  }
  await disk('new file of 4 KiB, syncs of a flush', 4096, 128, 1, 'file, folder and commit');

  for (const [what, sizeBytes, pieces, lanes] of [
    ['pieces of 4 KiB', 4096, 512, 1],
    ['pieces of 1 MiB', MIB, 128, 1],
    ['pieces of 8 MiB, two at once', 8 * MIB, 32, 2],
  ] as const) {
    const sizes = new Array<number>(effort.quick ? 2 : pieces).fill(sizeBytes);
    const raw = join(folder, 'limit');
    const append = () => appendRaw(raw, sizes, lanes);
    await measure(`disk: a file grows by ${what}, syncs of a flush`, append, () => onRawDisk(raw, append));
  }

  const bytes = effort.quick ? 8 * MIB : 512 * MIB;
  const blocks = Array.from({ length: effort.quick ? 4 : 128 }, () => Buffer.alloc(MIB, 'x'));
  await measure('memory copy, 1 MiB blocks', () => copyMemory(blocks, bytes));
  await measure('CRC-32C, 1 MiB blocks', () => checksum(blocks, bytes));
  for (const [name, valueBytes] of [
    ['1 KiB', 1_024],
    ['100 B', 100],
  ] as const) {
    const text = produceBody(1_000, valueBytes).toString();
    await measure(`JSON.parse, 1,000 values of ${name}`, () => parseTexts([text], bytes / 8));
  }
  return [{ title: 'Limits of the machine', columns: ['what', 'MB/s', 'a second', '±'], rows }];
}
