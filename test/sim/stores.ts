import {
  type Item,
  type ItemKey,
  type MetaStore,
  type ObjectStore,
  StoreError,
  type Stores,
  type Value,
  type Write,
} from '../../lib/store/index.ts';
import { takeSingle, takeTransaction } from '../../lib/store/write.ts';
import type { Chance } from './chance.ts';
import { STALE_MS_MAX, Table } from './items.ts';
import { Bucket } from './objects.ts';
import { BEGIN_MS, type Process } from './process.ts';
import type { Scheduler } from './scheduler.ts';
import { bytesName, type Trace } from './trace.ts';

/** What may happen to a call of a store: chances from 0 to 1. */
export interface StoreChances {
  /** Refused without effect: 503, throttling. */
  readonly refused: number;
  /** No answer, and a write never came there. */
  readonly requestLost: number;
  /** No answer, and a write had its effect. */
  readonly answerLost: number;
  /** No answer, and a write has its effect long after the caller gave up. */
  readonly delayed: number;
  /** A call takes up to `slowMs`. */
  readonly slow: number;
  /** A read that may be stale shows an older state. */
  readonly stale: number;
}

export const NO_CHANCES: StoreChances = { refused: 0, requestLost: 0, answerLost: 0, delayed: 0, slow: 0, stale: 0 };

const LATENCY_MS = [1, 12] as const;
const SLOW_MS = [200, 2_500] as const;
/** Who has no answer by then takes it for lost. */
const TIME_OUT_MS = 3_000;
/** How late a write may be: mostly some seconds, sometimes longer than most that anybody waits for. */
const DELAY_MS = [3_000, 12_000] as const;
const LONG_DELAY_MS = [12_000, 60_000] as const;
const LONG_DELAY = 0.1;

type Fate = 'fine' | 'refused' | 'requestLost' | 'answerLost' | 'delayed';

/** The stores of the simulation: a table and a bucket, and the way of each process to them. */
export class SimulatedStores {
  readonly table: Table;
  readonly bucket = new Bucket();
  /** Delayed writes that have not had their effect. */
  outstanding = 0;
  readonly #scheduler: Scheduler;
  readonly #trace: Trace;

  constructor(scheduler: Scheduler, trace: Trace) {
    this.#scheduler = scheduler;
    this.#trace = trace;
    this.table = new Table(() => scheduler.nowMs);
  }

  /** The stores as a process sees them, with what happens to its calls by `chances`, as they are at each call. */
  of(process: Process, chance: Chance, chances: () => StoreChances): Stores {
    const road = new Road(this, { process, chance, chances, scheduler: this.#scheduler, trace: this.#trace });
    return { objects: objectsBy(road, this.bucket), items: itemsBy(road, this.table), close: async () => {} };
  }
}

interface RoadParts {
  readonly process: Process;
  readonly chance: Chance;
  readonly chances: () => StoreChances;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
}

/** How calls of one process come to the stores, and the answers back. */
class Road {
  readonly parts: RoadParts;
  readonly #stores: SimulatedStores;
  /** Per item or object, the end of the last write that was begun: one process's writes follow each other, as the port says. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(stores: SimulatedStores, parts: RoadParts) {
    this.#stores = stores;
    this.parts = parts;
  }

  read<Answer>(name: string, work: () => Answer): Promise<Answer> {
    const { chance, chances } = this.parts;
    return this.#call(name, chance.is(chances().refused) ? 'refused' : 'fine', work);
  }

  async write<Answer>(name: string, keys: readonly string[], work: () => Answer): Promise<Answer> {
    const before = keys.flatMap((key) => this.#turns.get(key) ?? []);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    for (const key of keys) this.#turns.set(key, ended);
    try {
      if (before.length > 0) await Promise.all(before);
      return await this.#call(name, this.#fate(), work);
    } finally {
      for (const key of keys) if (this.#turns.get(key) === ended) this.#turns.delete(key);
      resolve();
    }
  }

  /** As of when a read that may be stale is answered. */
  asOf(stale: boolean | undefined): number | undefined {
    const { chance, chances, scheduler } = this.parts;
    if (!stale || !chance.is(chances().stale)) return undefined;
    return scheduler.nowMs - chance.between(0, STALE_MS_MAX);
  }

  #fate(): Fate {
    const chances = this.parts.chances();
    let draw = this.parts.chance.random.next();
    for (const fate of ['refused', 'requestLost', 'answerLost', 'delayed'] as const) {
      draw -= chances[fate];
      if (draw < 0) return fate;
    }
    return 'fine';
  }

  #call<Answer>(name: string, fate: Fate, work: () => Answer): Promise<Answer> {
    const { process, chance, chances, scheduler, trace } = this.parts;
    const [least, most] = chance.is(chances().slow) ? SLOW_MS : LATENCY_MS;
    const thereMs = chance.between(least, most) / 2;
    const backMs = chance.between(least, most) / 2;
    const [soonestMs, latestMs] = chance.is(LONG_DELAY) ? LONG_DELAY_MS : DELAY_MS;
    const delayMs = fate === 'delayed' ? chance.between(soonestMs, latestMs) : 0;
    const note = (what: string) => trace.note(`${scheduler.nowMs.toFixed(2)} ${process.name} ${name} ${what}`);
    return new Promise((resolve, reject) => {
      const fail = (inMs: number, error: unknown) => process.after(inMs, () => reject(error));
      if (fate === 'refused') {
        note(fate);
        return fail(thereMs + backMs, new StoreError('store_unavailable', 'Refused by the simulation; no effect.'));
      }
      if (fate !== 'fine') fail(TIME_OUT_MS, new StoreError('store_unknown', 'No answer came, by the simulation.'));
      if (fate === 'requestLost') return note(fate);
      if (fate === 'delayed') this.#stores.outstanding++;
      // What was sent takes its effect whatever becomes of the process.
      scheduler.after(thereMs + delayMs, () => {
        if (fate === 'delayed') this.#stores.outstanding--;
        try {
          const answer = work();
          note(fate);
          if (fate === 'fine') process.after(backMs, () => resolve(answer));
        } catch (error) {
          note(`${fate} ${error instanceof StoreError ? error.code : 'broken'}`);
          if (fate === 'fine') fail(backMs, error);
          else if (!(error instanceof StoreError)) throw error;
        }
      });
      return undefined;
    });
  }
}

