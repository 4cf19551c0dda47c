import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import type { Found } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import type { KnownTopic } from './producer.ts';

export interface FounderOptions {
  readonly topic: KnownTopic;
  /** What it is made with. */
  readonly config: Readonly<Record<string, string>>;
  /** How long it leaves the topic alone, at most, in ms. */
  readonly thinkMs: number;
}

/** Deletes a topic and makes it anew, under its name, time and again; at its end, the topic is there. */
export function founder({ topic, config, thinkMs }: FounderOptions): ClientProgram {
  return async (parts) => {
    const { world, process, chance, ending } = parts;
    const link = new KafkaLink(parts);
    const { name, partitions } = topic;
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    const gone = new Set<string>();
    while (!ending()) {
      await process.clock.sleep(chance.between(thinkMs / 4, thinkMs));
      const deleting = world.recorder.invoke<Found>(process.name, { kind: 'found', topic: name, is: 'deleted' });
      // By its id: what comes late deletes nothing that was made since.
      const topicId = await learn(parts, link, name, gone);
      gone.add(topicId);
      await untilAnswered(parts, link, [KAFKA_ERRORS.UNKNOWN_TOPIC_ID], async () => {
        const asked = { topics: [{ name: null, topicId }], timeoutMs: 5_000 };
        return (await link.connection.call('DeleteTopics', asked)).responses[0]!;
      });
      deleting.ok();
      const making = world.recorder.invoke<Found>(process.name, { kind: 'found', topic: name, is: 'made' });
      // Where it is there already, an earlier try of this, or of the one before, has made it.
      await untilAnswered(parts, link, [KAFKA_ERRORS.TOPIC_ALREADY_EXISTS], async () => {
        const made = { name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs };
        const answer = await link.connection.call('CreateTopics', { topics: [made], timeoutMs: 5_000 });
        return answer.topics[0]!;
      });
      making.ok();
    }
  };
}

/** The id that the topic has now, and had never before. */
async function learn(parts: ClientParts, link: KafkaLink, name: string, gone: ReadonlySet<string>): Promise<string> {
  let topicId = '';
  await untilAnswered(parts, link, [], async () => {
    const told = await link.connection.call('Metadata', { topics: [{ name }], allowAutoTopicCreation: false });
    const found = told.topics[0]!;
    topicId = found.topicId;
    // A server may remember it for a while.
    return gone.has(topicId) ? { errorCode: KAFKA_ERRORS.UNKNOWN_TOPIC_ID } : found;
  });
  return topicId;
}

async function untilAnswered(
  parts: ClientParts,
  link: KafkaLink,
  done: readonly number[],
  ask: () => Promise<{ readonly errorCode: number }>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const { errorCode } = await ask();
      if (errorCode === KAFKA_ERRORS.NONE || done.includes(errorCode)) return;
      if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) throw new Error('An error that nobody knows');
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    }
    link.drop();
    await backOff(parts, tries);
  }
}
