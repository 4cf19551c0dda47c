// What users of kafkajs do, once over. Usage: kafkajs.ts BOOTSTRAP PREFIX
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs, { type Consumer, type KafkaConfig, type KafkaMessage, type Message, type SASLOptions } from 'kafkajs';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import snappy from 'snappy';
import { createTopic } from './kafkajs-topics.ts';
import {
  BOOTSTRAP,
  changed,
  numbers,
  outcome,
  PREFIX,
  run,
  SECURITY,
  sameList,
  texts,
  tlsOptions,
  until,
} from './observe.ts';

// Named imports of a CommonJS module do not reach all of these.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, CompressionCodecs, CompressionTypes } = kafkajs;
const { ConfigResourceTypes, Kafka, KafkaJSProtocolError, logLevel, ResourcePatternTypes } = kafkajs;

// kafkajs brings gzip alone; users plug in the rest.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder: { buffer: Buffer }) => zstdCompressSync(encoder.buffer),
  decompress: async (bytes: Buffer) => zstdDecompressSync(bytes),
});
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder: { buffer: Buffer }) => compressFrameSync(encoder.buffer),
  decompress: async (bytes: Buffer) => decompressFrameSync(bytes),
});
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async (encoder: { buffer: Buffer }) => snappy.compressSync(encoder.buffer),
  decompress: async (bytes: Buffer) => snappy.uncompressSync(bytes) as Buffer,
});

const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
const TOPIC = `${PREFIX}-events`;
const BASE_MS = 1_700_000_000_000;
const connection: KafkaConfig = {
  brokers: [BOOTSTRAP],
  logLevel: logLevel.NOTHING,
  // A second, by default: less than a busy machine may take.
  connectionTimeout: 10_000,
  ...(SECURITY && { ssl: tlsOptions(SECURITY) }),
  ...(SECURITY?.sasl && {
    sasl: { ...SECURITY.sasl, mechanism: SECURITY.sasl.mechanism.toLowerCase() } as SASLOptions,
  }),
};
const kafka = new Kafka({ ...connection, clientId: 'me', retry: { retries: 8 } });
const admin = kafka.admin();
const errorName = (error: unknown): string => {
  if (error instanceof KafkaJSProtocolError) return error.type;
  const { cause } = error as Error;
  return cause ? errorName(cause) : String(error);
};
// Some records are made to look old; retention must not take them.
const configEntries = [{ name: 'retention.ms', value: '-1' }];
const create = (topic: string, numPartitions: number) =>
  createTopic(admin, { topic, numPartitions, replicationFactor: 1, configEntries });

/** A consumer that gathers, until the end of the work done with it. */
class Reader {
  readonly got: (KafkaMessage & { partition: number })[] = [];
  readonly consumer: Consumer;
  /** Partitions assigned in the last rebalance. */
  assigned: readonly number[] = [];
  joins = 0;

  constructor(group: string) {
    const groupId = `${PREFIX}-${group}`;
    this.consumer = kafka.consumer({ groupId, sessionTimeout: 6_000, heartbeatInterval: 300, maxWaitTimeInMs: 200 });
    this.consumer.on('consumer.group_join', ({ payload }) => {
      this.joins++;
      this.assigned = Object.values(payload.memberAssignment).flat();
    });
  }

  async start(topic: string): Promise<this> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [topic], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachMessage: async ({ message, partition }) => {
        this.got.push({ ...message, partition });
      },
    });
    return this;
  }

  values(): readonly (string | undefined)[] {
    return this.got.map(({ value }) => value?.toString());
  }

  end(): Promise<void> {
    return this.consumer.disconnect();
  }
}

async function sent(topic: string, messages: readonly Message[]) {
  const producer = kafka.producer();
  await producer.connect();
  try {
    return await producer.send({ topic, messages: [...messages] });
  } finally {
    await producer.disconnect();
  }
}

