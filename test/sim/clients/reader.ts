import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import {
  type Isolation,
  type PartitionName,
  type Poll,
  partitionName,
  type Read,
  type Seek,
  type Seen,
} from '../../checker/index.ts';
import { ConnectionLost, type KafkaConnection } from '../kafka-connection.ts';
import { consumed } from './batches.ts';
import { backOff, type ClientProgram, KafkaLink } from './client.ts';
import type { KnownTopic } from './producer.ts';

/** A partition that is read, and from where. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  offset: number;
}

export interface FetchAnswer {
  /** By partition: where the server says that what may be read ends. */
  readonly ends: Readonly<Record<PartitionName, number>>;
  readonly records: Readonly<Record<PartitionName, readonly Seen[]>>;
  /** Partitions whose position is outside of the log. */
  readonly outOfRange: readonly Position[];
  readonly failed: boolean;
}

const FETCH_BYTES = 4_000;
const WAIT_MS = 500;
/** How far before the end that it knows an auditor begins, at most. */
const AUDITED_BACK = 40;

/** One fetch; moves the positions past what it found. @throws ConnectionLost */
export async function fetchOnce(
  connection: KafkaConnection,
  positions: readonly Position[],
  {
    isolation,
    maxWaitMs = WAIT_MS,
    maxBytes = FETCH_BYTES,
  }: { isolation: Isolation; maxWaitMs?: number; maxBytes?: number },
): Promise<FetchAnswer> {
  const asked = Map.groupBy(positions, ({ topic }) => topic);
  const answer = await connection.call('Fetch', {
    maxWaitMs,
    minBytes: 1,
    maxBytes,
    isolationLevel: isolation === 'committed' ? 1 : 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [...asked].map(([topic, all]) => ({
      topic,
      partitions: all.map(({ partition, offset }) => ({ partition, fetchOffset: offset, partitionMaxBytes: maxBytes })),
    })),
  });
  const records: Record<PartitionName, readonly Seen[]> = {};
  const ends: Record<PartitionName, number> = {};
  const outOfRange: Position[] = [];
  let failed = answer.errorCode !== KAFKA_ERRORS.NONE;
  for (const { topic, partitions } of answer.responses) {
    for (const found of partitions) {
      const position = positions.find((one) => one.topic === topic && one.partition === found.partitionIndex)!;
      if (found.errorCode === KAFKA_ERRORS.OFFSET_OUT_OF_RANGE) outOfRange.push(position);
      else if (found.errorCode !== KAFKA_ERRORS.NONE) failed = true;
      else {
        const views = found.records as unknown as Uint8Array | null;
        const aborted = found.abortedTransactions ?? [];
        const { records: seen, nextOffset } = consumed(views ? [views] : [], position.offset, { isolation, aborted });
        position.offset = nextOffset;
        const end = isolation === 'committed' ? found.lastStableOffset : found.highWatermark;
        ends[partitionName(topic, position.partition)] = end;
        if (seen.length > 0) records[partitionName(topic, position.partition)] = seen;
      }
    }
  }
  return { records, ends, outOfRange, failed };
}

const EARLIEST = -2;

/**
 * Moves positions that are before the beginning of what is left to it, as consumers do (auto.offset.reset=earliest).
 *
 * @returns whether all were told where that is
 * @throws ConnectionLost
 * @throws Error where one was not before the beginning, and so not out of range
 */
export async function beginAnew(connection: KafkaConnection, positions: readonly Position[]): Promise<boolean> {
  let isTold = true;
  for (const position of positions) {
    const { topic: name, partition: partitionIndex } = position;
    const partitions = [{ partitionIndex, timestamp: EARLIEST, currentLeaderEpoch: -1 }];
    const answer = await connection.call('ListOffsets', { replicaId: -1, topics: [{ name, partitions }] });
    const { errorCode, offset } = answer.topics[0]!.partitions[0]!;
    if (errorCode !== KAFKA_ERRORS.NONE) isTold = false;
    else if (offset > position.offset) position.offset = offset;
    else {
      const at = partitionName(name, partitionIndex);
      throw new Error(`${at}@${position.offset} is said to be out of range, and ${offset} to be the first there is`);
    }
  }
  return isTold;
}

export interface ReaderOptions {
  readonly topics: readonly KnownTopic[];
  readonly isolation: Isolation;
  readonly thinkMs: number;
}

/** A consumer without a group: it reads all partitions from their beginning. */
export function reader({ topics, isolation, thinkMs }: ReaderOptions): ClientProgram {
  return async (parts) => {
    const { world, process, chance, ending } = parts;
    const link = new KafkaLink(parts);
    const positions: Position[] = [];
    for (let failures = 0; !ending(); ) {
      for (const { name: topic, partitions } of topics) {
        const known = positions.filter((one) => one.topic === topic).length;
        for (let partition = known; partition < partitions; partition++)
          positions.push({ topic, partition, offset: 0 });
      }
      try {
        const { records, outOfRange, failed } = await fetchOnce(link.connection, positions, { isolation });
        if (Object.keys(records).length > 0)
          world.recorder.note<Poll>(process.name, { kind: 'poll', isolation, records });
        const gone = outOfRange.map(({ topic, partition }) => partitionName(topic, partition));
        if (gone.length > 0) world.recorder.note<Seek>(process.name, { kind: 'seek', partitions: gone });
        const isFine = (await beginAnew(link.connection, outOfRange)) && !failed;
        failures = isFine ? 0 : failures + 1;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        failures++;
      }
      if (failures > 0) await backOff(parts, failures);
      else await process.clock.sleep(chance.between(0, thinkMs));
    }
  };
}

/**
 * Reads a partition from somewhere to its end, time and again, and tells where that was: what was acknowledged before it
 * began must be there. It is at the end where the server has nothing more.
 */
export function auditor({ topics, isolation, thinkMs }: ReaderOptions): ClientProgram {
  return async (parts) => {
    const { world, process, chance, ending } = parts;
    const link = new KafkaLink(parts);
    const known = new Map<PartitionName, number>();
    const first = new Map<PartitionName, number>();
    while (!ending()) {
      await process.clock.sleep(chance.between(0, thinkMs));
      const { name: topic, partitions } = chance.pick(topics);
      const partition = chance.below(partitions);
      const name = partitionName(topic, partition);
      const from = Math.max(first.get(name) ?? 0, (known.get(name) ?? 0) - chance.below(AUDITED_BACK));
      const running = world.recorder.invoke<Read>(process.name, {
        kind: 'read',
        partition: name,
        isolation,
        from,
        to: from,
        records: [],
        ...(from === first.get(name) && { isStart: true }),
      });
      const position = { topic, partition, offset: from };
      const records: Seen[] = [];
      try {
        for (let isAtEnd = false; !isAtEnd; ) {
          const before = position.offset;
          const fetched = await fetchOnce(link.connection, [position], { isolation, maxWaitMs: 0 });
          if (fetched.outOfRange.length > 0) {
            if (await beginAnew(link.connection, [position])) first.set(name, position.offset);
            throw new ConnectionLost();
          }
          if (fetched.failed) throw new ConnectionLost();
          records.push(...(fetched.records[name] ?? []));
          isAtEnd = position.offset === before && fetched.ends[name] === before;
        }
        known.set(name, position.offset);
        running.ok({ to: position.offset, records });
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        running.fail('not answered');
        await backOff(parts, 2);
      }
    }
  };
}
