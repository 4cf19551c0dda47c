import kafkajs from 'kafkajs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ServedWorld, serveWorld } from './server.ts';

const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs;
const FIRST_MS = 1_700_000_000_000;

let world: ServedWorld;
let errors: unknown[];
let kafka: kafkajs.Kafka;
const ending: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  errors = [];
  world = await serveWorld(errors);
  kafka = new Kafka({ brokers: [world.address], clientId: 'test', logLevel: logLevel.NOTHING });
});
afterEach(async () => {
  await Promise.all(ending.splice(0).map((end) => end()));
  await world.close();
  expect(errors).toEqual([]);
});

async function admin() {
  const client = kafka.admin();
  await client.connect();
  ending.push(() => client.disconnect());
  return client;
}

async function produce(topic: string, compression: kafkajs.CompressionTypes, acks: -1 | 0 | 1 = -1) {
  const producer = kafka.producer();
  await producer.connect();
  ending.push(() => producer.disconnect());
  const messages = Array.from({ length: 200 }, (_, i) => ({
    partition: 0,
    key: `k${i}`,
    value: i === 7 ? null : `value ${i}`,
    headers: { i: String(i) },
    timestamp: String(FIRST_MS + i * 1_000),
  }));
  return producer.send({ topic, messages, compression, acks });
}

async function consume(topic: string, count: number, from?: string) {
  const consumer = kafka.consumer({ groupId: `read-${topic}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  ending.push(() => consumer.disconnect());
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const found: [string, string | undefined, string | undefined][] = [];
  await new Promise<void>((done, failed) => {
    consumer
      .run({
        eachMessage: async ({ message: { offset, key, value } }) => {
          found.push([offset, key?.toString(), value?.toString()]);
          if (found.length === count) done();
        },
      })
      .catch(failed);
    if (from !== undefined) consumer.seek({ topic, partition: 0, offset: from });
  });
  return found.slice(0, count);
}

test.each([
  ['none', CompressionTypes.None, -1],
  ['gzip', CompressionTypes.GZIP, 1],
  ['none with acks 0', CompressionTypes.None, 0],
] as const)('kafkajs reads what it wrote: %s', async (_, codec, acks) => {
  await world.platform.topics.create('orders', { partitions: 2 });
  await produce('orders', codec, acks);
  expect(await consume('orders', 200)).toEqual(
    Array.from({ length: 200 }, (_, i) => [String(i), `k${i}`, i === 7 ? undefined : `value ${i}`]),
  );
});

test('kafkajs makes topics by producing to them, finds an offset by time, and seeks into a batch', async () => {
  await produce('timed', CompressionTypes.GZIP);
  const client = await admin();
  const [found] = await client.fetchTopicOffsetsByTimestamp('timed', FIRST_MS + 50_500);
  expect(found).toMatchObject({ partition: 0, offset: '51' });
  expect(await consume('timed', 2, '51')).toEqual([
    ['51', 'k51', 'value 51'],
    ['52', 'k52', 'value 52'],
  ]);
});

test('kafkajs makes, changes and deletes topics', async () => {
  const client = await admin();
  const topic = { topic: 'made', numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '7200000' }] };
  expect(await client.createTopics({ topics: [topic] })).toBe(true);
  expect(await client.createTopics({ topics: [topic] })).toBe(false);
  await client.createPartitions({ topicPartitions: [{ topic: 'made', count: 3 }] });
  await client.alterConfigs({
    validateOnly: false,
    resources: [
      { type: ConfigResourceTypes.TOPIC, name: 'made', configEntries: [{ name: 'max.message.bytes', value: '4000' }] },
    ],
  });
  const { resources } = await client.describeConfigs({
    includeSynonyms: true,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: 'made', configNames: ['max.message.bytes', 'retention.ms'] }],
  });
  expect(
    resources[0]!.configEntries.map(({ configName, configValue, isDefault }) => [configName, configValue, isDefault]),
  ).toEqual([
    ['max.message.bytes', '4000', false],
    ['retention.ms', '604800000', true],
  ]);
  const { topics } = await client.fetchTopicMetadata({ topics: ['made'] });
  expect(topics[0]!.partitions).toHaveLength(3);
  await client.deleteTopics({ topics: ['made'] });
  expect(await client.listTopics()).toEqual([]);
});