async function codecs() {
  const seen: Record<string, unknown> = {};
  const producer = kafka.producer();
  await producer.connect();
  for (const [name, compression] of Object.entries(CODECS)) {
    const topic = `${PREFIX}-${name}`;
    await create(topic, 1);
    const values = texts(1_000, 200);
    const messages = values.map((value, index) => ({ key: `k${index % 7}`, value, headers: { n: String(index) } }));
    const answers = [
      ...(await producer.send({ topic, compression, messages: messages.slice(0, 500) })),
      ...(await producer.send({ topic, compression, messages: messages.slice(500) })),
    ];
    const reader = await new Reader(`codec-${name}`).start(topic);
    await until(`${name} records`, () => reader.got.length >= values.length);
    const last = reader.got.at(-1)!;
    seen[name] = {
      baseOffsets: answers.map(({ baseOffset, errorCode }) => [baseOffset, errorCode]),
      same: sameList(reader.values(), values),
      last: [last.offset, last.key?.toString(), last.headers?.n?.toString()],
    };
    await reader.end();
  }
  await producer.disconnect();
  return seen;
}

async function nulls() {
  const topic = `${PREFIX}-nulls`;
  await create(topic, 1);
  await sent(topic, [
    { key: null, value: 'no key' },
    { key: 'no value', value: null },
    { key: '', value: '', headers: { empty: '', twice: ['a', 'b'] } },
  ]);
  const reader = await new Reader('nulls').start(topic);
  await until('three records', () => reader.got.length === 3);
  await reader.end();
  const text = (value: Buffer | null | undefined) => value?.toString() ?? null;
  return reader.got.map(({ key, value, headers }) => [text(key), text(value), JSON.stringify(headers)]);
}

async function idempotent() {
  const topic = `${PREFIX}-idempotent`;
  await create(topic, 1);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (const value of numbers(50)) await producer.send({ topic, messages: [{ value }] });
  await producer.disconnect();
  const reader = await new Reader('idempotent').start(topic);
  await until('fifty records', () => reader.got.length >= 50);
  await reader.end();
  return sameList(reader.values(), numbers(50));
}

async function times() {
  const topic = `${PREFIX}-times`;
  await create(topic, 1);
  await sent(
    topic,
    numbers(100).map((value, index) => ({ value, timestamp: String(BASE_MS + index * 1_000) })),
  );
  const asked = [BASE_MS - 5, BASE_MS, BASE_MS + 50_500, BASE_MS + 99_000, BASE_MS + 99_001];
  const found: unknown[] = [];
  for (const at of asked) found.push((await admin.fetchTopicOffsetsByTimestamp(topic, at))[0]?.offset);
  const reader = new Reader('times');
  await reader.start(topic);
  reader.consumer.seek({ topic, partition: 0, offset: '57' });
  await until('the rest', () => reader.got.length >= 43);
  await reader.end();
  const [ends] = await admin.fetchTopicOffsets(topic);
  return { found, middle: reader.values().slice(-43).slice(0, 3), ends: [ends?.low, ends?.high] };
}

async function groups() {
  await create(TOPIC, 4);
  await sent(
    TOPIC,
    numbers(100).map((value, index) => ({ key: `key-${index}`, value })),
  );
  const first = await new Reader('group').start(TOPIC);
  await until('all of it', () => first.got.length >= 100);
  const counts = [0, 1, 2, 3].map((partition) => first.got.filter((message) => message.partition === partition).length);
  const offsets = counts.map((count, partition) => ({ topic: TOPIC, partition, offset: String(count), metadata: 'm' }));
  await first.consumer.commitOffsets(offsets);
  const second = await new Reader('group').start(TOPIC);
  await until('two share', () => first.assigned.length === 2 && second.assigned.length === 2);
  const shared = [...first.assigned, ...second.assigned].toSorted();
  const described = await admin.describeGroups([`${PREFIX}-group`]);
  await first.end();
  await until('one is left', () => second.assigned.length === 4);
  const [committed] = await admin.fetchOffsets({ groupId: `${PREFIX}-group`, topics: [TOPIC] });
  const inUse = await outcome(admin.deleteGroups([`${PREFIX}-group`]), (error) => (error as Error).name);
  await second.end();
  return {
    counts,
    shared,
    'read again': first.got.length - 100 + second.got.length,
    described: described.groups.map(({ state, protocol, protocolType, members }) => [
      ...[state, protocol, protocolType],
      ...members.map(({ clientId }) => clientId),
    ]),
    committed: committed?.partitions.map(({ offset, metadata }) => [offset, metadata]),
    inUse,
    removed: await outcome(admin.deleteGroups([`${PREFIX}-group`]), (error) => (error as Error).name),
    listed: (await admin.listGroups()).groups.some(({ groupId }) => groupId === `${PREFIX}-group`),
  };
}

