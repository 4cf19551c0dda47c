import { describe, expect, it } from 'vitest';
import type { MillraceError } from '../../lib/bytes/index.ts';
import { LogError, openLog } from '../../lib/log/index.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { memoryStores, StoreError } from '../../lib/store/index.ts';
import { type Actor, TransactionError } from '../../lib/txn/index.ts';
import { texts } from '../log/world.ts';
import { runOut, seededRandom, simulatedClock } from '../support/clock.ts';
import { type FaultPlan, faultyStores } from '../support/faulty.ts';
import { prepare, type Sequences } from './world.ts';

const PARTITIONS = 4;
const GATEWAYS = 3;
const PRODUCERS = 3;
const TRANSACTIONS = 8;
const HOUR = 3600_000;
/** MILLRACE_TEST_SEEDS asks for more. */
const SEEDS = Array.from({ length: Number(process.env.MILLRACE_TEST_SEEDS ?? 12) }, (_, i) => i + 1);

const FAULTS: FaultPlan = {
  latencyMs: [1, 40],
  unavailable: 0.04,
  answerLost: 0.05,
  requestLost: 0.03,
  delayed: 0.04,
  delayMs: [10, 20_000],
};

/** What became of one transaction, as far as its producer was told. */
interface Told {
  readonly name: string;
  readonly partitions: readonly number[];
  readonly offset: number;
  readonly outcome: 'commit' | 'abort' | 'unknown';
}

/**
 * Producers make transactions over partitions and a group's offset, through gateways of which each call may go to another;
 * what fails is tried again as clients do, or given up: then the producer begins anew, and fences itself. Others take too
 * long. The log is tended, the network fails; readers look all the time. Then all is read and judged.
 */
