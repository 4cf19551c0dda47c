import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { partitionName, type Read, type Seen } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import { isMembers } from './classic-member.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import { MemberStory } from './group-member.ts';
import { commitPositions, committedPositions } from './group-offsets.ts';
import type { KnownTopic } from './producer.ts';
import { fetchOnce, type Position } from './reader.ts';

export interface VisitorOptions {
  readonly topic: KnownTopic;
  readonly group: string;
  readonly thinkMs: number;
}

/**
 * Reads all that a topic has, from its first offset to its end, looks where a group has come to there, and commits for it
 * where it came to itself: whatever the topic was before it was made anew must not show.
 */
export function visitor(options: VisitorOptions): ClientProgram {
  return async (parts) => {
    const { process, chance, ending } = parts;
    const link = new KafkaLink(parts);
    const story = new MemberStory(parts, options.group);
    for (let failures = 0; !ending(); ) {
      await process.clock.sleep(chance.between(0, options.thinkMs));
      try {
        await visit(parts, link, story, options);
        failures = 0;
      } catch (error) {
        if (!isMembers(error)) throw error;
        link.drop();
        await backOff(parts, ++failures);
      }
    }
  };
}

/** @throws ConnectionLost, TryAgain, MemberLost */
async function visit(
  { world, process, chance }: ClientParts,
  link: KafkaLink,
  story: MemberStory,
  { topic: { name: topic, partitions }, group }: VisitorOptions,
): Promise<void> {
  const partition = chance.below(partitions);
  const nobody = { group, memberId: '', epoch: -1, instanceId: null };
  await committedPositions(link.connection, story, nobody, [{ topic, partition }]);
  const name = partitionName(topic, partition);
  const isolation = 'uncommitted';
  const asked = { kind: 'read', partition: name, isolation, from: 0, to: 0, records: [] } as const;
  const running = world.recorder.invoke<Read>(process.name, asked);
  const position: Position = { topic, partition, offset: 0 };
  const records: Seen[] = [];
  try {
    for (let isAtEnd = false; !isAtEnd; ) {
      const before = position.offset;
      const fetched = await fetchOnce(link.connection, [position], { isolation, maxWaitMs: 0 });
      if (fetched.failed || fetched.outOfRange.length > 0) throw new ConnectionLost();
      records.push(...(fetched.records[name] ?? []));
      isAtEnd = position.offset === before && fetched.ends[name] === before;
    }
    running.ok({ to: position.offset, records });
  } catch (error) {
    running.fail(`not answered, or not known (${KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION})`);
    throw error;
  }
  if (position.offset > 0) await commitPositions(link.connection, story, nobody, [position]);
}
