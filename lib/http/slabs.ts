/** Smaller buffers are cheap to make; larger ones than this hold a full body. */
const SLAB_BYTES_MIN = 128 * 1024;
/** What is kept for the next bodies: four of the largest. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Buffers for bodies, used again: memory that was touched before costs a fraction of fresh pages. Sizes are powers of two.
 *
 * @example
 * const slab = slabs.take(1_000_000); // 1,048,576 bytes
 * slabs.give(slab); // whoever took it looks at it no more
 */
export class Slabs {
  readonly #free = new Map<number, Buffer[]>();
  #keptBytes = 0;

  /** At least `sizeBytes`, with whatever was in it. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes < SLAB_BYTES_MIN) return Buffer.allocUnsafe(sizeBytes);
    const size = 2 ** Math.ceil(Math.log2(sizeBytes));
    const slab = this.#free.get(size)?.pop();
    if (!slab) return Buffer.allocUnsafeSlow(size);
    this.#keptBytes -= size;
    return slab;
  }

  give(slab: Buffer): void {
    const size = slab.length;
    if (size < SLAB_BYTES_MIN || this.#keptBytes + size > KEPT_BYTES_MAX) return;
    const free = this.#free.get(size);
    if (free) free.push(slab);
    else this.#free.set(size, [slab]);
    this.#keptBytes += size;
  }
}
