import { recordOf } from './batches.ts';
import { ClassicMember, isMembers } from './classic-member.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import type { KnownTopic } from './producer.ts';
import { fetchOnce, type Position } from './reader.ts';
import { MustAbort, ProducerOver, TransactionalProducer } from './transaction.ts';

export interface TransactionalOptions {
  /** Where it sends to. */
  readonly topics: readonly KnownTopic[];
  readonly transactionalId: string;
  /** Of its transactions. */
  readonly version: 1 | 2;
  /** After so long, an open transaction is aborted by the servers. */
  readonly timeoutMs: number;
  /** Transactions before it ends. */
  readonly transactions: number;
  readonly thinkMs: number;
}

const SENDS_MAX = 4;
const RECORDS_MAX = 3;
/** So many transactions are aborted of the client's own will. */
const ABORTS = 0.2;
/** So often a client leaves a transaction open for long, or for good. */
const LINGERS = 0.1;
/** So many clients leave for good in the middle of a transaction. */
const LEAVES = 0.3;
/** The longest time, in ms, that a processor now and then lets pass before it ends what it has prepared. */
const PONDERS_MS = 6_000;

/** A producer of transactions over several partitions. Two of them may have one transactional id: then they fence each other. */
export function transactional(options: TransactionalOptions): ClientProgram {
  return async (parts) => {
    const { process, chance, ending } = parts;
    const producer = new TransactionalProducer(parts, new KafkaLink(parts), options);
    let values = 0;
    for (let done = 0; done < options.transactions && !ending(); done++) {
      await attempt(parts, producer, async () => {
        await producer.begin();
        for (let sends = 1 + chance.below(SENDS_MAX); sends > 0; sends--) {
          const { name, partitions, keys } = chance.pick(options.topics);
          const records = Array.from({ length: 1 + chance.below(RECORDS_MAX) }, () =>
            recordOf(chance, keys, `${process.name}-${values++}`),
          );
          await producer.send(name, chance.below(partitions), records);
        }
        if (chance.is(LINGERS)) await process.clock.sleep(chance.between(0, 2 * options.timeoutMs));
        await producer.end(!chance.is(ABORTS));
      });
      await process.clock.sleep(chance.between(0, options.thinkMs));
    }
    if (chance.is(LEAVES)) await leave(parts, producer, options);
  };
}

/** Goes for good, and leaves a transaction open: the servers have to end it. */
async function leave(
  parts: ClientParts,
  producer: TransactionalProducer,
  { topics }: TransactionalOptions,
): Promise<void> {
  await attempt(parts, producer, async () => {
    await producer.begin();
    const { name, keys } = parts.chance.pick(topics);
    await producer.send(name, 0, [recordOf(parts.chance, keys, `${parts.process.name}-last`)]);
  });
}

export interface ProcessorOptions extends TransactionalOptions {
  readonly group: string;
  /** What it reads. */
  readonly from: readonly KnownTopic[];
  readonly sessionMs: number;
}

/**
 * Reads as a member of a group, and sends one record for each that it read, together with its offsets, in a transaction:
 * consume, transform, produce, exactly once. What it sends names what it is made of, behind `<`.
 */
export function processor(options: ProcessorOptions): ClientProgram {
  return async (parts) => {
    const link = new KafkaLink(parts);
    const { group, from: topics, sessionMs } = options;
    const member = new ClassicMember(parts, link, { group, topics, instanceId: undefined, sessionMs });
    const producer = new TransactionalProducer(parts, new KafkaLink(parts), options);
    const values = { next: 0 };
    for (let failures = 0; !parts.ending(); ) {
      try {
        await member.join();
        failures = 0;
        await work(parts, options, { link, member, producer, values });
      } catch (error) {
        if (!isMembers(error)) throw error;
        member.lose(error);
        await backOff(parts, ++failures);
      }
    }
    await member.leave();
  };
}

interface Working {
  readonly link: KafkaLink;
  readonly member: ClassicMember;
  readonly producer: TransactionalProducer;
  readonly values: { next: number };
}

async function work(parts: ClientParts, options: ProcessorOptions, working: Working): Promise<void> {
  const { process, chance, ending } = parts;
  const { link, member } = working;
  let beatAtMs = process.clock.monotonicMs();
  while (!ending()) {
    if (member.positions.length > 0) {
      const from = member.positions.map((position) => ({ ...position }));
      const fetched = await fetchOnce(link.connection, member.positions, { isolation: 'committed', maxWaitMs: 300 });
      member.story.sees(fetched);
      await member.story.resets(link.connection, fetched);
      if (Object.keys(fetched.records).length > 0) {
        const isDone = await move(parts, options, working, fetched.records);
        // What was read counts for nothing: where to go on, the group says.
        if (!isDone) return member.giveUp();
      } else if (member.positions.some(({ offset }, i) => offset > from[i]!.offset) && chance.is(0.2))
        await member.commit();
    }
    await process.clock.sleep(chance.between(0, options.thinkMs));
    if (process.clock.monotonicMs() - beatAtMs < options.sessionMs / 3) continue;
    beatAtMs = process.clock.monotonicMs();
    if (member.isOutdated || !(await member.beat())) return member.giveUp();
  }
}

/** One transaction of what was read. @returns whether it was committed */
async function move(
  parts: ClientParts,
  { topics }: ProcessorOptions,
  { member, producer, values }: Working,
  records: Readonly<Record<string, readonly (readonly [number, string])[]>>,
): Promise<boolean> {
  const { process, chance } = parts;
  const to = topics[0]!;
  const positions: Position[] = member.positions.map((position) => ({ ...position }));
  return attempt(parts, producer, async () => {
    await producer.begin();
    for (const [name, seen] of Object.entries(records)) {
      const made = seen.map(([offset]) => ({
        key: undefined,
        value: `${process.name}-${values.next++}<${name}@${offset}`,
      }));
      await producer.send(to.name, chance.below(to.partitions), made);
    }
    await producer.commitOffsets(member.identity, positions, member.story.generation);
    if (chance.is(LINGERS)) await process.clock.sleep(chance.between(0, PONDERS_MS));
    await producer.end(true);
  });
}

/** One transaction, ended in any case. @returns whether it came to the end that it was to come to */
async function attempt(
  parts: ClientParts,
  producer: TransactionalProducer,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof MustAbort) {
      const isAborted = await attempt(parts, producer, () => producer.end(false));
      if (!isAborted) producer.reset();
      return false;
    }
    if (!(error instanceof ProducerOver)) throw error;
    producer.reset();
    await backOff(parts, 3);
    return false;
  }
}
