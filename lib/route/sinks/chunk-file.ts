import { open, readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

/** One event's line, without its line feed. */
export interface Line {
  readonly offset: number;
  readonly line: string;
}

/** Every line begins with what the envelope begins with, so that its offset is found without parsing the event. */
const OFFSET_IN_LINE = /^\{"topic":"[^"]*","partition":\d+,"offset":(\d+),/;
const LINE_FEED = 0x0a;

/** What a file of JSON lines has, as this process last saw it. */
export class ChunkFile {
  readonly path: string;
  readonly offsets: Set<number>;
  /** The highest offset, -1 where there is none. */
  lastOffset: number;
  /** Bytes up to the end of the last whole line, uncompressed files only; what is behind it was cut off by a crash. */
  sizeBytes: number;
  readonly #gzip: boolean;

  constructor(path: string, gzip: boolean, offsets: readonly number[], sizeBytes: number) {
    this.path = path;
    this.#gzip = gzip;
    this.offsets = new Set(offsets);
    this.lastOffset = offsets.at(-1) ?? -1;
    this.sizeBytes = sizeBytes;
  }

  /** Whether the file is as long as this process left it: nobody deleted, cut or extended it. */
  async unchanged(): Promise<boolean> {
    return (await sizeOf(this.path)) === this.sizeBytes;
  }

  /** Adds lines behind the last whole one; durable when it resolves. */
  async append(lines: readonly Line[]): Promise<void> {
    const bytes = Buffer.from(`${lines.map(({ line }) => line).join('\n')}\n`);
    const handle = await open(this.path, 'r+');
    try {
      await handle.truncate(this.sizeBytes);
      for (let written = 0; written < bytes.length; ) {
        written += (await handle.write(bytes, written, bytes.length - written, this.sizeBytes + written)).bytesWritten;
      }
      await handle.datasync();
    } finally {
      await handle.close();
    }
    for (const { offset } of lines) this.offsets.add(offset);
    this.lastOffset = lines.at(-1)!.offset;
    this.sizeBytes += bytes.length;
  }

  /** All whole lines. */
  async lines(): Promise<Line[]> {
    return linesOf(await contentOf(this.path, this.#gzip));
  }
}

/** Reads what a file has; a file that is not there has nothing. */
export async function readChunk(path: string, gzip: boolean): Promise<ChunkFile> {
  const content = await contentOf(path, gzip);
  const offsets = linesOf(content).map(({ offset }) => offset);
  const sizeBytes = gzip ? ((await sizeOf(path)) ?? 0) : content.lastIndexOf(LINE_FEED) + 1;
  return new ChunkFile(path, gzip, offsets, sizeBytes);
}

/** Lines that end in a line feed and carry an offset: a cut-off one is no line. */
function linesOf(content: Buffer): Line[] {
  const text = content.subarray(0, content.lastIndexOf(LINE_FEED) + 1).toString('utf8');
  return text.split('\n').flatMap((line) => {
    const offset = OFFSET_IN_LINE.exec(line)?.[1];
    return offset === undefined ? [] : [{ offset: Number(offset), line }];
  });
}

async function contentOf(path: string, gzip: boolean): Promise<Buffer> {
  try {
    const bytes = await readFile(path);
    // Compressed files are only ever replaced whole.
    return gzip ? gunzipSync(bytes) : bytes;
  } catch (thrown) {
    if (isMissing(thrown)) return Buffer.alloc(0);
    throw thrown;
  }
}

export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

export function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}
