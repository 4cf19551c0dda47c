import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import {
  type Isolation,
  type PartitionName,
  type Poll,
  partitionName,
  type Read,
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
    const positions: Position[] = topics.flatMap(({ name: topic, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })),
    );
    for (let failures = 0; !ending(); ) {
      try {
        const { records, failed } = await fetchOnce(link.connection, positions, { isolation });
        if (Object.keys(records).length > 0)
          world.recorder.note<Poll>(process.name, { kind: 'poll', isolation, records });
        failures = failed ? failures + 1 : 0;
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
    while (!ending()) {
      await process.clock.sleep(chance.between(0, thinkMs));
      const { name: topic, partitions } = chance.pick(topics);
      const partition = chance.below(partitions);
      const name = partitionName(topic, partition);
      const from = Math.max(0, (known.get(name) ?? 0) - chance.below(AUDITED_BACK));
      const running = world.recorder.invoke<Read>(process.name, {
        kind: 'read',
        partition: name,
        isolation,
        from,
        to: from,
        records: [],
      });
      const position = { topic, partition, offset: from };
      const records: Seen[] = [];
      try {
        for (let isAtEnd = false; !isAtEnd; ) {
          const before = position.offset;
          const fetched = await fetchOnce(link.connection, [position], { isolation, maxWaitMs: 0 });
          if (fetched.failed || fetched.outOfRange.length > 0) throw new ConnectionLost();
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
