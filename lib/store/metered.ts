import type { Item, ItemKey, MetaStore, ObjectStore, Stores, Write } from './port.ts';
import { itemSizeBytes, readUnits, writeUnits } from './size.ts';
import { outcomeOf, takeWrite } from './write.ts';

/** Requests of one kind. */
export interface Meter {
  requests: number;
  /** DynamoDB's write or read units; 0 for objects, which are billed by request. */
  units: number;
  bytes: number;
}

export type MeterKind =
  | 'object.put'
  | 'object.get'
  | 'object.size'
  | 'object.delete'
  | 'object.list'
  | 'item.get'
  | 'item.query'
  | 'item.write'
  | 'item.transact';

export type Meters = Readonly<Record<MeterKind, Readonly<Meter>>>;

export interface MeteredStores extends Stores {
  /** What was counted since the beginning, or since the last `reset`. */
  meters(): Meters;
  reset(): void;
}

const KINDS: readonly MeterKind[] = [
  'object.put',
  'object.get',
  'object.size',
  'object.delete',
  'object.list',
  'item.get',
  'item.query',
  'item.write',
  'item.transact',
];

/** Keys of one DeleteObjects: more make another request. */
const DELETE_KEYS_MAX = 1_000;
const BATCH_KEYS_MAX = 100;

/**
 * Counts what calls would be billed on AWS, whatever the stores are: requests, units and bytes by kind. Calls that fail are
 * not counted. Put it under a tier (`tieredStores(meteredStores(…), …)`), so that small objects count as the items that
 * they are.
 *
 * A transaction's answer does not say what its items were before: they are read for it, uncounted, so what others write in
 * between may be counted a unit off.
 *
 * @example
 * const stores = meteredStores(memoryStores());
 * await stores.items.write({ write: 'put', key: { pk: 'a', sk: 'b' }, item: { n: 1 } });
 * stores.meters()['item.write']; // { requests: 1, units: 1, bytes: 9 }
 */
export function meteredStores(inner: Stores): MeteredStores {
  let meters = zeros();
  const count = (kind: MeterKind, bytes = 0, units = 0, requests = 1) => {
    const meter = meters[kind];
    meter.requests += requests;
    meter.units += units;
    meter.bytes += bytes;
  };
  return {
    objects: meteredObjects(inner.objects, count),
    items: meteredItems(inner.items, count),
    close: () => inner.close(),
    meters: () => structuredClone(meters),
    reset() {
      meters = zeros();
    },
  };
}

type Count = (kind: MeterKind, bytes?: number, units?: number, requests?: number) => void;

function zeros(): Record<MeterKind, Meter> {
  const pairs = KINDS.map((kind) => [kind, { requests: 0, units: 0, bytes: 0 }]);
  return Object.fromEntries(pairs) as Record<MeterKind, Meter>;
}

function meteredObjects(inner: ObjectStore, count: Count): ObjectStore {
  return {
    async put(key, parts) {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      await inner.put(key, parts);
      count('object.put', bytes);
    },
    async get(key, from, to) {
      const bytes = await inner.get(key, from, to);
      count('object.get', bytes.length);
      return bytes;
    },
    async size(key) {
      const size = await inner.size(key);
      count('object.size');
      return size;
    },
    async delete(keys) {
      await inner.delete(keys);
      count('object.delete', 0, 0, Math.ceil(keys.length / DELETE_KEYS_MAX));
    },
    async list(prefix, options) {
      const infos = await inner.list(prefix, options);
      count('object.list');
      return infos;
    },
  };
}

function meteredItems(inner: MetaStore, count: Count): MetaStore {
  return {
    async get(key, options = {}) {
      const item = await inner.get(key, options);
      const bytes = sizeOf(key, item);
      count('item.get', bytes, readUnits(bytes, options.stale));
      return item;
    },
    async getMany(keys, options = {}) {
      const items = await inner.getMany(keys, options);
      const sizes = items.map((item, i) => sizeOf(keys[i]!, item));
      const units = total(sizes.map((bytes) => readUnits(bytes, options.stale)));
      count('item.get', total(sizes), units, Math.ceil(keys.length / BATCH_KEYS_MAX));
      return items;
    },
    async query(pk, options = {}) {
      const page = await inner.query(pk, options);
      const bytes = total(page.items.map(({ sk, item }) => itemSizeBytes({ pk, sk }, item)));
      count('item.query', bytes, readUnits(bytes, options.stale));
      return page;
    },
    async write(write) {
      const answer = await inner.write(write);
      const { bytes, units } = writeCost(write, answer.old, false);
      count('item.write', bytes, units);
      return answer;
    },
    async transact(writes) {
      const before = await inner.getMany(writes.map(({ key }) => key));
      const answer = await inner.transact(writes);
      const costs = writes.map((write, i) => writeCost(write, before[i], true));
      count('item.transact', total(costs.map(({ bytes }) => bytes)), total(costs.map(({ units }) => units)));
      return answer;
    },
  };
}

/** What a write costs on the item before it: by the larger of before and after, failed conditions included. */
function writeCost(write: Write, before: Item | undefined, transaction: boolean): { bytes: number; units: number } {
  const beforeBytes = sizeOf(write.key, before);
  const afterBytes = sizeOf(write.key, outcomeOf(takeWrite(write), before).after);
  const bytes = Math.max(beforeBytes, afterBytes);
  return { bytes, units: writeUnits(beforeBytes, afterBytes, transaction) };
}

function sizeOf(key: ItemKey, item: Item | undefined): number {
  return item === undefined ? 0 : itemSizeBytes(key, item);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
