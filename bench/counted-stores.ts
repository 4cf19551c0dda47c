import type {
  Item,
  ItemKey,
  MetaStore,
  ObjectStore,
  Stores,
  TransactAnswer,
  Write,
  WriteAnswer,
} from '../lib/store/index.ts';

/** What was asked of the stores. */
export interface Counts {
  /** Sizes of the objects put, in order. */
  putBytes: number[];
  objectReads: number;
  itemReads: number;
}

/** The same stores, counting. */
export function counted(stores: Stores): { stores: Stores; counts: Counts } {
  const counts: Counts = { putBytes: [], objectReads: 0, itemReads: 0 };
  return {
    stores: {
      objects: new CountedObjects(stores.objects, counts),
      items: new CountedItems(stores.items, counts),
      close: () => stores.close(),
    },
    counts,
  };
}

class CountedObjects implements ObjectStore {
  readonly #objects: ObjectStore;
  readonly #counts: Counts;

  constructor(objects: ObjectStore, counts: Counts) {
    this.#objects = objects;
    this.#counts = counts;
  }

  put(key: string, parts: readonly Uint8Array[]): Promise<void> {
    this.#counts.putBytes.push(parts.reduce((sum, part) => sum + part.length, 0));
    return this.#objects.put(key, parts);
  }

  get(...range: Parameters<ObjectStore['get']>): Promise<Uint8Array> {
    this.#counts.objectReads++;
    return this.#objects.get(...range);
  }

  size(key: string): Promise<number | undefined> {
    return this.#objects.size(key);
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#objects.delete(keys);
  }

  list(...what: Parameters<ObjectStore['list']>): ReturnType<ObjectStore['list']> {
    return this.#objects.list(...what);
  }
}

class CountedItems implements MetaStore {
  readonly #items: MetaStore;
  readonly #counts: Counts;

  constructor(items: MetaStore, counts: Counts) {
    this.#items = items;
    this.#counts = counts;
  }

  get(key: ItemKey): Promise<Item | undefined> {
    this.#counts.itemReads++;
    return this.#items.get(key);
  }

  getMany(keys: readonly ItemKey[]): Promise<(Item | undefined)[]> {
    this.#counts.itemReads += keys.length;
    return this.#items.getMany(keys);
  }

  query(...what: Parameters<MetaStore['query']>): ReturnType<MetaStore['query']> {
    this.#counts.itemReads++;
    return this.#items.query(...what);
  }

  write(write: Exclude<Write, { write: 'check' }>): Promise<WriteAnswer> {
    return this.#items.write(write);
  }

  transact(writes: readonly Write[]): Promise<TransactAnswer> {
    return this.#items.transact(writes);
  }
}
