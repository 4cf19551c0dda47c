import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { type Isolation, type PartitionName, type Poll, partitionName, type Seen } from '../../checker/index.ts';
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
  readonly records: Readonly<Record<PartitionName, readonly Seen[]>>;
  /** Partitions whose position is outside of the log. */
  readonly outOfRange: readonly Position[];
  readonly failed: boolean;
}

const FETCH_BYTES = 4_000;
const WAIT_MS = 500;

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
        if (seen.length > 0) records[partitionName(topic, position.partition)] = seen;
      }
    }
  }
  return { records, outOfRange, failed };
}

/** A consumer without a group: it reads all partitions from their beginning, again and again where it is `restless`. */
export function reader({
  topics,
  isolation,
  thinkMs,
}: {
  topics: readonly KnownTopic[];
  isolation: Isolation;
  thinkMs: number;
}): ClientProgram {
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
