import type { Clock } from '../../lib/bytes/index.ts';
import type { MetaStore, ObjectStore, Stores } from '../../lib/store/index.ts';

/**
 * What calls from a Lambda take, in ms: medians as AWS and its users report them within a region. They only matter for the
 * time that functions are billed for.
 */
export const LATENCY = {
  itemReadMs: 4,
  itemWriteMs: 6,
  transactMs: 14,
  objectGetMs: 25,
  objectPutMs: 45,
  objectListMs: 40,
  objectDeleteMs: 40,
  /** Bytes to and from S3, a millisecond: 80 MB/s. */
  objectBytesPerMs: 80_000,
  /** An asynchronous invocation, until Lambda has queued it. */
  invokeMs: 15,
  /** One request of a sink to its destination. */
  sinkMs: 20,
} as const;

/** The stores as a function sees them: each call takes its time, and is counted by `onCall`. */
export function overNetwork(inner: Stores, clock: Clock, onCall: () => void): Stores {
  const after = async <T>(ms: number, call: () => Promise<T>): Promise<T> => {
    onCall();
    await clock.sleep(ms);
    return call();
  };
  const transfer = (bytes: number) => bytes / LATENCY.objectBytesPerMs;
  const objects: ObjectStore = {
    put(key, parts) {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      return after(LATENCY.objectPutMs + transfer(bytes), () => inner.objects.put(key, parts));
    },
    async get(key, from, to) {
      const bytes = await after(LATENCY.objectGetMs, () => inner.objects.get(key, from, to));
      await clock.sleep(transfer(bytes.length));
      return bytes;
    },
    size: (key) => after(LATENCY.objectGetMs, () => inner.objects.size(key)),
    async delete(keys) {
      // The tier above asks for nothing to be deleted where all was small.
      if (keys.length > 0) await after(LATENCY.objectDeleteMs, () => inner.objects.delete(keys));
    },
    list: (...what) => after(LATENCY.objectListMs, () => inner.objects.list(...what)),
  };
  const items: MetaStore = {
    get: (...what) => after(LATENCY.itemReadMs, () => inner.items.get(...what)),
    getMany: (...what) => after(LATENCY.itemReadMs, () => inner.items.getMany(...what)),
    query: (...what) => after(LATENCY.itemReadMs, () => inner.items.query(...what)),
    write: (write) => after(LATENCY.itemWriteMs, () => inner.items.write(write)),
    transact: (writes) => after(LATENCY.transactMs, () => inner.items.transact(writes)),
  };
  return { objects, items, close: async () => {} };
}
