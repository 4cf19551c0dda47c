import { type Isolation, type PartitionName, partitionName, type Seen } from '../../checker/index.ts';
import { consumed } from '../../sim/clients/batches.ts';
import { KafkaLink, LinkLost } from '../kafka-link.ts';
import { below, type CrashClient, groupsOf, pick, type Round, type RoundTopic, think } from './client.ts';

const FETCH_BYTES = 1 << 20;
const NONE = 0;

/** Reads partitions from some offset to their end, over any server, and looks at groups' offsets. */
export const reader: CrashClient = async (round, name) => {
  const { random, site, topics, ending, recorder } = round;
  while (!ending.aborted) {
    const link = new KafkaLink(pick(random, site.kafka));
    try {
      while (!ending.aborted) {
        const topic = pick(random, topics);
        const partition = below(random, topic.partitions);
        const isolation = random.next() < 0.5 ? 'committed' : 'uncommitted';
        await readToEnd(round, link, { name, topic: topic.name, partition, isolation });
        for (const group of groupsOf(round)) await lookAtOffsets(round, link, { name, group });
        await think(round, 100);
      }
    } catch (error) {
      if (!(error instanceof LinkLost)) throw error;
      recorder.note(name, { kind: 'seek' });
    }
    link.close();
    await think(round, 300);
  }
};

interface Look {
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
  readonly isolation: Isolation;
}

/** Reads all of a partition; where the server fails, nothing is said. @throws LinkLost */
export async function readToEnd({ recorder }: Pick<Round, 'recorder'>, link: KafkaLink, look: Look): Promise<void> {
  const { name, topic, partition, isolation } = look;
  const at = partitionName(topic, partition);
  const running = recorder.invoke(name, { kind: 'read', partition: at, isolation, from: 0, to: 0, records: [] });
  const records: Seen[] = [];
  let from = 0;
  try {
    for (;;) {
      const got = await fetchFrom(link, { topic, partition, isolation, from });
      if (!got) return running.fail('an error');
      records.push(...got.records);
      from = got.next;
      // A fetch that finds something may go by what its server remembers; one that finds nothing has looked anew.
      if (got.isEmpty && from >= got.to) return running.ok({ records, to: got.to });
    }
  } catch (error) {
    running.fail('no answer');
    throw error;
  }
}

export interface Fetched {
  readonly records: readonly Seen[];
  /** Where it goes on, and where the server says that the end is. */
  readonly next: number;
  readonly to: number;
  readonly isEmpty: boolean;
}

/** One fetch; undefined where the server answers with an error. @throws LinkLost */
export async function fetchFrom(
  link: KafkaLink,
  { topic, partition, isolation, from }: Omit<Look, 'name'> & { from: number },
): Promise<Fetched | undefined> {
  const answer = await link.call('Fetch', {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: FETCH_BYTES,
    isolationLevel: isolation === 'committed' ? 1 : 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic, partitions: [{ partition, fetchOffset: from, partitionMaxBytes: FETCH_BYTES }] }],
  });
  const found = answer.responses[0]?.partitions[0];
  if (answer.errorCode !== NONE || !found || found.errorCode !== NONE) return undefined;
  const batches = (found.records as unknown as Uint8Array | null) ?? new Uint8Array();
  const isEmpty = batches.length === 0;
  const aborted = found.abortedTransactions ?? [];
  const { records, nextOffset: next } = consumed(isEmpty ? [] : [batches], from, { isolation, aborted });
  return { records, next, to: isolation === 'committed' ? found.lastStableOffset : found.highWatermark, isEmpty };
}

/** @throws LinkLost */
export async function lookAtOffsets(
  { recorder, topics }: Pick<Round, 'recorder' | 'topics'>,
  link: KafkaLink,
  { name, group }: { name: string; group: string },
): Promise<void> {
  const partitions = topics.flatMap((topic) => numbers(topic).map((one) => partitionName(topic.name, one)));
  const running = recorder.invoke(name, { kind: 'committed', group, partitions, offsets: {} });
  try {
    const offsets = await fetchOffsets(link, { group, topics, stable: false });
    if (offsets) running.ok({ offsets: Object.fromEntries(offsets) });
    else running.fail('an error');
  } catch (error) {
    running.fail('no answer');
    throw error;
  }
}

const numbers = ({ partitions }: RoundTopic) => Array.from({ length: partitions }, (_, i) => i);

/** A group's offsets; undefined where the server answers with an error. @throws LinkLost */
export async function fetchOffsets(
  link: KafkaLink,
  { group, topics, stable }: { group: string; topics: readonly RoundTopic[]; stable: boolean },
): Promise<Map<PartitionName, number> | undefined> {
  const asked = topics.map((topic) => ({ name: topic.name, partitionIndexes: numbers(topic) }));
  const groups = [{ groupId: group, memberId: null, memberEpoch: -1, topics: asked }];
  const answer = await link.call('OffsetFetch', { groups, requireStable: stable });
  const told = answer.groups[0]!;
  const all = told.topics.flatMap((topic) => topic.partitions.map((one) => ({ topic: topic.name, ...one })));
  if (told.errorCode !== NONE || all.some(({ errorCode }) => errorCode !== NONE)) return undefined;
  const known = all.filter(({ committedOffset }) => committedOffset >= 0);
  return new Map(known.map((one) => [partitionName(one.topic, one.partitionIndex), one.committedOffset]));
}
