// What users of @platformatic/kafka do, once over. Usage: platformatic.ts BOOTSTRAP PREFIX
import {
  Admin,
  Consumer,
  type ConsumerOptions,
  type MessagesStream,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import {
  BOOTSTRAP,
  changed,
  numbers,
  outcome,
  PREFIX,
  run,
  SECURITY,
  sameList,
  settle,
  texts,
  tlsOptions,
  until,
} from './observe.ts';

const TOPIC = `${PREFIX}-events`;
const BASE_MS = 1_700_000_000_000;
const connection = {
  ...{ clientId: 'me', bootstrapBrokers: [BOOTSTRAP], retries: 5, retryDelay: 200, timeout: 10_000 },
  ...(SECURITY && { tls: tlsOptions(SECURITY) }),
  ...(SECURITY?.sasl && { sasl: SECURITY.sasl }),
};
const admin = new Admin(connection);
const producer = new Producer({ ...connection, serializers: stringSerializers });
type Text = Consumer<string, string, string, string>;

// Some records are made to look old; retention must not take them.
const configs = [{ name: 'retention.ms', value: '-1' }];
const create = async (topic: string, partitions: number) => {
  const made = await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs });
  await settle();
  return made;
};

/** The names of Kafka's errors, wherever the client has put them. */
function errorNames(error: unknown): string {
  const { apiId, errors } = error as { apiId?: string; errors?: readonly unknown[] };
  if (apiId) return apiId;
  return errors ? [...new Set(errors.map(errorNames))].join() : String(error);
}

/** A consumer that gathers. */
class Reader {
  readonly got: { key: string; value: string; partition: number; offset: bigint; headers: string }[] = [];
  readonly consumer: Text;
  #stream: MessagesStream<string, string, string, string> | undefined;

  constructor(group: string, options: Partial<ConsumerOptions<string, string, string, string>> = {}) {
    this.consumer = new Consumer({
      ...connection,
      groupId: `${PREFIX}-${group}`,
      deserializers: stringDeserializers,
      maxWaitTime: 200,
      autocommit: false,
      ...options,
    } as ConsumerOptions<string, string, string, string>);
  }

  async start(topic: string, from: 'earliest' | 'committed' | bigint = 'earliest'): Promise<this> {
    const where =
      typeof from === 'bigint'
        ? { mode: 'manual' as const, offsets: [{ topic, partition: 0, offset: from }] }
        : { mode: from, fallbackMode: 'earliest' as const };
    const timing = { sessionTimeout: 6_000, heartbeatInterval: 300 };
    this.#stream = await this.consumer.consume({ topics: [topic], ...where, ...timing, autocommit: false });
    this.#stream.on('data', ({ key, value, partition, offset, headers }) => {
      this.got.push({ key, value, partition, offset, headers: JSON.stringify([...headers]) });
    });
    return this;
  }

  /** This client shows a record more than once while it has several partitions, on Kafka too. */
  places(): ReadonlySet<string> {
    return new Set(this.got.map(({ partition, offset }) => `${partition} ${offset}`));
  }

  partitions(): readonly number[] {
    return (this.consumer.assignments ?? []).flatMap(({ partitions }) => partitions).toSorted();
  }

  async end(): Promise<void> {
    await this.#stream?.close();
    await this.consumer.close(true);
  }
}

async function codecs() {
  const seen: Record<string, unknown> = {};
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const topic = `${PREFIX}-${compression}`;
    await create(topic, 1);
    const values = texts(1_000, 200);
    const messages = values.map((value, index) => ({
      topic,
      key: `k${index % 7}`,
      value,
      headers: { n: String(index) },
    }));
    const answers = [
      await producer.send({ compression, messages: messages.slice(0, 500) }),
      await producer.send({ compression, messages: messages.slice(500) }),
    ];
    const reader = await new Reader(`codec-${compression}`).start(topic);
    await until(`${compression} records`, () => reader.got.length >= values.length);
    const last = reader.got.at(-1)!;
    seen[compression] = {
      offsets: answers.map(({ offsets }) => offsets?.map(({ partition, offset }) => [partition, String(offset)])),
      same: sameList(
        reader.got.map(({ value }) => value),
        values,
      ),
      last: [String(last.offset), last.key, last.headers],
    };
    await reader.end();
  }
  return seen;
}

