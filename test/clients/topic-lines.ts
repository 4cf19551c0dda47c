import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';

const POLL_MS = 200;
const WAIT_MS = 60_000;

/**
 * A server as one of its users sees it, for tests of what runs between servers: topics of lines.
 *
 * @example
 * const kafka = new TopicLines('127.0.0.1:9092');
 * await kafka.send('greetings', ['hello']);
 * await kafka.end();
 */
export class TopicLines {
  readonly #kafka: kafkajs.Kafka;
  readonly admin: kafkajs.Admin;

  constructor(bootstrap: string) {
    this.#kafka = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING });
    this.admin = this.#kafka.admin();
  }

  async create(topic: string, numPartitions: number): Promise<void> {
    await this.admin.connect();
    await this.admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, replicationFactor: 1 }] });
  }

  async send(topic: string, lines: readonly string[]): Promise<void> {
    const producer = this.#kafka.producer();
    await producer.connect();
    try {
      await producer.send({ topic, messages: lines.map((value, index) => ({ key: `key-${index % 5}`, value })) });
    } finally {
      await producer.disconnect();
    }
  }

  /** Waits until the topic holds that many lines, and gives them as they came, partition after partition. */
  async lines(topic: string, count: number): Promise<readonly string[]> {
    await this.admin.connect();
    await eventually(`${count} lines in ${topic}`, async () => {
      const offsets = await this.admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0) >= count;
    });
    const consumer = this.#kafka.consumer({ groupId: `reader-of-${topic}`, maxWaitTimeInMs: 200 });
    const got: { partition: number; value: string }[] = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          got.push({ partition, value: String(message.value) });
        },
      });
      await eventually(`${count} lines read from ${topic}`, async () => got.length >= count);
    } finally {
      await consumer.disconnect();
    }
    return got.toSorted((one, other) => one.partition - other.partition).map(({ value }) => value);
  }

  async end(): Promise<void> {
    await this.admin.disconnect();
  }
}

/**
 * Looks until something holds: until the look gives true, or ends without throwing. What goes wrong on the way may go
 * right a moment later; in the end it is told.
 */
export async function eventually(what: string, holds: () => Promise<unknown>, waitMs = WAIT_MS): Promise<void> {
  let last: unknown;
  for (const endMs = performance.now() + waitMs; performance.now() < endMs; await sleep(POLL_MS)) {
    try {
      if ((await holds()) !== false) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`Waited in vain for ${what}`, { cause: last });
}
