import type { Random } from '../../lib/bytes/index.ts';
import { Groups } from '../../lib/group/index.ts';
import { type Log, openLog } from '../../lib/log/index.ts';
import { readRecords } from '../../lib/record/index.ts';
import { Routes, type RoutesParts } from '../../lib/route/index.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { Events, Topics } from '../../lib/topic/index.ts';
import { type SimulatedClock, seededRandom, simulatedClock } from '../support/clock.ts';
import { type Gate, gated } from '../support/intercepted.ts';

/** The services that one process has, over stores that it may share with others. */
export interface Process {
  readonly log: Log;
  readonly topics: Topics;
  readonly events: Events;
  readonly groups: Groups;
  readonly routes: Routes;
  readonly random: Random;
}

/** Stores and a clock that any number of processes share. */
export class RouteWorld {
  readonly clock: SimulatedClock = simulatedClock();
  readonly stores: Stores;
  #seed = 1;

  constructor(stores: Stores = memoryStores()) {
    this.stores = stores;
  }

  process({
    stores = this.stores,
    aloneInStores = false,
    filesFolder = undefined as string | undefined,
    onNotice = undefined as RoutesParts['onNotice'],
    secret = undefined as RoutesParts['secret'],
  } = {}): Process {
    const { clock } = this;
    const random = seededRandom(this.#seed++);
    const { items } = stores;
    const log = openLog({ stores, clock, random });
    const topics = new Topics({ items, log, clock, random });
    const events = new Events({ topics, log, clock, random });
    const groups = new Groups({ items, directory: topics, log, clock, random });
    const floors = { items, topics, events, groups, log, clock, random };
    const routes = new Routes({ ...floors, aloneInStores, filesFolder, onNotice, secret });
    return { log, topics, events, groups, routes, random };
  }

  /** Moves time on, 50 ms at a time, real I/O getting its turns in between, until `holds`. */
  async until(holds: () => boolean | Promise<boolean>, what = 'what the test waits for'): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      if (await this.finish(Promise.resolve(holds()))) return;
      await this.pass(STEP_MS);
    }
    throw new Error(`After ${TURNS_MAX * STEP_MS} ms of simulated time there was not ${what}.`);
  }

  /** Moves time on, real I/O getting its turns. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await realTurn();
      await this.clock.advance(Math.min(STEP_MS, ms - passed));
    }
    await realTurn();
  }

  /** Runs work to its end, time moving on meanwhile. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    await Promise.resolve();
    for (let turn = 0; !done; turn++) {
      await realTurn();
      if (!done && turn > 1) await this.clock.advance(STEP_MS);
    }
    return work;
  }
}

/** A process that can be killed: from then on, none of its calls to the stores is answered, ever. */
export function mortal(world: RouteWorld, options: { aloneInStores?: boolean; filesFolder?: string } = {}) {
  let dead = false;
  const gate: Gate = (call) => (dead ? new Promise(() => {}) : call());
  const { objects, items } = world.stores;
  const stores = { ...world.stores, objects: gated(objects, gate), items: gated(items, gate) };
  const kill = () => {
    dead = true;
  };
  return { ...world.process({ stores, ...options }), kill };
}

const STEP_MS = 50;
const TURNS_MAX = 4_000;

function realTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** Events with keys and JSON values. */
export function jsonEvents(pairs: readonly (readonly [key: string | null, value: unknown])[]) {
  return pairs.map(([key, value]) => ({
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  }));
}

/** All events of a topic's partition, as text. */
export async function readAll(events: Events, topic: string, partition = 0) {
  const found: { key: string | null; value: string | null; headers: Record<string, string>; offset: number }[] = [];
  let offset = 0;
  for (;;) {
    const [answer] = await events.fetch([{ topic, partition, offset, maxBytes: 1 << 20 }], { maxBytes: 1 << 20 });
    if (answer!.error) throw answer!.error;
    for (const record of answer!.batches.flatMap((bytes) => [...readBatches(bytes)])) {
      const headers = Object.fromEntries(record.headers.map(([name, value]) => [name, String(value)]));
      const [key, value] = [record.key, record.value].map((bytes) => bytes && Buffer.from(bytes).toString());
      found.push({ key: key ?? null, value: value ?? null, headers, offset: record.offset });
    }
    if (answer!.nextOffset === offset) return found;
    offset = answer!.nextOffset;
  }
}

function* readBatches(bytes: Uint8Array) {
  const { length } = bytes;
  for (let at = 0; at < length; ) {
    yield* readRecords(bytes, { at });
    at += new DataView(bytes.buffer, bytes.byteOffset).getInt32(at + 8) + 12;
  }
}
