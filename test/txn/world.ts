import { type Append, type Isolation, type Log, openLog } from '../../lib/log/index.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { BatchBuilder, checkBatches } from '../../lib/record/index.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { Topics } from '../../lib/topic/index.ts';
import type { Actor } from '../../lib/txn/index.ts';
import { texts } from '../log/world.ts';
import { type SimulatedClock, seededRandom, simulatedClock } from '../support/clock.ts';

/** Processes over stores that they share, on a simulated clock, with a topic `orders` and one `taken`. */
export interface World {
  readonly stores: Stores;
  readonly clock: SimulatedClock;
  /** One more process; `stores` are its way to them, where that is to fail. */
  process(stores?: Stores): Platform;
  readonly one: Platform;
}

export const PARTITIONS = 4;

export async function openWorld(stores: Stores = memoryStores()): Promise<World> {
  const clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  let seed = 1;
  const process = (through: Stores = stores) => {
    // Whatever is tended is merged.
    const log = { mergeAgeMs: -1 };
    return openPlatform({ stores: through, clock, random: seededRandom(seed++), background: false, log });
  };
  const one = process();
  await one.topics.create('orders', { partitions: PARTITIONS });
  await one.topics.create('taken', { partitions: PARTITIONS });
  return { stores, clock, process, one };
}

export async function actor(platform: Platform, id = 'mover', timeoutMs = 60_000): Promise<Actor> {
  return { id, ...(await platform.transactions.init(id, { timeoutMs })) };
}

/** Where a producer's numbers are, per partition. */
export type Sequences = Map<string, number>;

/** A batch of a transaction, as a producer sends it, to whichever process, however often: it has its number for good. */
export function prepare(
  { producerId, epoch }: Actor,
  [topic, partition]: readonly [string, number],
  values: readonly string[],
  sequences: Sequences,
): (through: Pick<Platform, 'topics' | 'log'>) => Promise<number> {
  const name = `${producerId}.${epoch}.${topic}.${partition}`;
  const baseSequence = sequences.get(name) ?? 0;
  sequences.set(name, baseSequence + values.length);
  const builder = new BatchBuilder({ producerId, producerEpoch: epoch, baseSequence, transactional: true });
  for (const value of values) builder.append(null, Buffer.from(value), 1_000);
  const batches = builder.build();
  return async ({ topics, log }) => {
    const { topicId, width } = await topics.describe(topic);
    const own = Buffer.from(batches);
    const append: Append = { to: { topicId, width, partition }, batches: own, infos: checkBatches(own) };
    return (await log.append([append])).appended[0]!.baseOffset;
  };
}

/** Sends a batch of a transaction once. */
export function send(
  through: Pick<Platform, 'topics' | 'log'>,
  as: Actor,
  to: readonly [string, number],
  values: readonly string[],
  sequences: Sequences,
): Promise<number> {
  return prepare(as, to, values, sequences)(through);
}

/** The values of a partition, as readers of this kind see them now, through a process of their own. */
export async function valuesIn(
  { stores, clock }: World,
  topic: string,
  partition: number,
  isolation: Isolation = 'committed_only',
): Promise<string[]> {
  const random = seededRandom(99);
  const log: Log = openLog({ stores, clock, random });
  const topics = new Topics({ items: stores.items, log, clock, random });
  const { topicId, width } = await topics.describe(topic);
  const all: string[] = [];
  for (let offset = 0; ; ) {
    const read = { from: { topicId, width, partition }, offset, maxBytes: 1 << 20 };
    const [fetched] = await log.fetch([read], { maxBytes: 1 << 20, isolation });
    if (fetched!.error) throw fetched!.error;
    all.push(...texts(fetched!).map((text) => text.slice(text.indexOf('=') + 1)));
    if (fetched!.nextOffset <= offset) return all;
    offset = fetched!.nextOffset;
  }
}
