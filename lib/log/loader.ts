import type { Lease } from '../bytes/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { ChunkCache } from './cache.ts';
import { type Chunk, type ChunkBytes, chunkName, patchOffsets } from './chunks.ts';
import { COALESCE_GAP_BYTES, COALESCED_BYTES_MAX } from './limits.ts';
import { LogError } from './model.ts';
import { objectKey } from './segment.ts';

/** A chunk to read, and whether it stands at a ledger's end, where other readers are too. */
export interface WantedChunk {
  chunk: Chunk;
  hot: boolean;
}

/** Brings chunks into memory: from the cache, from a read that is under way, or by ranged reads, neighbours together. */
export class ChunkLoader {
  readonly #objects: ObjectStore;
  readonly #cache: ChunkCache;
  readonly #running = new Map<string, Promise<ChunkBytes>>();
  /** Ranged reads sent to the store. */
  reads = 0;

  constructor(objects: ObjectStore, cache: ChunkCache) {
    this.#objects = objects;
    this.#cache = cache;
  }

  /**
   * The bytes of each chunk, in their order; what fails, a read or a damaged chunk, fails alone. They last as long as the
   * lease.
   * @throws StoreError `object_missing` where an object is gone; LogError `log_corrupt`
   */
  load(chunks: readonly WantedChunk[], lease: Lease): Promise<ChunkBytes>[] {
    const found = new Map<string, Promise<ChunkBytes> | ChunkBytes>();
    const missing: WantedChunk[] = [];
    for (const wanted of chunks) {
      const name = chunkName(wanted.chunk);
      if (found.has(name)) continue;
      const known = this.#running.get(name) ?? this.#cache.get(name, lease);
      if (known) found.set(name, known);
      else {
        missing.push(wanted);
        found.set(name, []);
      }
    }
    for (const range of coalesce(missing)) {
      const read = this.#read(range);
      for (const wanted of range) {
        const name = chunkName(wanted.chunk);
        const one = read.then((cut) => this.#keep(wanted, cut(wanted.chunk)));
        found.set(name, one);
        this.#running.set(name, one);
        const ended = () => this.#running.delete(name);
        one.then(ended, ended);
      }
    }
    return chunks.map(async ({ chunk }) => found.get(chunkName(chunk))!);
  }

  /** Reads a range, and returns what cuts its chunks out of it. */
  async #read(range: readonly WantedChunk[]): Promise<(chunk: Chunk) => Uint8Array> {
    const first = range[0]!.chunk;
    const last = range.at(-1)!.chunk;
    this.reads++;
    const bytes = await this.#objects.get(objectKey(first.object), first.position, last.position + last.lengthBytes);
    const wanted = range.reduce((sum, { chunk }) => sum + chunk.lengthBytes, 0);
    // A view keeps all of what was read in memory, which the cache does not count: chunks that lie far apart are copied.
    const sparse = wanted * 2 < bytes.length;
    return ({ position, lengthBytes }) => {
      const from = position - first.position;
      return sparse ? bytes.slice(from, from + lengthBytes) : bytes.subarray(from, from + lengthBytes);
    };
  }

  #keep({ chunk, hot }: WantedChunk, bytes: Uint8Array): ChunkBytes {
    if (bytes.length < chunk.lengthBytes) {
      const end = chunk.position + chunk.lengthBytes;
      throw new LogError('log_corrupt', `Object ${chunk.object.id} ends before byte ${end}.`);
    }
    if (!chunk.absolute && patchOffsets(bytes, chunk.baseOffset) !== chunk.endOffset) {
      throw new LogError('log_corrupt', `Object ${chunk.object.id} has batches of other lengths than were stored.`);
    }
    this.#cache.set(chunkName(chunk), [bytes], hot);
    return [bytes];
  }
}

/** Groups chunks that lie close together in one object, so that each group is one ranged read. */
function coalesce(chunks: readonly WantedChunk[]): WantedChunk[][] {
  const sorted = [...chunks].sort(({ chunk: a }, { chunk: b }) =>
    a.object.id < b.object.id ? -1 : a.object.id > b.object.id ? 1 : a.position - b.position,
  );
  const ranges: WantedChunk[][] = [];
  for (const one of sorted) {
    const range = ranges.at(-1);
    const first = range?.[0]?.chunk;
    const last = range?.at(-1)?.chunk;
    const end = one.chunk.position + one.chunk.lengthBytes;
    const near =
      first !== undefined &&
      last !== undefined &&
      first.object.id === one.chunk.object.id &&
      one.chunk.position - (last.position + last.lengthBytes) <= COALESCE_GAP_BYTES &&
      end - first.position <= COALESCED_BYTES_MAX;
    if (near) range?.push(one);
    else ranges.push([one]);
  }
  return ranges;
}