async function run(seed: number): Promise<void> {
  const clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = seededRandom(seed);
  const inner = memoryStores();
  const faulty = faultyStores(inner, { clock, random });
  // Every third has ledgers of one partition, so that transactions touch several.
  const width = seed % 3 === 0 ? 1 : 32;
  const log = { staleObjectMs: HOUR, collectGraceMs: HOUR, mergeAgeMs: seed % 2 === 0 ? HOUR : -1 };
  const gateway = () => openPlatform({ stores: faulty, clock, random, background: false, log });
  const gateways = Array.from({ length: GATEWAYS }, gateway);
  const pick = (below: number) => Math.floor(random.next() * below);
  const any = (): Platform => gateways[pick(GATEWAYS)]!;
  const config = { 'millrace.partitions.per.ledger': String(width) };
  await gateways[0]!.topics.create('orders', { partitions: PARTITIONS, config });
  faulty.plan(FAULTS);

  const told: Told[] = [];
  const seen: string[][] = Array.from({ length: PARTITIONS }, () => []);
  const dangling: Promise<unknown>[] = [];
  let over = false;

  /** As clients do: what may pass is tried again, elsewhere. Undefined: the producer has to begin anew. */
  const again = async <T>(work: (platform: Platform) => Promise<T>): Promise<T | undefined> => {
    for (let tries = 0; tries < 8; tries++) {
      const one = work(any());
      dangling.push(one.catch(() => {}));
      try {
        const timeoutMs = random.next() < 0.15 ? pick(300) : 60_000;
        const late = clock
          .sleep(timeoutMs)
          .then(() => Promise.reject(new TransactionError('transaction_busy', 'late')));
        return await Promise.race([one, late]);
      } catch (error) {
        expect(error).toSatisfy(
          (e: unknown) => e instanceof TransactionError || e instanceof LogError || e instanceof StoreError,
        );
        const { code } = error as MillraceError;
        if (/fenced|unknown_id|transaction_(state|unknown|not_open)|epoch_stale|out_of_order/.test(code))
          return undefined;
        await clock.sleep(pick(200));
      }
    }
    return undefined;
  };

  const producer = async (name: string) => {
    let mover: Actor | undefined;
    const sequences: Sequences = new Map();
    for (let i = 0; i < TRANSACTIONS; i++) {
      if (!mover) {
        const identity = await again(({ transactions }) => transactions.init(name, { timeoutMs: 20_000 }));
        if (!identity) continue;
        mover = { id: name, ...identity };
        sequences.clear();
      }
      const as: Actor = mover;
      const partitions = [...new Set(Array.from({ length: 1 + pick(3) }, () => pick(PARTITIONS)))];
      const one = { name: `${name}.${i}`, partitions, offset: i + 1 };
      const outcome = random.next() < 0.7 ? 'commit' : 'abort';
      const steps = async () => {
        const added = await again(async ({ transactions }) => {
          await transactions.addPartitions(
            as,
            partitions.map((partition) => ({ topic: 'orders', partition })),
          );
          return true;
        });
        if (!added) return false;
        for (const partition of partitions) {
          const batch = prepare(as, ['orders', partition], [one.name], sequences);
          if (!(await again(async (platform) => (await batch(platform)) + 1))) return false;
        }
        const offsets = [{ topic: 'orders', partition: 0, offset: one.offset }];
        const pended = await again(async ({ transactions }) => {
          await transactions.addOffsets(as, name);
          await transactions.commitOffsets(as, name, offsets, 'unnamed');
          return true;
        });
        // Some are too slow.
        if (random.next() < 0.1) await clock.sleep(30_000);
        return pended === true;
      };
      const whole = await steps();
      const ended = await again(async ({ transactions }) => {
        await transactions.end(as, whole ? outcome : 'abort');
        return true;
      });
      told.push({ ...one, outcome: !ended ? 'unknown' : whole ? outcome : 'abort' });
      // A producer whose batch failed has lost count of its numbers.
      if (!ended || !whole) mover = undefined;
      await clock.sleep(pick(500));
    }
  };
  const reader = async (partition: number) => {
    let offset = 0;
    const { topicId } = await gateways[0]!.topics.describe('orders');
    while (!over) {
      const read = { from: { topicId, width, partition }, offset, maxBytes: 400 };
      const [fetched] = await any()
        .log.fetch([read], { maxBytes: 400 })
        .catch(() => [undefined]);
      if (fetched && !fetched.error) {
        seen[partition]!.push(...texts(fetched).map((text) => text.slice(text.indexOf('=') + 1)));
        offset = fetched.nextOffset;
      }
      await clock.sleep(50 + pick(400));
    }
  };
  const upkeep = async () => {
    while (!over) {
      await clock.sleep(pick(10_000));
      const one = any();
      await one.transactions.sweep().catch(() => {});
      await one.tend({ collect: false }).catch(() => {});
      const index = pick(Math.ceil(PARTITIONS / width));
      const { topicId } = await one.topics.describe('orders').catch(() => ({ topicId: undefined }));
      if (topicId) await one.log.roll({ topicId, index }).catch(() => {});
      if (random.next() < 0.2) gateways[pick(GATEWAYS)] = gateway();
    }
  };

  const readers = Array.from({ length: PARTITIONS }, (_, partition) => reader(partition));
  const tending = upkeep();
  const producing = Promise.all(Array.from({ length: PRODUCERS }, (_, i) => producer(`p${i}`)));
  await runOut(clock, producing);
  faulty.plan({});
  await clock.advance(60_000);
  expect((await runOut(clock, gateways[0]!.transactions.sweep())).failures).toEqual([]);
  await clock.advance(2_000);
  over = true;
  await runOut(clock, Promise.all([...readers, tending, ...dangling]));

  const own = openLog({ stores: inner, clock, random: seededRandom(0), settings: log });
  const platform = openPlatform({ stores: inner, clock, random: seededRandom(0), background: false });
  const { topicId } = await platform.topics.describe('orders');
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const visible: string[] = [];
    for (let offset = 0; ; ) {
      const read = { from: { topicId, width, partition }, offset, maxBytes: 10_000 };
      const [fetched] = await own.fetch([read], { maxBytes: 10_000 });
      if (fetched!.error) throw fetched!.error;
      visible.push(...texts(fetched!).map((text) => text.slice(text.indexOf('=') + 1)));
      if (fetched!.nextOffset <= offset) break;
      offset = fetched!.nextOffset;
    }
    // Who read all along has seen the same, in the same order, and nothing that was taken back.
    expect({ seed, partition, seen: seen[partition] }).toEqual({ seed, partition, seen: visible });
    for (const { name, partitions, outcome } of told) {
      const times = visible.filter((value) => value === name).length;
      const expected =
        outcome === 'commit' && partitions.includes(partition) ? [1] : outcome === 'unknown' ? [0, 1] : [0];
      expect(expected, `${name} (${outcome}) in partition ${partition}, seed ${seed}`).toContain(times);
    }
  }
  // All of a transaction, or nothing: in its partitions, and in the group's offset.
  for (const { name, partitions, outcome } of told.filter((one) => one.outcome === 'unknown')) {
    const places = partitions.filter((partition) => seen[partition]!.includes(name)).length;
    expect({ seed, name, outcome, places }).toEqual({
      seed,
      name,
      outcome,
      places: places === 0 ? 0 : partitions.length,
    });
  }
  for (let i = 0; i < PRODUCERS; i++) {
    const last = told.filter(
      ({ name, partitions }) => name.startsWith(`p${i}.`) && seen[partitions[0]!]!.includes(name),
    );
    const { positions, unstable } = await platform.groups.committedStably(`p${i}`);
    expect({ seed, i, offset: positions[0]?.offset, unstable }).toEqual({
      seed,
      i,
      offset: last.at(-1)?.offset,
      unstable: [],
    });
  }
  expect((await platform.verify()).problems).toEqual([]);
}

describe('transactions over several gateways and stores that fail', () => {
  it.each(SEEDS)('are all or nothing, once, and in order (seed %i)', (seed) => run(seed), 30_000);
});