async function idempotent() {
  const topic = `${PREFIX}-idempotent`;
  await create(topic, 1);
  const sender = new Producer({ ...connection, serializers: stringSerializers, idempotent: true });
  for (const value of numbers(50)) await sender.send({ messages: [{ topic, value }] });
  await sender.close();
  const reader = await new Reader('idempotent').start(topic);
  await until('fifty records', () => reader.got.length >= 50);
  await reader.end();
  return sameList(
    reader.got.map(({ value }) => value),
    numbers(50),
  );
}

async function times() {
  const topic = `${PREFIX}-times`;
  await create(topic, 1);
  const stamped = numbers(100).map((value, index) => ({ topic, value, timestamp: BigInt(BASE_MS + index * 1_000) }));
  await producer.send({ messages: stamped });
  const reader = new Reader('times');
  const found: string[][] = [];
  for (const at of [BASE_MS - 5, BASE_MS, BASE_MS + 50_500, BASE_MS + 99_000, BASE_MS + 99_001, -1, -2]) {
    const offsets = await reader.consumer.listOffsetsWithTimestamps({ topics: [topic], timestamp: BigInt(at) });
    const place = offsets.get(topic)?.get(0);
    found.push([String(place?.offset), String(place?.timestamp)]);
  }
  await reader.start(topic, 57n);
  await until('the rest', () => reader.got.length >= 43);
  await reader.end();
  return { found, middle: reader.got.slice(0, 3).map(({ value }) => value) };
}

/** The partitions of two members once they share them: one may still show the two that it had of an earlier sharing. */
async function sharing(one: Reader, other: Reader): Promise<readonly number[]> {
  const both = () => [...one.partitions(), ...other.partitions()].toSorted();
  await until('two share', () => one.partitions().length === 2 && sameList(both(), [0, 1, 2, 3]));
  return both();
}

/** One member, two, one again; what was committed is not read twice. */
async function share(group: string, options: Partial<ConsumerOptions<string, string, string, string>> = {}) {
  const first = await new Reader(group, options).start(TOPIC, 'committed');
  await until('all of it', () => first.places().size >= 100);
  const alone = first.partitions();
  const places = [...first.places()];
  const counts = [0, 1, 2, 3].map((partition) => places.filter((place) => place.startsWith(`${partition} `)).length);
  await first.consumer.commit({
    offsets: counts.map((count, partition) => ({ topic: TOPIC, partition, offset: BigInt(count), leaderEpoch: 0 })),
  });
  const second = await new Reader(group, options).start(TOPIC, 'committed');
  const shared = await sharing(first, second);
  await first.end();
  await until('one is left', () => second.partitions().length === 4);
  const committed = await second.consumer.listCommittedOffsets({
    topics: [{ topic: TOPIC, partitions: [0, 1, 2, 3] }],
  });
  await second.end();
  return {
    ...{ counts, alone, shared },
    'read again': second.got.length,
    committed: committed.get(TOPIC)?.map(String),
  };
}

async function classicGroup() {
  await create(TOPIC, 4);
  await producer.send({ messages: numbers(100).map((value) => ({ topic: TOPIC, key: `key-${value}`, value })) });
  return share('classic');
}

const consumerGroup = () => share('consumer', { groupProtocol: 'consumer' });

/** This client leaves its group when it closes, though its members are static; one that comes back has a new place. */
async function staticMembers() {
  const group = `${PREFIX}-static`;
  const member = (instance: string) => new Reader('static', { groupInstanceId: instance }).start(TOPIC, 'committed');
  const instances = async () => {
    const members = (await admin.describeGroups({ groups: [group] })).get(group)!.members;
    return [...members.values()].map(({ groupInstanceId }) => groupInstanceId).toSorted();
  };
  const other = await member('two');
  const visits: unknown[] = [];
  for (let visit = 0; visit < 2; visit++) {
    const one = await member('one');
    const shared = await sharing(one, other);
    const together = await instances();
    await one.end();
    visits.push({ shared, together, left: await instances() });
  }
  await until('one is left', () => other.partitions().length === 4);
  await other.end();
  return visits;
}

