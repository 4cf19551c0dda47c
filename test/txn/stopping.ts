import type { Stores } from '../../lib/store/index.ts';

/** A process that stops at one of its calls to the stores, counted from when it is told so, until it is let go on. */
export function stopping(inner: Stores) {
  let left = Number.POSITIVE_INFINITY;
  const stopped = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const gate = async <T>(work: () => Promise<T>): Promise<T> => {
    if (--left === 0) {
      stopped.resolve();
      left = Number.NEGATIVE_INFINITY;
    }
    if (left < 0) await going.promise;
    return work();
  };
  const { items, objects } = inner;
  const stores: Stores = {
    objects: {
      put: (key, parts) => gate(() => objects.put(key, parts)),
      get: (key, from, to) => gate(() => objects.get(key, from, to)),
      size: (key) => gate(() => objects.size(key)),
      delete: (keys) => gate(() => objects.delete(keys)),
      list: (prefix, options) => gate(() => objects.list(prefix, options)),
    },
    items: {
      get: (key, options) => gate(() => items.get(key, options)),
      getMany: (keys, options) => gate(() => items.getMany(keys, options)),
      query: (pk, options) => gate(() => items.query(pk, options)),
      write: (write) => gate(() => items.write(write)),
      transact: (writes) => gate(() => items.transact(writes)),
    },
    close: async () => {},
  };
  const stopAt = (call: number) => {
    left = call;
  };
  return { stores, stopAt, stopped: stopped.promise, goOn: going.resolve };
}
