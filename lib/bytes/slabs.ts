const NOTHING = Buffer.alloc(0);

/**
 * A stretch of memory that is used over and over. Whoever needs its bytes holds it; when the last one lets go, every view
 * of it becomes empty, and its memory is used again: a view that somebody kept by mistake can lose its bytes, but never show
 * those of another.
 */
export class Slab {
  #bytes: Buffer;
  #holders = 1;
  readonly #free: (slab: Slab) => void;

  /** Held by who made it. `free` is told once nobody holds it any more. */
  constructor(bytes: Buffer, free: (slab: Slab) => void) {
    this.#bytes = bytes;
    this.#free = free;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  hold(): void {
    this.#holders++;
  }

  release(): void {
    this.#holders--;
    if (this.#holders === 0) this.#free(this);
  }

  /** Its memory, moved out of the reach of all views that there are. Copies nothing. */
  reclaim(): Buffer {
    const bytes = Buffer.from((this.#bytes.buffer as ArrayBuffer).transfer());
    this.#bytes = NOTHING;
    return bytes;
  }
}

/**
 * Slabs of one size. Memory that is used again spares the system its pages and the runtime its garbage: V8 collects garbage
 * by the bytes that were allocated, which for events is all the time.
 *
 * @example
 * const pool = new SlabPool({ slabBytes: 4 << 20, slabsMax: 32, slabsKept: 8 });
 * const slab = pool.take(); // undefined: 32 are held; allocate
 * slab.bytes.write('abc');
 * slab.release();
 */
export class SlabPool {
  readonly slabBytes: number;
  readonly #slabsMax: number;
  readonly #slabsKept: number;
  readonly #kept: Buffer[] = [];
  #held = 0;

  /** At most `slabsMax` are held at one time, and `slabsKept` kept while nobody holds them. */
  constructor(options: { slabBytes: number; slabsMax: number; slabsKept: number }) {
    this.slabBytes = options.slabBytes;
    this.#slabsMax = options.slabsMax;
    this.#slabsKept = options.slabsKept;
  }

  /** How many somebody holds. */
  get held(): number {
    return this.#held;
  }

  /** One that nobody else holds, with whatever bytes are in it; undefined where as many are held as may be. */
  take(): Slab | undefined {
    if (this.#held >= this.#slabsMax) return undefined;
    this.#held++;
    return new Slab(this.#kept.pop() ?? Buffer.allocUnsafeSlow(this.slabBytes), (slab) => {
      this.#held--;
      const bytes = slab.reclaim();
      if (this.#kept.length < this.#slabsKept) this.#kept.push(bytes);
    });
  }
}

/** What somebody holds of several slabs, each once, to be let go together. */
export class Lease {
  readonly #slabs: Slab[] = [];

  hold(slab: Slab): void {
    if (this.#slabs.includes(slab)) return;
    slab.hold();
    this.#slabs.push(slab);
  }

  /** Whether the bytes are in one of the slabs. */
  covers(bytes: Uint8Array): boolean {
    return this.#slabs.some((slab) => slab.bytes.buffer === bytes.buffer);
  }

  /** Holds what the other one does. */
  join(other: Lease): void {
    for (const slab of other.#slabs) this.hold(slab);
  }

  get empty(): boolean {
    return this.#slabs.length === 0;
  }

  /** Lets go; may be called again. */
  release(): void {
    for (const slab of this.#slabs.splice(0)) slab.release();
  }
}
