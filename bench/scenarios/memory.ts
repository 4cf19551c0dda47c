import { join } from 'node:path';
import { openFolderStores, openPlatform, type Platform } from '../../lib/platform.ts';
import { batchOfBytes, copyOf } from '../batches.ts';
import { type Context, count, megabytes, type Table } from '../harness.ts';
import { inFolder } from '../limits.ts';

/** From before the caches (192 MiB) are full to ten times that. */
const SIZES = { full: [0, 250e6, 500e6, 1e9, 2e9], quick: [0, 2e6, 4e6] };
const BATCH_BYTES = 64 << 10;
const WRITERS = 16;
const FETCH_BYTES = 1 << 20;
/** Memory of buffers is given back a moment after they were collected. */
const SETTLE_MS = 100;
const COLLECTIONS = 4;

/** What the process takes while its log grows: all of it is written, and read from its beginning, by this process. */
export async function memory({ effort, folder }: Context): Promise<Table[]> {
  const rows = await inFolder(join(folder, 'memory'), async (here) => {
    const platform = openPlatform({ stores: await openFolderStores(join(here, 'data')), background: false });
    const topic = await platform.topics.create('bench', { partitions: 1 });
    const at = { topicId: topic.topicId, width: topic.width, partition: 0 };
    const sizes = effort.quick ? SIZES.quick : SIZES.full;
    const found: string[][] = [];
    let written = 0;
    for (const size of sizes) {
      await write(platform, at, size - written);
      written = size;
      await readAll(platform, at);
      found.push([`${megabytes(size)} MB`, ...(await memoryNow(platform))]);
    }
    await platform.close();
    return found;
  });
  const columns = ['log', 'RSS MB', 'heap MB', 'buffers MB', 'of these caches MB'];
  return [{ title: 'Memory, after collection', columns, rows }];
}

type At = Parameters<Platform['log']['offsets']>[0][number];

async function write(platform: Platform, to: At, bytes: number): Promise<void> {
  const sample = batchOfBytes(BATCH_BYTES, 100);
  let left = bytes;
  const writer = async () => {
    while (left > 0) {
      left -= sample.bytes.length;
      const { bytes: batches, infos } = copyOf(sample);
      await platform.log.append([{ to, batches, infos }]);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

async function readAll(platform: Platform, from: At): Promise<void> {
  for (let offset = 0; ; ) {
    const [found] = await platform.log.fetch([{ from, offset, maxBytes: FETCH_BYTES }], { maxBytes: FETCH_BYTES });
    if (found!.error) throw found!.error;
    if (found!.nextOffset === offset) return;
    offset = found!.nextOffset;
  }
}

async function memoryNow(platform: Platform): Promise<string[]> {
  for (let i = 0; i < COLLECTIONS; i++) {
    if (!globalThis.gc) throw new Error('Memory is measured with node --expose-gc alone.');
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return [rss, heapUsed, arrayBuffers, platform.log.stats().cacheBytes].map((bytes) => count(bytes / 1e6));
}
