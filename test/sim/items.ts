import type { Item, ItemKey, TransactAnswer, Write, WriteAnswer } from '../../lib/store/index.ts';
import { itemSizeBytes } from '../../lib/store/index.ts';
import { QUERY_BYTES_MAX } from '../../lib/store/request.ts';
import { SortedMap } from '../../lib/store/sorted-map.ts';
import { copyItem } from '../../lib/store/value.ts';
import { outcomeOf, outcomeOfAll } from '../../lib/store/write.ts';

/** For so long an eventually consistent read may show what was true before. DynamoDB says: usually within a second. */
export const STALE_MS_MAX = 5_000;

/** What an item was from some moment on; undefined where there was none. */
interface Version {
  readonly fromMs: number;
  readonly item: Item | undefined;
}

/**
 * The table of items that all processes share, with what it was some seconds ago. Writes are taken (`takeWrite`) and have
 * their effect at once: when they are called is the network's affair.
 */
export class Table {
  /** Told of each item that was written, as the table's stream would; not of what expired. */
  onStored: ((key: ItemKey) => void) | undefined;
  readonly #now: () => number;
  readonly #parts = new Map<string, SortedMap<Version[]>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The item as it was at `atMs`; as it is where that is not given. */
  read(key: ItemKey, atMs = Number.POSITIVE_INFINITY): Item | undefined {
    const versions = this.#parts.get(key.pk)?.get(key.sk);
    const item = versions && asOf(versions, atMs);
    return item && copyItem(item);
  }

  query(
    pk: string,
    {
      prefix = '',
      after,
      limit = 1_000,
      reverse = false,
    }: { prefix?: string; after?: string; limit?: number; reverse?: boolean },
    atMs = Number.POSITIVE_INFINITY,
  ): { items: { sk: string; item: Item }[]; next?: string } {
    const items: { sk: string; item: Item }[] = [];
    const part = this.#parts.get(pk);
    let bytes = 0;
    for (const sk of part?.keys(prefix, after, reverse) ?? []) {
      const item = asOf(part!.get(sk)!, atMs);
      if (!item) continue;
      if (items.length === limit || bytes >= QUERY_BYTES_MAX) return { items, next: items.at(-1)!.sk };
      bytes += itemSizeBytes({ pk, sk }, item);
      items.push({ sk, item: copyItem(item) });
    }
    return { items };
  }

  write(taken: Write): WriteAnswer {
    const before = this.#current(taken.key);
    const { applied, after } = outcomeOf(taken, before);
    if (applied) this.#change(taken.key, after);
    return { applied, old: before && copyItem(before) };
  }

  transact(taken: readonly Write[]): TransactAnswer {
    const { answer, after } = outcomeOfAll(
      taken,
      taken.map(({ key }) => this.#current(key)),
    );
    if (!answer.applied) {
      return { applied: false, failed: answer.failed.map((why) => why && { item: why.item && copyItem(why.item) }) };
    }
    for (const [i, write] of taken.entries()) if (write.write !== 'check') this.#change(write.key, after[i]);
    return answer;
  }

  /** What the table holds, for whoever judges it. Not copied: not to be changed. */
  *all(): Generator<{ readonly key: ItemKey; readonly item: Item }> {
    for (const [pk, part] of this.#parts) {
      for (const sk of part.keys('')) {
        const item = part.get(sk)!.at(-1)!.item;
        if (item) yield { key: { pk, sk }, item };
      }
    }
  }

  /** Removes the item, as the table does with those whose time to live is over. */
  expire(key: ItemKey): void {
    this.#store(key, undefined);
  }

  #current({ pk, sk }: ItemKey): Item | undefined {
    return this.#parts.get(pk)?.get(sk)?.at(-1)?.item;
  }

  #change(key: ItemKey, item: Item | undefined): void {
    this.#store(key, item);
    this.onStored?.(key);
  }

  #store({ pk, sk }: ItemKey, item: Item | undefined): void {
    const part = this.#parts.get(pk) ?? new SortedMap<Version[]>();
    this.#parts.set(pk, part);
    const versions = part.get(sk) ?? [{ fromMs: 0, item: undefined }];
    versions.push({ fromMs: this.#now(), item });
    // The oldest kept is the one that held when the stalest read could have seen it.
    while (versions.length > 1 && versions[1]!.fromMs <= this.#now() - STALE_MS_MAX) versions.shift();
    part.set(sk, versions);
  }
}

function asOf(versions: readonly Version[], atMs: number): Item | undefined {
  for (let i = versions.length - 1; i >= 0; i--) if (versions[i]!.fromMs <= atMs) return versions[i]!.item;
  return versions[0]!.item;
}