/** What a group has committed is moved: to places of one's own, to the end, to the start. Only while nobody is in it. */
async function resetting() {
  const [groupId, topic] = [`${PREFIX}-reset`, `${PREFIX}-reset`];
  await create(topic, 2);
  await sent(
    topic,
    numbers(10).map((value, index) => ({ partition: index % 2, value })),
  );
  const committed = async (resolveOffsets: boolean) => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic], resolveOffsets });
    return found?.partitions.map(({ partition, offset }) => `${partition}: ${offset}`).toSorted();
  };
  const readsOn = async (count: number) => {
    const reader = await new Reader('reset').start(topic);
    await until(`${count} records`, () => reader.got.length >= count);
    await reader.end();
    return reader.got.map(({ partition, offset }) => `${partition}: ${offset}`).toSorted();
  };
  const never = await committed(false);
  await admin.setOffsets({ groupId, topic, partitions: [0, 1].map((partition) => ({ partition, offset: '3' })) });
  const set = await committed(false);
  const fromThere = await readsOn(4);
  await admin.resetOffsets({ groupId, topic, earliest: false });
  const latest = [await committed(false), await committed(true), await committed(false)];
  await admin.resetOffsets({ groupId, topic, earliest: true });
  const earliest = await committed(false);
  const again = await readsOn(10);
  const resolved = [await committed(true), await committed(false)];
  const reader = await new Reader('reset').start(topic);
  await until('it is in the group', () => reader.joins > 0);
  const inUse = await outcome(admin.resetOffsets({ groupId, topic, earliest: true }), String);
  await reader.end();
  return { never, set, fromThere, latest, earliest, again, resolved, inUse };
}

async function administration() {
  const topic = `${PREFIX}-admin`;
  const made = await create(topic, 2);
  const again = await create(topic, 2);
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  const change = [{ name: 'retention.ms', value: '7200000' }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: change }] });
  await changed();
  const names = ['retention.ms', 'cleanup.policy', 'max.message.bytes'];
  const configs = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ ...resource, configNames: names }],
  });
  await sent(topic, [
    { partition: 0, value: 'a' },
    { partition: 0, value: 'b' },
  ]);
  const before = await admin.fetchTopicOffsets(topic); // kafkajs deletes only where it has looked before
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] });
  const offsets = await admin.fetchTopicOffsets(topic);
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const { brokers, controller } = await admin.describeCluster();
  const isBroker = (id: number | null) => brokers.some(({ nodeId }) => nodeId === id);
  await admin.deleteTopics({ topics: [topic] });
  const once = new Kafka({ ...connection, retry: { retries: 0 } }).admin();
  const gone = await outcome(once.deleteTopics({ topics: [topic] }), errorName);
  await once.disconnect();
  return {
    made,
    again,
    configs: configs.resources[0]?.configEntries
      .map(({ configName, configValue, isDefault }) => [configName, configValue, isDefault])
      .toSorted(),
    offsets: [before, offsets].map((list) => list.map(({ partition, low, high }) => [partition, low, high]).toSorted()),
    partitions: topics[0]?.partitions.map(({ partitionId, leader }) => [partitionId, isBroker(leader)]).toSorted(),
    cluster: [brokers.length, isBroker(controller)],
    gone,
  };
}

async function acls() {
  const rule = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: TOPIC,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:alice',
    host: '*',
    operation: AclOperationTypes.READ,
    permissionType: AclPermissionTypes.ALLOW,
  };
  await admin.createAcls({ acl: [rule] });
  await changed();
  const found = await admin.describeAcls(rule);
  const { filterResponses } = await admin.deleteAcls({ filters: [rule] });
  return {
    found: found.resources.map(({ acls: list }) => list),
    removed: filterResponses.map(({ matchingAcls }) => matchingAcls.length),
  };
}

await admin.connect();
await run({
  'produce with every codec': codecs,
  'null keys, values and headers': nulls,
  'idempotent producing': idempotent,
  'offsets by time, and seeking': times,
  'group with rebalances': groups,
  "reset of a group's offsets": resetting,
  'admin of topics and configs': administration,
  'admin of ACLs': acls,
});
await admin.disconnect();
