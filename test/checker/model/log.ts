import type { Isolation, Seen } from '../history.ts';

/** Without a value: a marker, which takes an offset and is never shown. */
interface Entry {
  readonly value?: string;
  readonly txn?: number;
}

/** A log that is right: partitions, transactions over them, and a group's offsets. All of it happens at single moments. */
export class ModelLog {
  readonly partitions = new Map<string, Entry[]>();
  readonly offsets = new Map<string, number>();
  /** Those that are open, with the offsets that wait for their end. */
  readonly #open = new Map<number, Map<string, number>>();
  readonly #committed = new Set<number>();

  constructor(partitions: readonly string[]) {
    for (const partition of partitions) this.partitions.set(partition, []);
  }

  /** @returns the offset */
  append(partition: string, entry: Entry): number {
    return this.partitions.get(partition)!.push(entry) - 1;
  }

  begin(txn: number): void {
    this.#open.set(txn, new Map());
  }

  isOpen(txn: number): boolean {
    return this.#open.has(txn);
  }

  addOffset(txn: number, place: string, offset: number): void {
    this.#open.get(txn)!.set(place, offset);
  }

  /** Ends it, if it is open. */
  end(txn: number, commit: boolean): void {
    const offsets = this.#open.get(txn);
    if (!offsets) return;
    this.#open.delete(txn);
    if (commit) {
      this.#committed.add(txn);
      for (const [place, offset] of offsets) this.offsets.set(place, offset);
    }
    for (const entries of this.partitions.values()) if (entries.some((entry) => entry.txn === txn)) entries.push({});
  }

  /** The high watermark, or the last stable offset. */
  endOf(partition: string, isolation: Isolation): number {
    const entries = this.partitions.get(partition)!;
    if (isolation === 'uncommitted') return entries.length;
    const held = entries.findIndex(({ txn }) => txn !== undefined && this.#open.has(txn));
    return held === -1 ? entries.length : held;
  }

  records(partition: string, from: number, isolation: Isolation, count = Number.POSITIVE_INFINITY): Seen[] {
    const seen: Seen[] = [];
    const end = this.endOf(partition, isolation);
    for (let offset = from; offset < end && seen.length < count; offset++) {
      const { value, txn } = this.partitions.get(partition)![offset]!;
      const shown = isolation === 'uncommitted' || txn === undefined || this.#committed.has(txn);
      if (value !== undefined && shown) seen.push([offset, value]);
    }
    return seen;
  }
}

/** Membership of one group, as Kafka's classic protocol has it: whoever joins begins a new generation. */
export class ModelGroup {
  generation = 0;
  readonly #partitions: readonly string[];
  readonly #members: string[] = [];

  constructor(partitions: readonly string[]) {
    this.#partitions = partitions;
  }

  join(member: string): void {
    if (!this.#members.includes(member)) this.#members.push(member);
    this.generation++;
  }

  leave(member: string): void {
    this.#members.splice(this.#members.indexOf(member), 1);
    this.generation++;
  }

  partitionsOf(member: string): string[] {
    const index = this.#members.indexOf(member);
    return this.#partitions.filter((_, i) => i % this.#members.length === index);
  }
}
