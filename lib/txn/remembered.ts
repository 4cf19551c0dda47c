import type { StoredTransaction } from './transaction-item.ts';

interface Entry {
  readonly stored: StoredTransaction;
  readonly sizeBytes: number;
}

/**
 * What a process remembers of transactional ids, as it last read or wrote them, up to so many bytes of their items; what
 * nobody has asked for the longest goes first.
 */
export class Remembered {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of the items of all that is remembered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is remembered of an id. */
  get(id: string): StoredTransaction | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.stored;
  }

  /** What is remembered of an id, which is then forgotten: whoever changes it remembers what it comes to. */
  take(id: string): StoredTransaction | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    this.#entries.delete(id);
    this.#bytes -= entry.sizeBytes;
    return entry.stored;
  }

  set(id: string, stored: StoredTransaction, sizeBytes: number): void {
    this.take(id);
    this.#entries.set(id, { stored, sizeBytes });
    this.#bytes += sizeBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.take(oldest);
    }
  }
}
