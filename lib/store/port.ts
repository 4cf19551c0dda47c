import { MillraceError } from '../bytes/index.ts';

/**
 * - `object_exists`: `put` met an object of that key; nothing was written.
 * - `object_missing`: `get` of a key that is not there (any more).
 * - `store_unavailable`: the store refused or throttled the call, and it certainly had no effect; try again later.
 * - `store_unknown`: no answer came; the call may or may not have had its effect, now or later. Find out by reading.
 * - `store_full`: no room; nothing was written.
 * - `store_locked`: another process has this data folder open.
 * - `store_corrupt`: what the store gave back is not what was put.
 * - `store_invalid`: the call breaks a rule of the port (an oversized item, overlapping paths, a wrong operand).
 * - `store_closed`: the store was closed.
 */
export type StoreErrorCode =
  | 'object_exists'
  | 'object_missing'
  | 'store_unavailable'
  | 'store_unknown'
  | 'store_full'
  | 'store_locked'
  | 'store_corrupt'
  | 'store_invalid'
  | 'store_closed';

export class StoreError extends MillraceError<StoreErrorCode> {}

/** What `list` says of an object. */
export interface ObjectInfo {
  key: string;
  sizeBytes: number;
}

/**
 * Immutable objects by key: S3's model, with its conditional put. Keys are ASCII: letters, digits, `/`, `-`, `_`, `.`.
 * Every method rejects with a StoreError.
 */
export interface ObjectStore {
  /**
   * Writes the object whole from `parts` (so that nobody needs to join them first), if its key is absent. Resolves when it
   * is durable; a crash leaves all of it or nothing.
   * @throws object_exists, store_full, store_unavailable, store_unknown
   */
  put(key: string, parts: readonly Uint8Array[]): Promise<void>;

  /**
   * The bytes from `from` up to, but without, `to`; shortened at the object's end. A negative `from` without `to` means
   * the last `-from` bytes, or all where the object is shorter (S3's suffix range).
   * @throws object_missing
   */
  get(key: string, from?: number, to?: number): Promise<Uint8Array>;

  /** Size of the object, or undefined where there is none. */
  size(key: string): Promise<number | undefined>;

  /** Deletes objects, any number; a key that is not there is no error. */
  delete(keys: readonly string[]): Promise<void>;

  /** Up to `limit` (1 to 1,000) objects in key order whose key starts with `prefix` and comes after `after`. */
  list(prefix: string, options?: { after?: string; limit?: number }): Promise<ObjectInfo[]>;
}

/** What an attribute holds. Numbers are safe integers or finite doubles; a Uint8Array is DynamoDB's B. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value };

/** An item's attributes, without its key. */
export interface Item {
  readonly [attribute: string]: Value;
}

/** An item's address: all items of one `pk` lie together, ordered by `sk` (byte order of UTF-8). Neither is empty. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** A place in an item: attribute name, then names of map entries or indexes of list elements. */
export type Path = readonly [string, ...(string | number)[]];

/**
 * One action of an update. All actions see the item as it was before; no two may touch overlapping paths
 * (DynamoDB's rule). Source: DynamoDB Developer Guide, "Update expressions".
 *
 * - `set`: writes `to`; the parent of a nested path must exist.
 * - `setOnce`: writes `to` where the path is absent, else leaves it.
 * - `copyOnce`: writes the value at `from`, which must exist, where `path` is absent, else leaves it. Another action may
 *   change what is at `from`: it is copied as it was before.
 * - `add`: adds to the number at `path`, which must exist, or, with `from`, starts at `from` where it is absent. All of
 *   them, and the sum, are safe integers: DynamoDB adds in decimal, a double in binary, and only these agree.
 * - `addCopy`: adds the number at `of`, as it was before, to that at `path`; one that is absent counts as 0. Both are
 *   whole and within ADD_COPY_MAX, so that the sum is a safe integer.
 * - `append`: adds `values` to the end of the list at `path`, which must exist.
 * - `drop`: removes the first `count` elements of the list at `path`.
 * - `remove`: removes the attribute or map entry; absent is no error, but a parent that is absent is.
 */
export type Action =
  | { readonly do: 'set'; readonly path: Path; readonly to: Value }
  | { readonly do: 'setOnce'; readonly path: Path; readonly to: Value }
  | { readonly do: 'copyOnce'; readonly path: Path; readonly from: Path }
  | { readonly do: 'add'; readonly path: Path; readonly by: number; readonly from?: number }
  | { readonly do: 'addCopy'; readonly path: Path; readonly of: Path }
  | { readonly do: 'append'; readonly path: Path; readonly values: readonly Value[] }
  | { readonly do: 'drop'; readonly path: Path; readonly count: number }
  | { readonly do: 'remove'; readonly path: Path };

