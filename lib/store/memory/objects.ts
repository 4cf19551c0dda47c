import { type ObjectInfo, type ObjectStore, StoreError } from '../port.ts';
import { checkLimit, checkObjectKey, checkRange, rangeWithin } from '../request.ts';
import { SortedMap } from '../sorted-map.ts';

/** Objects in memory. Bytes are copied on the way in and out, since callers recycle and patch their buffers. */
export function memoryObjects(checkOpen: () => void): ObjectStore {
  const objects = new SortedMap<Uint8Array>();
  return {
    async put(key, parts) {
      checkOpen();
      checkObjectKey(key);
      if (objects.has(key))
        throw new StoreError('object_exists', `The object "${key}" exists already; objects never change.`);
      objects.set(key, joined(parts));
    },
    async get(key, from, to) {
      checkOpen();
      checkObjectKey(key);
      checkRange(from, to);
      const bytes = objects.get(key);
      if (!bytes) throw new StoreError('object_missing', `There is no object "${key}".`);
      const range = rangeWithin(bytes.length, from, to);
      return bytes.slice(range.from, range.to);
    },
    async size(key) {
      checkOpen();
      checkObjectKey(key);
      return objects.get(key)?.length;
    },
    async delete(keys) {
      checkOpen();
      keys.forEach(checkObjectKey);
      for (const key of keys) objects.delete(key);
    },
    async list(prefix, { after, limit } = {}) {
      checkOpen();
      const most = checkLimit(limit);
      const infos: ObjectInfo[] = [];
      for (const key of objects.keys(prefix, after)) {
        infos.push({ key, sizeBytes: objects.get(key)!.length });
        if (infos.length === most) break;
      }
      return infos;
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
