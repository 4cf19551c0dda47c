import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeFolders } from '../../store/index.ts';
import { envelopeOf, type RouteEvent } from '../envelope.ts';
import { RouteError } from '../errors.ts';
import { oneOf, setting, whole } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkKind } from '../sink.ts';
import { type ChunkFile, isMissing, readChunk, sizeOf } from './chunk-file.ts';

export interface FileOptions {
  /** The folder that the files go to. */
  readonly path: string;
  /** Offsets per file. */
  readonly chunkOffsets: number;
  readonly gzip: boolean;
}

const BATCH_EVENTS_MAX = 5_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** Files whose offsets are kept in memory; one per partition is enough, and a worker has at most 32. */
const KNOWN_FILES_MAX = 64;
const OFFSET_DIGITS = 20;

/**
 * JSON lines in files with deterministic names: `<topic>/<partition>/<first offset, 20 digits>.jsonl`, or `.jsonl.gz`. A
 * file covers a fixed range of offsets, [n × chunk, (n + 1) × chunk) of one partition, and has one line per event,
 * ordered by offset. Exactly-once: before a line is written the file itself is asked which offsets it has, so what is
 * delivered again changes nothing; a line that a crash cut off is cut away, and was never counted as delivered. Files of a
 * topic that was deleted are not gone on with by a later one of its name, whose offsets mean other events.
 */
export class FileSink implements Sink {
  readonly className = 'millrace.FileSink';
  readonly order = 'partition';
  readonly sameBatches = false;
  readonly batchEventsMax = BATCH_EVENTS_MAX;
  readonly batchBytesMax = BATCH_BYTES_MAX;
  readonly #options: FileOptions;
  readonly #known = new Map<string, ChunkFile>();

  constructor(options: FileOptions) {
    this.#options = options;
  }

  async deliver(batch: SinkBatch): Promise<readonly Outcome[]> {
    const folder = join(this.#options.path, batch.topic);
    const owner = await inTurn(folder, () => ownerOf(this.#options.path, batch));
    if (owner !== batch.topicId) {
      const reason = `${folder} has the events of an earlier topic "${batch.topic}", of the id ${owner}. Move it away, or set another file.path`;
      return batch.events.map(() => ({ is: 'retry', reason }));
    }
    const chunks = Map.groupBy(batch.events, ({ offset }) => Math.floor(offset / this.#options.chunkOffsets));
    for (const [chunk, events] of chunks) {
      const path = this.#pathOf(batch, chunk * this.#options.chunkOffsets);
      // Writers of one file take turns, those that have lost their lease and do not know it yet included.
      await inTurn(path, () => this.#add(path, events));
    }
    return batch.events.map(() => DELIVERED);
  }

  #pathOf({ topic, partition }: SinkBatch, firstOffset: number): string {
    const name = String(firstOffset).padStart(OFFSET_DIGITS, '0');
    return join(this.#options.path, topic, String(partition), `${name}.jsonl${this.#options.gzip ? '.gz' : ''}`);
  }

  async #add(path: string, events: readonly RouteEvent[]): Promise<void> {
    const known = this.#known.get(path);
    const file = known && (await known.unchanged()) ? known : await readChunk(path, this.#options.gzip);
    this.#remember(path, file);
    const fresh = events.filter(({ offset }) => !file.offsets.has(offset));
    if (fresh.length === 0) return;
    // What this process knows of the file counts only once the write has succeeded.
    this.#known.delete(path);
    const lines = fresh.map((event) => ({ offset: event.offset, line: JSON.stringify({ ...envelopeOf(event) }) }));
    const appendable = !this.#options.gzip && lines[0]!.offset > file.lastOffset && file.sizeBytes > 0;
    if (appendable) await file.append(lines);
    else await this.#rewrite(path, file, lines);
    this.#remember(path, appendable ? file : await readChunk(path, this.#options.gzip));
  }

  /** Writes the file anew, old lines and new ones in order, and puts it in the old one's place whole. */
  async #rewrite(path: string, file: ChunkFile, lines: { offset: number; line: string }[]): Promise<void> {
    const merged = [...(await file.lines()), ...lines].sort((a, b) => a.offset - b.offset);
    const text = Buffer.from(`${merged.map(({ line }) => line).join('\n')}\n`);
    const folder = dirname(path);
    makeFolders(folder);
    await replaceFile(path, this.#options.gzip ? gzipSync(text) : text);
    // The folders above may be new too; the root is its owner's.
    await syncFolder(dirname(folder));
    await syncFolder(this.#options.path);
  }

  #remember(path: string, file: ChunkFile): void {
    this.#known.delete(path);
    this.#known.set(path, file);
    if (this.#known.size > KNOWN_FILES_MAX) this.#known.delete(this.#known.keys().next().value!);
  }
}

/** Beside the folders of the topics: per name, the id of the topic whose files are there. */
const OWNERS_FOLDER = '.topic-ids';

/** The id of the topic that the files below `root/<topic>` are of; where there are none, this one's from now on. */
async function ownerOf(root: string, { topic, topicId }: SinkBatch): Promise<string> {
  const path = join(root, OWNERS_FOLDER, topic);
  const owner = await readIfThere(path);
  if (owner === topicId || (owner !== undefined && (await sizeOf(join(root, topic))) !== undefined)) return owner;
  makeFolders(dirname(path));
  await replaceFile(path, topicId);
  await syncFolder(root);
  return topicId;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** Writes a file in place of a former one: whole or not at all, and durable when it resolves. */
async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The last writer of each file in this process. One process has a data folder, and so its routes, to itself. */
const turns = new Map<string, Promise<void>>();

async function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(path) ?? Promise.resolve();
  const mine = before.then(work);
  // The next one waits for this one's end, however it ends; the error is this one's caller's.
  const ended = mine.then(
    () => undefined,
    () => undefined,
  );
  turns.set(path, ended);
  try {
    return await mine;
  } finally {
    if (turns.get(path) === ended) turns.delete(path);
  }
}

const path = setting('file.path', {
  type: 'STRING',
  required: true,
  group: 'File',
  documentation: 'The folder that files are written to, below the one that the server keeps for files.',
  parse: (text) => {
    const inside = /^[^/\\\0]/.test(text) && !text.split(/[/\\]/).includes('..') && !text.includes('\0');
    if (!inside) throw new Error("it takes a relative path without '..': it lies below the server's folder for files");
    return text;
  },
});
const chunk = setting('file.chunk.offsets', {
  type: 'INT',
  defaultText: '10000',
  group: 'File',
  documentation:
    'Offsets of one partition that one file covers. Do not change it while old files are kept in the same folder.',
  parse: whole(1, 10_000_000),
});
const compression = setting('file.compression', {
  type: 'STRING',
  defaultText: 'none',
  group: 'File',
  documentation: 'none or gzip. Compressed files are rewritten whole whenever they grow.',
  parse: oneOf('none', 'gzip'),
});

export const FILE: SinkKind = {
  name: 'file',
  settings: [path, chunk, compression],
  read(reader) {
    const [folder, chunkOffsets, codec] = [reader.read(path), reader.read(chunk), reader.read(compression)];
    if (folder === undefined || chunkOffsets === undefined || codec === undefined) return undefined;
    const options = { path: folder, chunkOffsets, gzip: codec === 'gzip' };
    return {
      options,
      open: ({ filesFolder }) => {
        if (filesFolder === undefined) {
          throw new RouteError(
            'route_config_invalid',
            'This server keeps no folder for files. Start it with --files, or use another sink.',
          );
        }
        return new FileSink({ ...options, path: join(filesFolder, folder) });
      },
    };
  },
};
