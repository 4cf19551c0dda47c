import { expect } from 'vitest';
import { newUlid, type Random, ulidText } from '../../lib/bytes/index.ts';
import {
  type Append,
  type Fetched,
  type Isolation,
  type Log,
  type LogSettings,
  type Outcome,
  openLog,
  type PartitionRef,
  type TransactionRef,
} from '../../lib/log/index.ts';
import { BatchBuilder, checkBatches, readRecords } from '../../lib/record/index.ts';
import { type Check, memoryStores, type Stores } from '../../lib/store/index.ts';
import { type SimulatedClock, seededRandom, simulatedClock } from '../support/clock.ts';

/** Of ledgers that are wanted whatever happens: there is no topic here. */
export const WANTED: Check = { write: 'check', key: { pk: 'topics', sk: 'none' }, when: { if: 'itemAbsent' } };

/** A log over stores in memory, on a simulated clock, with one topic. */
export interface World {
  log: Log;
  stores: Stores;
  clock: SimulatedClock;
  random: Random;
  topicId: string;
  partitions: number;
  width: number;
  /** The partition's address. */
  at(partition: number): PartitionRef;
}

export async function world(
  options: {
    partitions?: number;
    width?: number;
    seed?: number;
    stores?: Stores;
    clock?: SimulatedClock;
    settings?: Partial<LogSettings>;
  } = {},
): Promise<World> {
  const { partitions = 1, width = 32, seed = 1, stores = memoryStores(), settings = {} } = options;
  const { clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z')) } = options;
  const random = seededRandom(seed);
  const log = openLog({ stores, clock, random, settings });
  const topicId = ulidText(newUlid(clock.nowMs(), random));
  await log.createLedgers({ topicId, partitions, width }, WANTED);
  const at = (partition: number) => ({ topicId, width, partition });
  return { log, stores, clock, random, topicId, partitions, width, at };
}

/** One batch of text events; each is `value` or `[key, value]` or `[key, value, timestamp]`. */
export function batchOf(
  to: PartitionRef,
  events: readonly (string | readonly [string | null, string | null, number?])[],
  timestampMs = 1_000,
): Append {
  const builder = new BatchBuilder();
  for (const event of events) {
    const [key, value, time] = typeof event === 'string' ? [null, event] : event;
    builder.append(
      key === null ? null : Buffer.from(key),
      value === null ? null : Buffer.from(value),
      time ?? timestampMs,
    );
  }
  const batches = builder.build();
  return { to, batches, infos: checkBatches(batches) };
}

/** A producer's batch with the texts, numbered from `sequence`. */
export function numbered(
  to: PartitionRef,
  { id = 7, epoch = 0, sequence }: { id?: number; epoch?: number; sequence: number },
  texts: readonly string[],
): Append {
  const builder = new BatchBuilder({ producerId: id, producerEpoch: epoch, baseSequence: sequence });
  for (const text of texts) builder.append(null, Buffer.from(text), 1_000);
  const batches = builder.build();
  return { to, batches, infos: checkBatches(batches) };
}

/** A batch of a transaction. */
export function transactional(
  to: PartitionRef,
  { id = 7, epoch = 0, sequence }: { id?: number; epoch?: number; sequence: number },
  events: readonly (string | readonly [string, string | null])[],
): Append {
  const of = { producerId: id, producerEpoch: epoch, baseSequence: sequence, transactional: true };
  const builder = new BatchBuilder(of);
  for (const event of events) {
    const [key, value] = typeof event === 'string' ? [null, event] : event;
    builder.append(key === null ? null : Buffer.from(key), value === null ? null : Buffer.from(value), 1_000);
  }
  const batches = builder.build();
  return { to, batches, infos: checkBatches(batches) };
}

/** Opens partitions for a transaction. */
export async function begin(w: World, transaction: TransactionRef, partitions: readonly number[], log = w.log) {
  const writes = log.transactions.register(transaction, partitions.map(w.at)).map(({ write }) => write);
  expect(await w.stores.items.transact(writes)).toEqual({ applied: true });
}

/** Ends a transaction in its partitions, all at once. */
export async function end(
  w: World,
  transaction: TransactionRef,
  partitions: readonly number[],
  outcome: Outcome,
  log = w.log,
) {
  const ending = {
    transaction,
    partitions: partitions.map(w.at),
    outcome,
    markerEpoch: transaction.epoch,
  };
  const { writes } = await log.transactions.end(ending);
  expect(await w.stores.items.transact(writes.map(({ write }) => write))).toEqual({ applied: true });
  await log.transactions.changed(writes.map(({ ledger }) => ledger));
}

/** What a fetch returned, as `offset=value`. */
export function texts(fetched: Fetched): string[] {
  return fetched.batches.flatMap((bytes) =>
    checkBatches(bytes, { sparse: true }).flatMap(({ position }) =>
      [...readRecords(bytes, { at: position })].map(({ offset, value }) => `${offset}=${value && Buffer.from(value)}`),
    ),
  );
}

/** Reads a partition from `offset` to its end, fetch by fetch. */
export async function readAll(
  log: Log,
  from: PartitionRef,
  offset = 0,
  maxBytes = 1 << 20,
  isolation: Isolation = 'committed_only',
): Promise<string[]> {
  const all: string[] = [];
  for (let next = offset; ; ) {
    const [fetched] = await log.fetch([{ from, offset: next, maxBytes }], { maxBytes, isolation });
    if (fetched!.error) throw fetched!.error;
    all.push(...texts(fetched!));
    if (fetched!.nextOffset <= next) return all;
    next = fetched!.nextOffset;
  }
}