function objectsBy(road: Road, bucket: Bucket): ObjectStore {
  return {
    put: (key, parts) => {
      const bytes = new Uint8Array(Buffer.concat(parts));
      return road.write(`put ${key} ${bytesName([bytes])}`, [key], () => bucket.put(key, bytes));
    },
    get: (key, from, to) => road.read(`get ${key} ${from} ${to}`, () => bucket.get(key, from, to)),
    size: (key) => road.read(`size ${key}`, () => bucket.size(key)),
    // One call for each key: an answer that is lost may leave some deleted, and others not.
    delete: async (keys) => {
      for (const key of keys) await road.write(`delete ${key}`, [key], () => bucket.delete(key));
    },
    list: (prefix, options) => road.read(`list ${prefix} ${options?.after}`, () => bucket.list(prefix, options)),
  };
}

function itemsBy(road: Road, table: Table): MetaStore {
  // An item whose time to live is over goes at some time after that: half of all reads find it gone.
  const alive = (key: ItemKey, item: Item | undefined): Item | undefined => {
    const { chance, scheduler } = road.parts;
    if (item?.ttl === undefined || !isOver(table.read(key)?.ttl, scheduler.nowMs) || !chance.is(0.5)) return item;
    table.expire(key);
    return undefined;
  };
  return {
    get: (key, options) => {
      const atMs = road.asOf(options?.stale);
      return road.read(`read ${keyName(key)} ${atMs ?? ''}`, () => alive(key, table.read(key, atMs)));
    },
    getMany: (keys, options) => {
      const atMs = road.asOf(options?.stale);
      return road.read(`reads ${keys.map(keyName)} ${atMs ?? ''}`, () =>
        keys.map((key) => alive(key, table.read(key, atMs))),
      );
    },
    query: (pk, options = {}) => {
      const atMs = road.asOf(options.stale);
      return road.read(`query ${pk} ${options.prefix} ${options.after} ${atMs ?? ''}`, () =>
        table.query(pk, options, atMs),
      );
    },
    write: async (write) => {
      const taken = takeSingle(write);
      return road.write(writeName(taken), [keyName(taken.key)], () => table.write(taken));
    },
    transact: async (writes) => {
      const taken = takeTransaction(writes);
      const keys = taken.map(({ key }) => keyName(key));
      return road.write(`transact ${taken.map(writeName)}`, keys, () => table.transact(taken));
    },
  };
}

function isOver(ttl: Value | undefined, nowMs: number): boolean {
  return typeof ttl === 'number' && ttl * 1_000 < BEGIN_MS + nowMs;
}

function keyName({ pk, sk }: ItemKey): string {
  return `${pk} ${sk}`;
}

function writeName(write: Write): string {
  return `${write.write} ${keyName(write.key)}`;
}
