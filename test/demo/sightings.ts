import type { Facts } from './facts.ts';

/** A flight as it was met somewhere: which one, its content's sum, and where it is in the topic. */
export interface Sighting {
  readonly row: number;
  readonly sum: number;
  readonly partition: number;
  readonly offset: number;
}

/** Which flights arrived at one place, how often, and whether they are the ones that were sent. */
export class Sightings {
  /** Times that each row was met; more than 255 count as 255. */
  readonly #times: Uint8Array;
  readonly #partitions: Uint8Array;
  readonly #offsets: Uint32Array;
  readonly #facts: Facts;
  /** All, repeated ones too. */
  total = 0;
  /** Different flights. */
  distinct = 0;
  /** With another content than the data set's, or rows that it does not have. */
  changed = 0;
  /** The same flight at another offset than before: it is in the topic twice. */
  doubled = 0;

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#times = new Uint8Array(facts.count);
    this.#partitions = new Uint8Array(facts.count);
    this.#offsets = new Uint32Array(facts.count);
  }

  get repeated(): number {
    return this.total - this.distinct;
  }

  /** Returns whether it is new. */
  note({ row, sum, partition, offset }: Sighting): boolean {
    this.total++;
    if (this.#facts.sums[row] !== sum) {
      this.changed++;
      return false;
    }
    const times = this.#times[row]!;
    this.#times[row] = Math.min(times + 1, 255);
    if (times > 0) {
      if (this.#partitions[row] !== partition || this.#offsets[row] !== offset) this.doubled++;
      return false;
    }
    this.distinct++;
    this.#partitions[row] = partition;
    this.#offsets[row] = offset;
    return true;
  }

  has(row: number): boolean {
    return this.#times[row] !== 0;
  }

  placeOf(row: number): { partition: number; offset: number } {
    return { partition: this.#partitions[row]!, offset: this.#offsets[row]! };
  }

  /** How many were met at another offset than `acknowledged` says: must be none. */
  misplaced(acknowledged: Sightings): number {
    let count = 0;
    for (let row = 0; row < this.#facts.count; row++) {
      if (!this.has(row)) continue;
      const [here, there] = [this.placeOf(row), acknowledged.placeOf(row)];
      const same = acknowledged.has(row) && here.partition === there.partition && here.offset === there.offset;
      if (!same) count++;
    }
    return count;
  }

  /** How many were met at an offset that another flight has too: must be none. */
  shared(): number {
    const taken = new Map<number, Uint8Array>();
    let count = 0;
    for (let row = 0; row < this.#facts.count; row++) {
      if (!this.has(row)) continue;
      const { partition, offset } = this.placeOf(row);
      const there = taken.get(partition) ?? new Uint8Array(this.#facts.count);
      taken.set(partition, there);
      // A topic that holds each flight once has no offset beyond their number.
      if (offset >= there.length || there[offset] === 1) count++;
      else there[offset] = 1;
    }
    return count;
  }
}
