// How the programs of kafkajs make topics.
import type { Admin, ITopicConfig } from 'kafkajs';
import { settle } from './observe.ts';

const TRIES_MAX = 60;

/**
 * Makes a topic, and waits until its partitions have leaders: whether it was made, or had been there. kafkajs can wait
 * by itself, but gives up where Kafka's broker has not heard of the topic yet.
 */
export async function createTopic(admin: Admin, topic: ITopicConfig): Promise<boolean> {
  const made = await admin.createTopics({ topics: [topic] });
  for (let tries = 0; ; tries++) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic.topic] }).catch((error: unknown) => {
      if (tries === TRIES_MAX) throw error;
      return { topics: [] };
    });
    if (topics[0]?.partitions.every(({ leader }) => leader >= 0)) return made;
    await settle();
  }
}