/** The largest magnitude of what `addCopy` adds up: half of what a double holds exactly. */
export const ADD_COPY_MAX = 2 ** 52;

/**
 * A condition on the item as it is. A comparison with a path that is absent is false. `is` compares by value
 * (bytes, lists and maps too); the orders compare two numbers or two strings.
 */
export type Condition =
  | { readonly if: 'exists' | 'absent'; readonly path: Path }
  | { readonly if: 'itemExists' | 'itemAbsent' }
  | { readonly if: 'is' | 'isNot'; readonly path: Path; readonly value: Value }
  | { readonly if: 'lt' | 'le' | 'gt' | 'ge'; readonly path: Path; readonly value: number | string }
  | { readonly if: 'all' | 'any'; readonly of: readonly Condition[] };

/** One write, alone or in a transaction. `check` only tests its condition, and stands in transactions alone. */
export type Write =
  | { readonly write: 'put'; readonly key: ItemKey; readonly item: Item; readonly when?: Condition }
  | { readonly write: 'update'; readonly key: ItemKey; readonly actions: readonly Action[]; readonly when?: Condition }
  | { readonly write: 'delete'; readonly key: ItemKey; readonly when?: Condition }
  | { readonly write: 'check'; readonly key: ItemKey; readonly when: Condition };

/** A condition that a transaction depends on, and that changes nothing. */
export type Check = Extract<Write, { write: 'check' }>;

/**
 * The answer to one write. `old` is the item as it was just before (undefined where there was none), whether the write was
 * applied or its condition failed. A condition that fails is an answer, not an error.
 */
export interface WriteAnswer {
  readonly applied: boolean;
  readonly old: Item | undefined;
}

/**
 * The answer to a transaction. Where it was not applied, `failed` has, per write, the item on which its condition
 * failed (`item` undefined where there was none), and undefined for writes whose condition held.
 */
export type TransactAnswer =
  | { readonly applied: true }
  | { readonly applied: false; readonly failed: readonly ({ readonly item: Item | undefined } | undefined)[] };

/** DynamoDB's limits, which every MetaStore enforces with `store_invalid`, so that what runs on disk runs on AWS. */
export const ITEM_BYTES_MAX = 400 * 1024;
export const TRANSACT_WRITES_MAX = 100;
export const KEY_BYTES_MAX = { pk: 2048, sk: 1024 } as const;

/**
 * Small items under conditional, atomic writes: DynamoDB's model. An item with the number attribute `ttl` (seconds since
 * 1970) may vanish any time after that moment, and may also be read for days after it: whoever depends on it checks it.
 *
 * Every method rejects with a StoreError. A read is strongly consistent unless `stale` is set, which may return what was
 * true some seconds ago, at half the price.
 */
export interface MetaStore {
  get(key: ItemKey, options?: { stale?: boolean }): Promise<Item | undefined>;

  /** Items of `keys` (any number), in their order, undefined where there is none. Not a snapshot. */
  getMany(keys: readonly ItemKey[], options?: { stale?: boolean }): Promise<(Item | undefined)[]>;

  /**
   * Items of one `pk` whose `sk` starts with `prefix` and comes after `after` (before it, where `reverse`), in `sk` order.
   * At most `limit` (default and maximum 1,000) and about 1 MiB; `next` is set where more may follow: pass it as `after`.
   */
  query(
    pk: string,
    options?: { prefix?: string; after?: string; limit?: number; reverse?: boolean; stale?: boolean },
  ): Promise<{ items: { sk: string; item: Item }[]; next?: string }>;

  /**
   * One atomic write, durable when it resolves. `put` replaces the whole item; `update` creates it where it is absent
   * (paths into attributes that are not there fail with store_invalid) unless its condition forbids it.
   * @throws store_invalid, store_unavailable, store_unknown
   */
  write(write: Exclude<Write, { write: 'check' }>): Promise<WriteAnswer>;

  /** All of up to 100 writes to distinct items, or none. Costs twice the units of single writes. */
  transact(writes: readonly Write[]): Promise<TransactAnswer>;
}

/** Where an object lies in a file: bytes `from` up to, but without, `to`, with what the file keeps beside it for itself. */
export interface ObjectPlace {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** The two ports together, as a platform takes them. */
export interface Stores {
  readonly objects: ObjectStore;
  readonly items: MetaStore;
  /** For people who look for an object on a disk: where it lies. Undefined where no file has it, absent where none can. */
  placeOf?(key: string): ObjectPlace | undefined;
  close(): Promise<void>;
}
