import { constants, type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '../lib/record/index.ts';
import { type Done, type Sample, timed } from './harness.ts';

/** What a commit writes beside its object: two pages of the item database's write-ahead log, with their headers. */
const COMMIT_BYTES = 2 * (4096 + 24);
/** A log that is written over in place, as that database's is: a sync that need not note a new size is far cheaper. */
const JOURNAL_BYTES = 16 << 20;
/** Node has it, its types do not. Its memory begins at a page, as writes past the file cache ask for. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer } };
const FILL = new Uint8Array(new WebAssembly.Memory({ initial: (8 << 20) / (64 << 10) }).buffer).fill(108);

/** Writes past the system's cache are of whole blocks. */
const BLOCK_BYTES = 4096;

/** What is synced for each file written. */
export type Syncs = 'file' | 'file, folder and commit';

/**
 * What the disk takes raw: new files of these sizes, `lanes` at a time, each synced; with the same syncs as a flush of
 * the log, also its folder, and some bytes of one file in place of the ledger's
 * commit. `flags` are added to those that files are opened with.
 */
export async function writeRaw(
  folder: string,
  sizes: readonly number[],
  lanes: number,
  syncs: Syncs,
  flags = 0,
): Promise<Done> {
  const journal = await open(join(folder, 'journal'), 'r+');
  const names = await open(folder, 'r');
  let next = 0;
  const lane = async () => {
    while (next < sizes.length) {
      const index = next++;
      await writeFile(join(folder, `raw-${index}`), sizes[index]!, flags);
      if (syncs === 'file') continue;
      await names.sync();
      await journal.write(FILL, 0, COMMIT_BYTES, (index * COMMIT_BYTES) % (JOURNAL_BYTES - COMMIT_BYTES));
      await journal.datasync();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await journal.close();
  await names.close();
  return { records: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/**
 * What the disk takes of one file that grows: pieces of these sizes, `lanes` at a time, past the system's cache where it lets
 * us, each durable before, with the syncs of a flush, some bytes of another file are in place of the ledger's commit.
 */
export async function appendRaw(folder: string, sizes: readonly number[], lanes: number): Promise<Done> {
  const { O_RDWR, O_CREAT } = constants;
  const path = join(folder, 'grown');
  const past = (constants.O_DIRECT ?? 0) | (constants.O_DSYNC ?? 0);
  const file = await open(path, O_RDWR | O_CREAT | past).catch(() => open(path, O_RDWR | O_CREAT));
  const journal = await open(join(folder, 'journal'), 'r+');
  let next = 0;
  let end = 0;
  const lane = async () => {
    while (next < sizes.length) {
      const index = next++;
      const length = Math.ceil(sizes[index]! / BLOCK_BYTES) * BLOCK_BYTES;
      const position = end;
      end += length;
      for (let done = 0; done < length; ) {
        const take = Math.min(length - done, FILL.length);
        done += (await file.write(FILL, 0, take, position + done)).bytesWritten;
      }
      if (past === 0) await file.datasync();
      await journal.write(FILL, 0, COMMIT_BYTES, (index * COMMIT_BYTES) % (JOURNAL_BYTES - COMMIT_BYTES));
      await journal.datasync();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await journal.close();
  await file.close();
  return { records: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function writeFile(path: string, sizeBytes: number, flags = 0): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | flags);
  try {
    await writeAll(file, sizeBytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, sizeBytes: number): Promise<void> {
  for (let left = sizeBytes; left > 0; ) {
    left -= (await file.write(FILL, 0, Math.min(left, FILL.length))).bytesWritten;
  }
}

/** Times `write`, which calls `writeRaw` on this folder: the log that it writes over is made before, all removed after. */
export function onRawDisk(path: string, write: () => Promise<Done>): Promise<Sample> {
  return inFolder(path, async (folder) => {
    await writeFile(join(folder, 'journal'), JOURNAL_BYTES);
    return timed(write);
  });
}

/**
 * Lets the system have so much memory at hand for its file cache as it will need. A virtual machine's host hands memory out
 * page by page at the first touch, which can cost more than the disk; whoever measures after files were removed would have
 * it for nothing, and the other pays. So this comes before either.
 */
export async function touchFileCache(folder: string, bytes: number): Promise<void> {
  const path = join(folder, 'touched');
  const file = await open(path, 'w');
  await writeAll(file, bytes);
  await file.close();
  await rm(path);
}

/** Runs `work` in a fresh folder, which is removed afterwards. */
export async function inFolder<T>(path: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(path, { recursive: true });
  try {
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** What copies go to: larger than the processor's caches, so that memory is measured, not they. */
const TARGET_BYTES = 64 << 20;

/** Copies `sources` through memory, again and again, until `bytes` were copied. Each is far smaller than 64 MiB. */
export function copyMemory(sources: readonly Uint8Array[], bytes: number): Done {
  target ??= new Uint8Array(TARGET_BYTES).fill(1);
  const into = target;
  let at = 0;
  return repeat(sources, bytes, (source) => {
    if (at + source.length > into.length) at = 0;
    into.set(source, at);
    at += source.length;
  });
}

let target: Uint8Array | undefined;

export function checksum(sources: readonly Uint8Array[], bytes: number): Done {
  return repeat(sources, bytes, (source) => crc32c(source));
}

/** `JSON.parse` alone: the texts are decoded before. Counts a text of ASCII's characters as its bytes. */
export function parseTexts(texts: readonly string[], bytes: number): Done {
  return repeat(texts, bytes, (text) => JSON.parse(text));
}

function repeat<T extends { length: number }>(
  sources: readonly T[],
  bytes: number,
  work: (source: T) => unknown,
): Done {
  let done = 0;
  let count = 0;
  for (; done < bytes; count++) {
    const source = sources[count % sources.length]!;
    work(source);
    done += source.length;
  }
  return { records: count, bytes: done };
}
