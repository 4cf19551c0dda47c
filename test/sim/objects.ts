import { type ObjectInfo, StoreError } from '../../lib/store/index.ts';
import { rangeWithin } from '../../lib/store/request.ts';
import { SortedMap } from '../../lib/store/sorted-map.ts';

/** The bucket that all processes share. Effects are at once: when calls come is the network's affair. */
export class Bucket {
  readonly #objects = new SortedMap<Uint8Array>();

  /** Takes `bytes` for its own. */
  put(key: string, bytes: Uint8Array): void {
    if (this.#objects.has(key)) throw new StoreError('object_exists', `The object "${key}" exists already.`);
    this.#objects.set(key, bytes);
  }

  get(key: string, from?: number, to?: number): Uint8Array {
    const bytes = this.#objects.get(key);
    if (!bytes) throw new StoreError('object_missing', `There is no object "${key}".`);
    const range = rangeWithin(bytes.length, from, to);
    return bytes.slice(range.from, range.to);
  }

  size(key: string): number | undefined {
    return this.#objects.get(key)?.length;
  }

  delete(key: string): void {
    this.#objects.delete(key);
  }

  list(prefix: string, { after, limit = 1_000 }: { after?: string; limit?: number } = {}): ObjectInfo[] {
    const infos: ObjectInfo[] = [];
    for (const key of this.#objects.keys(prefix, after)) {
      if (infos.length === limit) break;
      infos.push({ key, sizeBytes: this.#objects.get(key)!.length });
    }
    return infos;
  }

  /** What the bucket holds, for whoever judges it. Not copied: not to be changed. */
  *all(): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const key of this.#objects.keys('')) yield { key, bytes: this.#objects.get(key)! };
  }
}
