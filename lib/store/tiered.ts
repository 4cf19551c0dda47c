import { type Item, type MetaStore, type ObjectInfo, type ObjectStore, StoreError, type Stores } from './port.ts';
import { checkLimit, checkObjectKey, checkRange, rangeWithin } from './request.ts';

/**
 * Objects up to this size are cheaper as items: writing 8 KiB takes 9 write units ($5.63 per million), about what an S3 PUT
 * takes ($5). Source: the price lists of S3 and DynamoDB on demand, us-east-1.
 */
export const SMALL_OBJECT_BYTES_MAX = 8 * 1024;

/**
 * Partition keys over which small objects are spread: DynamoDB takes 1,000 write units a second under one of them. A list
 * whose prefix does not name two parts of the key asks all of them.
 */
const PLACES = 32;

/** Deletes and list requests under way at once. */
const CALLS_MAX = 16;

/** Items read for a page of a list: at 8 KiB each, about the MiB at which DynamoDB ends a page anyway. */
const PAGE_ITEMS_MAX = 128;

/**
 * Stores whose small objects are items: an object for whose key `isSmall` holds is kept in `stores.items`, any other in
 * `stores.objects`. The key alone decides, so that each key has one place: nothing is looked for twice, and putting an
 * object that exists is refused as exactly as the tiers refuse it.
 *
 * @example
 * // Keys that end in their object's size, as segment objects' do:
 * const stores = tieredStores(await openAwsStores({ bucket, table }), (key) => sizeOf(key) <= SMALL_OBJECT_BYTES_MAX);
 */
export function tieredStores(stores: Stores, isSmall: (key: string) => boolean): Stores {
  const small = smallObjects(stores.items);
  const tierOf = (key: string): ObjectStore => (isSmall(key) ? small : stores.objects);
  const objects: ObjectStore = {
    put: async (key, parts) => tierOf(key).put(key, parts),
    get: async (key, from, to) => tierOf(key).get(key, from, to),
    size: async (key) => tierOf(key).size(key),
    delete: async (keys) => {
      keys.forEach(checkObjectKey);
      await Promise.all([
        small.delete(keys.filter(isSmall)),
        stores.objects.delete(keys.filter((key) => !isSmall(key))),
      ]);
    },
    list: async (prefix, options = {}) => {
      const most = checkLimit(options.limit);
      const [few, many] = await Promise.all([small.list(prefix, options), stores.objects.list(prefix, options)]);
      return [...few, ...many].sort(byKey).slice(0, most);
    },
  };
  return { objects, items: stores.items, close: () => stores.close() };
}

/**
 * Stores whose small objects are no items any more, but were once: what is left of them is found, listed and deleted, and
 * new ones are put among all others. Where none is left, the stores themselves.
 */
export async function formerlyTieredStores(stores: Stores, wasSmall: (key: string) => boolean): Promise<Stores> {
  const former = tieredStores(stores, wasSmall).objects;
  if ((await smallObjects(stores.items).list('', { limit: 1 })).length === 0) return stores;
  const { objects } = stores;
  return {
    items: stores.items,
    ...(stores.placeOf && { placeOf: (key: string) => stores.placeOf?.(key) }),
    objects: {
      put: async (key, parts) => {
        checkObjectKey(key);
        if (wasSmall(key) && (await former.size(key)) !== undefined) throw objectExists(key);
        return objects.put(key, parts);
      },
      get: async (key, from, to) => {
        checkObjectKey(key);
        const isHere = !wasSmall(key) || (await objects.size(key)) !== undefined;
        return (isHere ? objects : former).get(key, from, to);
      },
      size: async (key) => (await objects.size(key)) ?? former.size(key),
      delete: async (keys) => {
        await objects.delete(keys);
        await former.delete(keys.filter(wasSmall));
      },
      // Lists of both tiers.
      list: (prefix, options) => former.list(prefix, options),
    },
    close: () => stores.close(),
  };
}

/** Objects as items: `sk` is the object's key, `b` its bytes. An object may have what an item holds, some 399 KB. */
function smallObjects(items: MetaStore): ObjectStore {
  const at = (key: string) => ({ pk: placeOf(key), sk: key });
  const read = async (key: string): Promise<Uint8Array | undefined> => {
    checkObjectKey(key);
    const item = await items.get(at(key));
    return item && bytesOf(key, item);
  };
  return {
    async put(key, parts) {
      checkObjectKey(key);
      const item = { b: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
      const { applied } = await items.write({ write: 'put', key: at(key), item, when: { if: 'itemAbsent' } });
      if (!applied) throw objectExists(key);
    },
    async get(key, from, to) {
      checkRange(from, to);
      const bytes = await read(key);
      if (!bytes) throw new StoreError('object_missing', `There is no object "${key}".`);
      const range = rangeWithin(bytes.length, from, to);
      return bytes.subarray(range.from, range.to);
    },
    size: async (key) => (await read(key))?.length,
    async delete(keys) {
      const left = [...keys];
      const work = async () => {
        for (let key = left.pop(); key !== undefined; key = left.pop()) {
          await items.write({ write: 'delete', key: at(key) });
        }
      };
      await Promise.all(Array.from({ length: Math.min(CALLS_MAX, keys.length) }, work));
    },
    list: (prefix, { after = '', limit } = {}) => list(items, prefix, after, checkLimit(limit)),
  };
}

function objectExists(key: string): StoreError {
  return new StoreError('object_exists', `The object "${key}" exists already; objects never change.`);
}

/** Keys that agree up to their second "/" lie together: those of segment objects then fill 16 of the places evenly. */
function placeOf(key: string): string {
  let sum = 0;
  let slashes = 0;
  for (let i = 0; i < key.length; i++) {
    if (key[i] === '/' && ++slashes === 2) break;
    sum += key.charCodeAt(i);
  }
  return `object/${sum % PLACES}`;
}

/** Merges what the places hold, in key order. Reading a place stops when what was found elsewhere comes before its rest. */
async function list(items: MetaStore, prefix: string, after: string, most: number): Promise<ObjectInfo[]> {
  const whole = prefix.split('/').length > 2;
  const places = whole ? [placeOf(prefix)] : Array.from({ length: PLACES }, (_, place) => `object/${place}`);
  let found: ObjectInfo[] = [];
  const read = async (pk: string) => {
    for (let next: string | undefined = after; next !== undefined; ) {
      const limit = Math.min(most, PAGE_ITEMS_MAX);
      const page = await items.query(pk, { prefix, limit, ...(next !== '' && { after: next }) });
      const infos = page.items.map(({ sk, item }) => ({ key: sk, sizeBytes: bytesOf(sk, item).length }));
      found = [...found, ...infos].sort(byKey).slice(0, most);
      next = page.next;
      const last = found.at(-1);
      if (next !== undefined && found.length === most && last !== undefined && next >= last.key) return;
    }
  };
  const work = async () => {
    for (let pk = places.pop(); pk !== undefined; pk = places.pop()) await read(pk);
  };
  await Promise.all(Array.from({ length: CALLS_MAX }, work));
  return found;
}

function bytesOf(key: string, item: Item): Uint8Array {
  if (item.b instanceof Uint8Array) return item.b;
  throw new StoreError('store_corrupt', `The item that should hold the object "${key}" has no bytes.`);
}

/** Object keys are ASCII: JavaScript's order is that of their bytes. */
function byKey(a: ObjectInfo, b: ObjectInfo): number {
  return a.key < b.key ? -1 : 1;
}
