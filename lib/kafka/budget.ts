/**
 * Bytes that many connections share. Who finds no room waits in line, and nobody passes: a large request gets its turn.
 *
 * @example
 * if (!budget.take(frameBytes, resume)) pause(); // `resume` is called once there is room, and the bytes are taken then
 */
export class Budget {
  readonly #bytesMax: number;
  readonly #line = new Set<Waiting>();
  #used = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that are left; below 0 where more was counted than there is. */
  get left(): number {
    return this.#bytesMax - this.#used;
  }

  /** Whether there is room at once; else `granted` is called later. One that is larger than everything may go alone. */
  take(bytes: number, granted: () => void): boolean {
    if (this.#line.size === 0 && this.#fits(bytes)) {
      this.#used += bytes;
      return true;
    }
    this.#line.add({ bytes, granted });
    return false;
  }

  /** Takes without asking: for what is there already, and must only be counted. */
  count(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    for (const waiting of this.#line) {
      if (!this.#fits(waiting.bytes)) return;
      this.#line.delete(waiting);
      this.#used += waiting.bytes;
      waiting.granted();
    }
  }

  #fits(bytes: number): boolean {
    return this.#used <= 0 || this.#used + bytes <= this.#bytesMax;
  }
}

interface Waiting {
  readonly bytes: number;
  readonly granted: () => void;
}
