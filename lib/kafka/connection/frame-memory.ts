import { type Slab, SlabPool } from '../../bytes/index.ts';
import { FRAME_BYTES_POOLED, SLAB_BYTES, SLABS_KEPT, SLABS_MAX } from './limits.ts';

/** Memory for one frame. */
export interface FrameMemory {
  readonly bytes: Buffer;
  /** Lets go of it: nobody may look at it any more. */
  release(): void;
}

/**
 * Memory for requests, all connections' one behind the other in slabs that are used again: a slab is, when all frames in it
 * are let go. What is small, or too large, and what comes while all slabs are held, is left to the garbage collector.
 */
export class FramePool {
  readonly #pool = new SlabPool({ slabBytes: SLAB_BYTES, slabsMax: SLABS_MAX, slabsKept: SLABS_KEPT });
  /** The one that is being filled. */
  #slab: Slab | undefined;
  #at = 0;

  /** Slabs that somebody holds, the one that is being filled among them. */
  get held(): number {
    return this.#pool.held;
  }

  take(length: number): FrameMemory {
    const slab = length >= FRAME_BYTES_POOLED.min && length <= FRAME_BYTES_POOLED.max ? this.#room(length) : undefined;
    if (!slab) return { bytes: Buffer.allocUnsafe(length), release: nothing };
    const bytes = slab.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    slab.hold();
    let held = true;
    const release = () => {
      if (held) slab.release();
      held = false;
    };
    return { bytes, release };
  }

  #room(length: number): Slab | undefined {
    if (this.#slab && this.#at + length <= SLAB_BYTES) return this.#slab;
    this.#slab?.release();
    this.#slab = this.#pool.take();
    this.#at = 0;
    return this.#slab;
  }
}

function nothing(): void {}
