import { KafkaReader, type Read } from '../../../lib/kafka/index.ts';

const TAGS_KNOWN_MAX = 4;
const LETTERS = [...'abcdefgh-_.0é€😀'];
const SAFE_HALF = 2 ** 26;

/**
 * Reads no bytes: makes each value up from `seed`, so that generated readers give messages of their shape, with
 * every field of a version and no other. Extremes and absence come up often.
 */
export class MadeUpReader extends KafkaReader {
  #state: number;

  constructor(seed: number, flexible: boolean) {
    super(new Uint8Array(0), 0, flexible);
    this.#state = seed | 0;
  }

  override bool(): boolean {
    return this.#below(2) === 1;
  }
  override i8(): number {
    return this.#below(256) - 128;
  }
  override i16(): number {
    return this.#below(0x10000) - 0x8000;
  }
  override u16(): number {
    return this.#below(0x10000);
  }
  override i32(): number {
    return this.#next() | 0;
  }
  override i64(): number {
    const extremes = [-1, 0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    return extremes[this.#below(12)] ?? (this.#below(SAFE_HALF) - SAFE_HALF / 2) * SAFE_HALF + this.#below(SAFE_HALF);
  }
  override f64(): number {
    return this.#below(1_000_000) - 500_000.5;
  }
  override nullableString(): string | null {
    return this.#below(4) === 0 ? null : this.string();
  }
  override string(): string {
    // Around the lengths at which the notation changes, now and then.
    const length = this.#below(40) === 0 ? 41 + this.#below(90) : this.#below(8);
    return Array.from({ length }, () => LETTERS[this.#below(LETTERS.length)]).join('');
  }
  override uuid(): string {
    return Array.from({ length: 32 }, () => this.#below(16).toString(16)).join('');
  }
  override nullableData(): Uint8Array | null {
    return this.#below(4) === 0 ? null : this.data();
  }
  override data(): Uint8Array {
    return Uint8Array.from({ length: this.#below(12) }, () => this.#below(256));
  }
  override nullableArray<T>(leastBytes: number, version: number, read: Read<T>): T[] | null {
    return this.#below(4) === 0 ? null : this.array(leastBytes, version, read);
  }
  override array<T>(_leastBytes: number, version: number, read: Read<T>): T[] {
    return Array.from({ length: this.#below(4) }, () => read(this, version));
  }
  override nullable<T>(version: number, read: Read<T>): T | null {
    return this.#below(3) === 0 ? null : read(this, version);
  }
  override skipTags(): void {}
  override tags<T>(version: number, into: T, take: (r: KafkaReader, v: number, tag: number, into: T) => void): void {
    if (!this.flexible) return;
    for (let tag = 0; tag < TAGS_KNOWN_MAX; tag++) if (this.bool()) take(this, version, tag, into);
  }

  #below(limit: number): number {
    return this.#next() % limit;
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let z = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return (z ^ (z >>> 14)) >>> 0;
  }
}
