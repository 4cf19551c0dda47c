import { type Lease, Slab, SlabPool } from '../bytes/index.ts';
import { SLAB_BYTES, SLAB_CHUNKS_MAX, SLABS_LEAST } from './limits.ts';

/** Slabs beyond those in use that stay allocated: the next one is there when the oldest is still held by readers. */
const SLABS_KEPT = 2;

interface Entry {
  readonly slab: Slab;
  readonly from: number;
  readonly bytes: number;
}

interface Used {
  readonly slab: Slab;
  readonly sizeBytes: number;
  readonly names: string[];
}

/**
 * Chunks of bytes by name, copied one behind the other into a ring of slabs: the oldest slab goes first, with all that is in
 * it. A copy costs less than memory that is always new, and what was read from a socket need not wait in its own memory until
 * nobody reads it any more.
 */
export class WrittenChunks {
  readonly #bytesMax: number;
  readonly #pool: SlabPool;
  readonly #entries = new Map<string, Entry>();
  /** Oldest first; the last one is being filled. */
  readonly #used: Used[] = [];
  #filledBytes = 0;
  #usedBytes = 0;
  /** Of slabs that are in no pool, in use here or held by readers. */
  #ownBytes = 0;
  bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    const slabBytes = Math.max(1, Math.min(SLAB_BYTES, Math.floor(bytesMax / SLABS_LEAST)));
    this.#pool = new SlabPool({ slabBytes, slabsMax: Number.POSITIVE_INFINITY, slabsKept: SLABS_KEPT });
  }

  /** Slabs that are in use here, or that readers still hold. */
  get slabs(): number {
    return this.#pool.held;
  }

  /**
   * The chunk as one view, which lasts as long as the lease. Where readers hold as much of what is forgotten as the whole room
   * has, it is a copy: a few bytes for somebody who never takes them must not keep a slab.
   */
  get(name: string, lease: Lease): Uint8Array | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const view = entry.slab.bytes.subarray(entry.from, entry.from + entry.bytes);
    if (this.#forgottenBytes > this.#bytesMax) return Buffer.from(view);
    lease.hold(entry.slab);
    return view;
  }

  /** Of slabs that only readers hold. */
  get #forgottenBytes(): number {
    return this.#pool.held * this.#pool.slabBytes + this.#ownBytes - this.#usedBytes;
  }

  /** Keeps a copy of the parts together. What is larger than the whole room is not kept. */
  add(name: string, parts: readonly Uint8Array[]): void {
    if (this.#entries.has(name)) return;
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    if (bytes > this.#bytesMax) return;
    const { slab, names } = this.#room(bytes);
    const from = this.#filledBytes;
    for (const part of parts) {
      slab.bytes.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
    }
    this.#entries.set(name, { slab, from, bytes });
    names.push(name);
    this.bytes += bytes;
  }

  /** The slab with room for so many bytes behind what was filled of it. */
  #room(bytes: number): Used {
    const last = this.#used.at(-1);
    const fits = last && this.#filledBytes + bytes <= last.sizeBytes && last.names.length < SLAB_CHUNKS_MAX;
    if (fits) return last;
    const { slabBytes } = this.#pool;
    const sizeBytes = Math.max(slabBytes, bytes);
    while (this.#usedBytes + sizeBytes > this.#bytesMax && this.#used.length > 0) this.#dropOldest();
    // A chunk that fits into no slab of the pool has memory of its own, which is not used again.
    const slab = sizeBytes > slabBytes ? this.#ownSlab(sizeBytes) : this.#pool.take()!;
    const used: Used = { slab, sizeBytes, names: [] };
    this.#used.push(used);
    this.#usedBytes += sizeBytes;
    this.#filledBytes = 0;
    return used;
  }

  #dropOldest(): void {
    const { slab, sizeBytes, names } = this.#used.shift()!;
    for (const name of names) {
      this.bytes -= this.#entries.get(name)!.bytes;
      this.#entries.delete(name);
    }
    this.#usedBytes -= sizeBytes;
    slab.release();
  }

  #ownSlab(sizeBytes: number): Slab {
    this.#ownBytes += sizeBytes;
    return new Slab(Buffer.allocUnsafeSlow(sizeBytes), (slab) => {
      this.#ownBytes -= sizeBytes;
      slab.reclaim();
    });
  }
}
