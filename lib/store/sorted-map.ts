import { compareText } from './value.ts';

/** A map whose keys can be walked in the order of their UTF-8 bytes. Inserting at the end, as ids in order of time do, is cheap. */
export class SortedMap<Value> {
  private readonly values = new Map<string, Value>();
  private readonly sorted: string[] = [];

  get size(): number {
    return this.values.size;
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  set(key: string, value: Value): void {
    if (!this.values.has(key)) this.sorted.splice(this.position(key), 0, key);
    this.values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.values.delete(key)) return false;
    this.sorted.splice(this.position(key), 1);
    return true;
  }

  /** Keys with `prefix` after (before, where `reverse`) `after`, in order. */
  *keys(prefix: string, after?: string, reverse = false): Generator<string> {
    if (reverse) {
      const beyond = successor(prefix);
      let at = beyond === undefined ? this.sorted.length : this.position(beyond);
      if (after !== undefined) at = Math.min(at, this.position(after));
      while (--at >= 0 && this.sorted[at]!.startsWith(prefix)) yield this.sorted[at]!;
      return;
    }
    let at = this.position(prefix);
    if (after !== undefined && compareText(after, prefix) >= 0) {
      at = this.position(after);
      if (this.sorted[at] === after) at++;
    }
    for (; at < this.sorted.length && this.sorted[at]!.startsWith(prefix); at++) yield this.sorted[at]!;
  }

  /** How many keys are less than `key`. */
  private position(key: string): number {
    let low = 0;
    let high = this.sorted.length;
    if (high > 0 && compareText(this.sorted[high - 1]!, key) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareText(this.sorted[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The least text that is greater than every text with `prefix`; undefined where there is none. */
export function successor(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    if (last === 0x10ffff) continue;
    return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
