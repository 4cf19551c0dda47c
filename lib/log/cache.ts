import type { Lease } from '../bytes/index.ts';
import { patchBaseOffset } from '../record/index.ts';
import { type ChunkBytes, chunkName, cutBatches } from './chunks.ts';
import type { LedgerShare, Slice } from './flush.ts';
import type { ObjectRef, Run } from './model.ts';
import { WrittenChunks } from './written.ts';

/** Least recently used first out, bounded by bytes. */
class ByteLru {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, ChunkBytes>();
  bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(name: string): ChunkBytes | undefined {
    const found = this.#entries.get(name);
    if (found) {
      this.#entries.delete(name);
      this.#entries.set(name, found);
    }
    return found;
  }

  set(name: string, chunk: ChunkBytes): void {
    this.delete(name);
    const size = sizeOf(chunk);
    if (size > this.#bytesMax) return;
    this.#entries.set(name, chunk);
    this.bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.bytes <= this.#bytesMax) break;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    const found = this.#entries.get(name);
    if (!found) return;
    this.#entries.delete(name);
    this.bytes -= sizeOf(found);
  }
}

/**
 * Chunks in memory, in two rooms: `hot` for what was just written or stands at a ledger's end, `cold` for all else, so
 * that readers far behind cannot push out what tail readers share. Both bounded by bytes. What is hot is copied into memory
 * that is used again, so that its views last as long as the lease that they were asked for with.
 */
export class ChunkCache {
  readonly #hot: WrittenChunks;
  readonly #cold: ByteLru;
  hits = 0;
  misses = 0;

  constructor(hotBytes: number, coldBytes: number) {
    this.#hot = new WrittenChunks(hotBytes);
    this.#cold = new ByteLru(coldBytes);
  }

  get bytes(): number {
    return this.#hot.bytes + this.#cold.bytes;
  }

  /** Slabs of memory that the hot room has in use, or that readers still hold. */
  get slabs(): number {
    return this.#hot.slabs;
  }

  get(name: string, lease: Lease): ChunkBytes | undefined {
    const hot = this.#hot.get(name, lease);
    const found = hot ? [hot] : this.#cold.get(name);
    if (found) this.hits++;
    else this.misses++;
    return found;
  }

  set(name: string, chunk: ChunkBytes, hot: boolean): void {
    if (hot) this.#hot.add(name, chunk);
    else this.#cold.set(name, chunk);
  }

  /** Keeps what a ledger has just taken, base offsets patched, cut as readers will ask for it. */
  keepWritten(object: ObjectRef, share: LedgerShare): void {
    let at = 0;
    for (const run of share.runs) {
      const slices: Slice[] = [];
      for (let span = 0; span < run.span; at++) {
        slices.push(share.slices[at]!);
        span += share.slices[at]!.span;
      }
      this.#keepRun(object, run, slices);
    }
  }

  #keepRun(object: ObjectRef, run: Run, slices: readonly Slice[]): void {
    const infos = slices.flatMap(({ append }) => append.infos);
    const ends = new Set(cutBatches(infos, run));
    let parts: Uint8Array[] = [];
    let position = run.position;
    let length = 0;
    let count = 0;
    for (const { append, appended } of slices) {
      let offset = appended!.baseOffset;
      let from = 0;
      for (const info of append.infos) {
        patchBaseOffset(append.batches, info.position, offset);
        offset += info.offsetSpan;
        length += info.lengthBytes;
        if (!ends.has(++count)) continue;
        const end = info.position + info.lengthBytes;
        parts.push(append.batches.subarray(from, end));
        this.set(chunkName({ object, position }), parts, true);
        from = end;
        position += length;
        length = 0;
        parts = [];
      }
      if (from < append.batches.length) parts.push(append.batches.subarray(from));
    }
  }
}

function sizeOf(chunk: ChunkBytes): number {
  let size = 0;
  for (const part of chunk) size += part.length;
  return size;
}
