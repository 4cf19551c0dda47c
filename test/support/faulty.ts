import type { Clock, Random } from '../../lib/bytes/index.ts';
import { type MetaStore, type ObjectStore, StoreError, type Stores } from '../../lib/store/index.ts';

/** What happens to calls: chances from 0 to 1, of which those of writes add up to at most 1. */
export interface FaultPlan {
  /** Every call takes this long, evenly spread, before it reaches the store. */
  readonly latencyMs?: readonly [least: number, most: number];
  /** store_unavailable, without effect: reads and writes. */
  readonly unavailable?: number;
  /** store_unknown, though the write had its effect: a lost answer. */
  readonly answerLost?: number;
  /** store_unknown, and the write never reached the store: a lost request. */
  readonly requestLost?: number;
  /** store_unknown, and the write has its effect only `delayMs` later. */
  readonly delayed?: number;
  readonly delayMs?: readonly [least: number, most: number];
}

export type Fault = 'unavailable' | 'answerLost' | 'requestLost' | 'delayed';

export interface FaultyStores extends Stores {
  /** How often each fault struck. */
  readonly struck: Readonly<Record<Fault, number>>;
  /** Changes what happens from now on; `{}` ends all faults. */
  plan(plan: FaultPlan): void;
  /** The next write (of items, objects, or deletes) suffers this fault, whatever the plan says. */
  strikeNext(fault: Fault): void;
  /** Delayed writes that have not had their effect yet. On a simulated clock they wait until it is moved. */
  readonly outstanding: number;
}

const DELAY_MS = [100, 10_000] as const;

/**
 * Stores that fail as a network does, by a schedule that follows from `random` alone: the same seed, the same calls in the
 * same order, the same faults. Closing closes the stores within.
 *
 * @example
 * const stores = faultyStores(memoryStores(), { clock, random: seededRandom(1) }, { answerLost: 0.1 });
 * stores.strikeNext('delayed');
 * await stores.items.write(write); // rejects with store_unknown; takes effect when the clock is moved
 */
export function faultyStores(inner: Stores, on: { clock: Clock; random: Random }, first: FaultPlan = {}): FaultyStores {
  let plan = first;
  const forced: Fault[] = [];
  const struck: Record<Fault, number> = { unavailable: 0, answerLost: 0, requestLost: 0, delayed: 0 };
  let outstanding = 0;

  const between = ([least, most]: readonly [number, number]) => least + on.random.next() * (most - least);
  const latency = async () => {
    if (plan.latencyMs) await on.clock.sleep(between(plan.latencyMs));
  };
  const drawn = (faults: readonly Fault[]): Fault | undefined => {
    let draw = on.random.next();
    return faults.find((fault) => {
      draw -= plan[fault] ?? 0;
      return draw < 0;
    });
  };
  const unavailable = () => new StoreError('store_unavailable', 'The store is unavailable (injected; no effect).');
  const unknown = () => new StoreError('store_unknown', 'The answer of the store was lost (injected).');

  const later = async (work: () => Promise<unknown>) => {
    outstanding++;
    try {
      await on.clock.sleep(between(plan.delayMs ?? DELAY_MS));
      await work();
    } catch (error) {
      // Its caller was told long ago that nobody knows; the store refusing it now is one of the ends it had to expect.
      if (!(error instanceof StoreError)) throw error;
    } finally {
      outstanding--;
    }
  };
  const read = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const fault = drawn(['unavailable']);
    await latency();
    if (fault === undefined) return work();
    struck[fault]++;
    throw unavailable();
  };
  const write = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const fault = forced.shift() ?? drawn(['unavailable', 'answerLost', 'requestLost', 'delayed']);
    await latency();
    if (fault === undefined) return work();
    struck[fault]++;
    if (fault === 'unavailable') throw unavailable();
    if (fault === 'answerLost') await work();
    if (fault === 'delayed') void later(work);
    throw unknown();
  };

  const objects: ObjectStore = {
    put: (key, parts) => {
      const copies = parts.map((part) => new Uint8Array(part)); // the caller's buffers may be reused before a delayed effect
      return write(() => inner.objects.put(key, copies));
    },
    get: (key, from, to) => read(() => inner.objects.get(key, from, to)),
    size: (key) => read(() => inner.objects.size(key)),
    delete: (keys) => write(() => inner.objects.delete([...keys])),
    list: (prefix, options) => read(() => inner.objects.list(prefix, options)),
  };
  const items: MetaStore = {
    get: (key, options) => read(() => inner.items.get(key, options)),
    getMany: (keys, options) => read(() => inner.items.getMany(keys, options)),
    query: (pk, options) => read(() => inner.items.query(pk, options)),
    write: (one) => {
      const copy = structuredClone(one);
      return write(() => inner.items.write(copy));
    },
    transact: (all) => {
      const copy = structuredClone(all);
      return write(() => inner.items.transact(copy));
    },
  };
  return {
    objects,
    items,
    struck,
    plan: (next) => {
      plan = next;
    },
    strikeNext: (fault) => {
      forced.push(fault);
    },
    get outstanding() {
      return outstanding;
    },
    close: () => inner.close(),
  };
}
