import type { Stores } from '../../lib/store/index.ts';
import { type Gate, gated } from '../support/intercepted.ts';

/** A process that stops at one of its calls to the stores, counted from when it is told so, until it is let go on. */
export function stopping(inner: Stores) {
  let left = Number.POSITIVE_INFINITY;
  const stopped = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const gate: Gate = async (call) => {
    if (--left === 0) {
      stopped.resolve();
      left = Number.NEGATIVE_INFINITY;
    }
    if (left < 0) await going.promise;
    return call();
  };
  const stores: Stores = {
    objects: gated(inner.objects, gate),
    items: gated(inner.items, gate),
    close: async () => {},
  };
  const stopAt = (call: number) => {
    left = call;
  };
  return { stores, stopAt, stopped: stopped.promise, goOn: going.resolve };
}
