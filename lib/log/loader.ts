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
   * The bytes of each chunk, in their order; a read that fails fails its own chunks.
   * @throws StoreError `object_missing` where an object is gone; LogError `log_corrupt`
   */
  load(chunks: readonly WantedChunk[]): Promise<ChunkBytes>[] {
    const found = new Map<string, Promise<ChunkBytes> | ChunkBytes>();
    const missing: WantedChunk[] = [];
    for (const wanted of chunks) {
      const name = chunkName(wanted.chunk);
      if (found.has(name)) continue;
      const known = this.#running.get(name) ?? this.#cache.get(name);
      if (known) found.set(name, known);
      else {
        missing.push(wanted);
        found.set(name, []);
      }
    }
    for (const range of coalesce(missing)) {
      const read = this.#read(range);
      range.forEach(({ chunk }, i) => {
        const name = chunkName(chunk);
        const one = read.then((all) => all[i]!);
        found.set(name, one);
        this.#running.set(name, one);
        const ended = () => this.#running.delete(name);
        one.then(ended, ended);
      });
    }
    return chunks.map(async ({ chunk }) => found.get(chunkName(chunk))!);
  }

  async #read(range: readonly WantedChunk[]): Promise<ChunkBytes[]> {
    const first = range[0]!.chunk;
    const last = range.at(-1)!.chunk;
    this.reads++;
    const bytes = await this.#objects.get(objectKey(first.object), first.position, last.position + last.lengthBytes);
    const wanted = range.reduce((sum, { chunk }) => sum + chunk.lengthBytes, 0);
    // A view keeps all of what was read in memory, which the cache does not count: chunks that lie far apart are copied.
    const cut = wanted * 2 < bytes.length ? bytes.slice.bind(bytes) : bytes.subarray.bind(bytes);
    return range.map(({ chunk, hot }) => {
      const from = chunk.position - first.position;
      const view = cut(from, from + chunk.lengthBytes);
      if (view.length < chunk.lengthBytes) {
        throw new LogError(
          'log_corrupt',
          `Object ${chunk.object.id} ends before byte ${chunk.position + chunk.lengthBytes}.`,
        );
      }
      if (!chunk.absolute) patchOffsets(view, chunk.baseOffset);
      this.#cache.set(chunkName(chunk), [view], hot);
      return [view];
    });
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