async function administration() {
  const topic = `${PREFIX}-admin`;
  const made = await create(topic, 2);
  await changed();
  const again = await outcome(create(topic, 2), errorNames);
  await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: null }] });
  await admin.incrementalAlterConfigs({
    resources: [
      {
        resourceType: 2,
        resourceName: topic,
        configs: [{ name: 'retention.ms', configOperation: 0, value: '7200000' }],
      },
    ],
  });
  await changed();
  const configurationKeys = ['retention.ms', 'cleanup.policy'];
  const [described] = await admin.describeConfigs({
    resources: [{ resourceType: 2, resourceName: topic, configurationKeys }],
  });
  await producer.send({ messages: ['a', 'b'].map((value) => ({ topic, partition: 0, value })) });
  const deleted = await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 1n }] }] });
  const metadata = await admin.metadata({ topics: [topic], forceUpdate: true });
  const listed = (await admin.listTopics()).includes(topic);
  await admin.deleteTopics({ topics: [topic] });
  await changed();
  return {
    made: made.map(({ partitions, replicas }) => [partitions, replicas]),
    again,
    configs: described?.configs.map(({ name, value, configSource }) => [name, value, configSource]).toSorted(),
    deleted: deleted.map(({ partitions }) => partitions.map(({ lowWatermark }) => String(lowWatermark))),
    metadata: [metadata.brokers.size, metadata.topics.get(topic)?.partitionsCount, listed],
    gone: await outcome(admin.deleteTopics({ topics: [topic] }), errorNames),
  };
}

async function groupAdministration() {
  const groupId = `${PREFIX}-classic`;
  const offsets = async () =>
    (await admin.listConsumerGroupOffsets({ groups: [groupId] })).flatMap(({ topics }) =>
      topics.flatMap(({ partitions }) =>
        partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, String(committedOffset)]).toSorted(),
      ),
    );
  const before = await offsets();
  const partitionOffsets = [{ partition: 0, offset: 5n }];
  await admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: TOPIC, partitionOffsets }] });
  const changed = await offsets();
  await admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: TOPIC, partitionIndexes: [1] }] });
  const described = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
  return {
    ...{ before, changed },
    'one removed': await offsets(),
    described: [described?.state, described?.protocolType, described?.members.size],
    listed: (await admin.listGroups({})).has(groupId),
    removed: await outcome(admin.deleteGroups({ groups: [groupId] }), errorNames),
    'removed again': await outcome(admin.deleteGroups({ groups: [groupId] }), errorNames),
  };
}

async function accessRules() {
  const [ANY, READ, WRITE] = [1, 3, 4] as const;
  const [DENY, ALLOW] = [2, 3] as const;
  const topic = { resourceType: 2, resourceName: TOPIC, resourcePatternType: 3 } as const;
  const from = { ...topic, host: '*' };
  const rulesOf = (principal: string | null) =>
    ({ ...topic, principal, host: null, operation: ANY, permissionType: ANY }) as const;
  const found = async () => {
    await changed();
    const resources = await admin.describeAcls({ filter: rulesOf(null) });
    return resources
      .flatMap(({ acls }) => acls)
      .map(({ principal, host, operation, permissionType }) => [principal, host, operation, permissionType])
      .toSorted();
  };
  await admin.createAcls({
    creations: [
      { ...from, principal: 'User:alice', operation: READ, permissionType: ALLOW },
      { ...from, principal: 'User:bob', operation: WRITE, permissionType: DENY },
    ],
  });
  const made = await found();
  const removed = await admin.deleteAcls({ filters: [rulesOf('User:bob')] });
  return { made, removed: removed.map(({ principal }) => principal), left: await found() };
}

await run({
  'produce with every codec': codecs,
  'idempotent producing': idempotent,
  'offsets by time, and seeking': times,
  'classic group': classicGroup,
  'group of the new protocol': consumerGroup,
  'static members': staticMembers,
  'admin of topics and configs': administration,
  'admin of groups': groupAdministration,
  'admin of ACLs': accessRules,
});
await producer.close();
await admin.close();
