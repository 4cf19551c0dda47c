import { type Isolation, partitionName, type Read, type Running, type Seen } from '../../checker/index.ts';
import { consumed } from '../../sim/clients/batches.ts';
import { KafkaLink, LinkLost } from '../kafka-link.ts';
import { below, type CrashClient, pick, type Round, type RoundTopic, think } from './client.ts';

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
        for (const group of [`${round.prefix}-web`, `${round.prefix}-group`])
          await lookAtOffsets(round, link, { name, group });
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
  const read: Read = {
    kind: 'read',
    partition: partitionName(topic, partition),
    isolation,
    from: 0,
    to: 0,
    records: [],
  };
  const running: Running<Read> = recorder.invoke(name, read);
  const records: Seen[] = [];
  let next = 0;
  try {
    for (;;) {
      const answer = await link.call('Fetch', {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: FETCH_BYTES,
        isolationLevel: isolation === 'committed' ? 1 : 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [{ topic, partitions: [{ partition, fetchOffset: next, partitionMaxBytes: FETCH_BYTES }] }],
      });
      const found = answer.responses[0]?.partitions[0];
      if (answer.errorCode !== NONE || !found || found.errorCode !== NONE) {
        return running.fail(`error ${answer.errorCode || found?.errorCode}`);
      }
      const batches = (found.records as unknown as Uint8Array | null) ?? new Uint8Array();
      const aborted = found.abortedTransactions ?? [];
      const got = consumed(batches.length > 0 ? [batches] : [], next, { isolation, aborted });
      records.push(...got.records);
      next = got.nextOffset;
      const to = isolation === 'committed' ? found.lastStableOffset : found.highWatermark;
      // A fetch that finds something may go by what its server remembers; one that finds nothing has looked anew.
      if (batches.length === 0 && next >= to) return running.ok({ records, to });
    }
  } catch (error) {
    running.fail('no answer');
    throw error;
  }
}

/** @throws LinkLost */
export async function lookAtOffsets(
  { recorder, topics }: Pick<Round, 'recorder' | 'topics'>,
  link: KafkaLink,
  { name, group }: { name: string; group: string },
): Promise<void> {
  const numbers = ({ partitions }: RoundTopic) => Array.from({ length: partitions }, (_, i) => i);
  const partitions = topics.flatMap((topic) => numbers(topic).map((one) => partitionName(topic.name, one)));
  const running = recorder.invoke(name, { kind: 'committed', group, partitions, offsets: {} });
  try {
    const asked = topics.map((topic) => ({ name: topic.name, partitionIndexes: numbers(topic) }));
    const answer = await link.call('OffsetFetch', {
      groups: [{ groupId: group, memberId: null, memberEpoch: -1, topics: asked }],
      requireStable: false,
    });
    const told = answer.groups[0]!;
    const all = told.topics.flatMap((topic) => topic.partitions.map((one) => ({ topic: topic.name, ...one })));
    const error = told.errorCode || all.find(({ errorCode }) => errorCode !== NONE)?.errorCode;
    if (error) return running.fail(`error ${error}`);
    const known = all.filter(({ committedOffset }) => committedOffset >= 0);
    running.ok({
      offsets: Object.fromEntries(
        known.map((one) => [partitionName(one.topic, one.partitionIndex), one.committedOffset]),
      ),
    });
  } catch (error) {
    running.fail('no answer');
    throw error;
  }
}
