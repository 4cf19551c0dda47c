import {
  Admin,
  type CompressionAlgorithmValue,
  ConfigResourceTypes,
  Consumer,
  IncrementalAlterConfigOperationTypes,
  ListOffsetTimestamps,
  type Message,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ServedWorld, serveWorld } from './server.ts';

const FIRST_MS = 1_700_000_000_000;
const COUNT = 300;

let world: ServedWorld;
let errors: unknown[];
const ending: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  errors = [];
  world = await serveWorld(errors);
});
afterEach(async () => {
  await Promise.all(ending.splice(0).map((end) => end()));
  await world.close();
  expect(errors).toEqual([]);
});

function common() {
  return { clientId: 'test', bootstrapBrokers: [world.address] };
}

async function produce(topic: string, compression: CompressionAlgorithmValue): Promise<void> {
  const producer = new Producer({ ...common(), serializers: stringSerializers, compression, autocreateTopics: true });
  ending.push(() => producer.close());
  const messages = Array.from({ length: COUNT }, (_, i) => ({
    topic,
    partition: 0,
    key: `k${i}`,
    value: `value ${i} `.repeat(20),
    headers: { i: String(i) },
    timestamp: BigInt(FIRST_MS + i * 1_000),
  }));
  await producer.send({ messages });
}

/** The messages of partition 0 from `offset` on. */
async function consume(topic: string, offset: bigint, count: number) {
  const consumer = new Consumer({ ...common(), groupId: `read-${topic}`, deserializers: stringDeserializers });
  ending.push(() => consumer.close(true));
  const stream = await consumeFrom(consumer, topic, offset);
  const found: Message<string, string, string, string>[] = [];
  for await (const message of stream) {
    found.push(message);
    if (found.length === count) break;
  }
  return found;
}

function consumeFrom(consumer: Consumer<string, string, string, string>, topic: string, offset: bigint) {
  return consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.MANUAL,
    offsets: [{ topic, partition: 0, offset }],
    maxWaitTime: 100,
    autocommit: false,
  });
}

test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
  '@platformatic/kafka reads what it wrote: %s',
  async (codec) => {
    await produce(`c-${codec}`, codec);
    const found = await consume(`c-${codec}`, 0n, COUNT);
    expect(
      found.map(({ key, value, offset, headers }) => [key, value.trim().slice(-3), offset, headers.get('i')]),
    ).toEqual(Array.from({ length: COUNT }, (_, i) => [`k${i}`, `value ${i}`.slice(-3), BigInt(i), String(i)]));
  },
);

test('@platformatic/kafka finds offsets by time and reads from there', async () => {
  await produce('timed', 'zstd');
  const admin = new Admin(common());
  ending.push(() => admin.close());
  const at = async (timestamp: bigint) => {
    const [topic] = await admin.listOffsets({
      topics: [{ name: 'timed', partitions: [{ partitionIndex: 0, timestamp }] }],
    });
    return topic!.partitions[0]!.offset;
  };
  expect(await at(ListOffsetTimestamps.LATEST)).toBe(BigInt(COUNT));
  expect(await at(ListOffsetTimestamps.EARLIEST)).toBe(0n);
  const middle = await at(BigInt(FIRST_MS + 100 * 1_000 - 1));
  expect(middle).toBe(100n);
  // Inside a batch: the client is given all of it, and passes on what was asked for.
  const [first] = await consume('timed', middle, 1);
  expect([first!.offset, first!.key]).toEqual([100n, 'k100']);
});

test('@platformatic/kafka makes, changes and deletes topics', async () => {
  const admin = new Admin(common());
  ending.push(() => admin.close());
  const configs = [{ name: 'retention.ms', value: '7200000' }];
  expect(await admin.createTopics({ topics: ['made'], partitions: 2, replicas: 1, configs })).toMatchObject([
    { name: 'made', partitions: 2 },
  ]);
  await admin.createPartitions({ topics: [{ name: 'made', count: 3 }] });
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: 'made' };
  await admin.incrementalAlterConfigs({
    resources: [
      {
        ...resource,
        configs: [
          { name: 'cleanup.policy', configOperation: IncrementalAlterConfigOperationTypes.APPEND, value: 'compact' },
        ],
      },
    ],
  });
  const [described] = await admin.describeConfigs({
    resources: [{ ...resource, configurationKeys: ['cleanup.policy', 'retention.ms'] }],
  });
  expect(described!.configs.map(({ name, value }) => [name, value])).toEqual([
    ['cleanup.policy', 'delete,compact'],
    ['retention.ms', '7200000'],
  ]);
  expect((await world.platform.topics.describe('made')).partitions).toBe(3);
  await admin.deleteTopics({ topics: ['made'] });
  expect(await admin.listTopics()).toEqual([]);
});
