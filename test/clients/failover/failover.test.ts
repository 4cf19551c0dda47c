import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { TwoGateways } from '../gateways.ts';
import { type MemberEvent, Members, type Placed } from '../members.ts';
import { eventually } from '../topic-lines.ts';
import { commitsThatWentBack, ownedByTwo, owners, wronglyStored } from './checks.ts';

const TOPIC = 'failover';
const PARTITIONS = 6;
const MINUTE = 60_000;
/** A session that outlasts the loss of a gateway: nobody is to be taken for dead for it. */
const SESSION_MS = '45000';

type Library = 'java' | 'librdkafka';
const LIBRARIES = ['java', 'librdkafka'] as const;
/**
 * How often a client looks who is there. To librdkafka `metadata.max.age.ms` is another thing: when it forgets topics, without
 * looking. It joins a group only with its topics known, and one that looks for them at a gateway killed just then neither asks
 * again nor tells that it lives until it looks by itself (every 5 minutes): its session ends.
 */
const METADATA_EVERY = { java: 'metadata.max.age.ms', librdkafka: 'topic.metadata.refresh.interval.ms' } as const;

let gateways: TwoGateways;
const members = {} as Record<Library, Members>;
/** Processes of their own: what becomes of a transaction holds up nobody else. */
const movers = {} as Record<Library, Members>;

beforeAll(async () => {
  gateways = await TwoGateways.start(inject('ministack'));
  for (const library of LIBRARIES) {
    members[library] = new Members(library);
    movers[library] = new Members(library);
  }
  const admin = new kafkajs.Kafka({ brokers: [gateways.address(0)], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  // A ledger for each partition, so that their leaders are spread.
  const configEntries = [{ name: 'millrace.partitions.per.ledger', value: '1' }];
  const names = [TOPIC, ...LIBRARIES.map(movedBy)];
  await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: PARTITIONS, configEntries })) });
  await admin.disconnect();
  for (const library of LIBRARIES) {
    const config = { 'bootstrap.servers': gateways.bootstrap, acks: 'all', 'enable.idempotence': 'true' };
    const name = `from-${library}`;
    members[library].produce({ name, topic: TOPIC, partitions: PARTITIONS, everyMs: 20, config });
    move(library);
  }
  await sentMore(50);
}, 3 * MINUTE);

afterAll(async () => {
  for (const one of [...Object.values(members), ...Object.values(movers)]) one.end();
  await gateways?.end();
}, MINUTE);

/** Where a mover puts what it takes from the topic; its own name, too. */
function movedBy(library: Library): string {
  return `moved-by-${library}`;
}

/** Has a library move all records into a topic of its own, exactly once. */
function move(library: Library): void {
  const name = movedBy(library);
  const from = { 'bootstrap.servers': gateways.bootstrap, 'client.id': name };
  const config = {
    ...{ ...from, 'group.id': name, 'auto.offset.reset': 'earliest', 'enable.auto.commit': 'false' },
    ...{ 'isolation.level': 'read_committed', 'session.timeout.ms': SESSION_MS, 'heartbeat.interval.ms': '500' },
  };
  // A gateway's loss, and how long it is thought to live on, are to end no transaction.
  const producer = { ...from, 'transactional.id': name, 'transaction.timeout.ms': '120000' };
  const patience = {
    java: { 'max.block.ms': '120000' },
    // By itself librdkafka connects to a broker when it has need to, and TxnOffsetCommit may wait for a coordinator that was
    // killed just then without ever connecting to it again, far beyond its time-out.
    librdkafka: { 'enable.sparse.connections': 'false' },
  }[library];
  movers[library].move({ name, topic: TOPIC, to: name, config, producer: { ...producer, ...patience } });
}

/** Both producers having had so many more records acknowledged. */
async function sentMore(count: number): Promise<void> {
  for (const library of LIBRARIES) {
    const sent = () => members[library].of('sent', `from-${library}`).length;
    const before = sent();
    const enough = () => sent() >= before + count;
    await members[library].until(`${count} more records from ${library}`, enough, 2 * MINUTE);
  }
}

/** Says with an error what somebody told last, and what the threads of these processes are at. */
async function inVain(cause: unknown, told: readonly MemberEvent[], processes: readonly Members[]): Promise<never> {
  const states = await Promise.all(processes.map((one) => one.state()));
  const last = told.slice(-20).map((event) => JSON.stringify(event));
  throw new Error(`${String(cause)}\n${[...last, ...states].join('\n')}`, { cause });
}

/** A group of members of both libraries. */
class Group {
  readonly #config: Readonly<Record<Library, Readonly<Record<string, string>>>>;
  readonly id: string;
  readonly names: string[] = [];

  constructor(id: string, config: Readonly<Record<Library, Readonly<Record<string, string>>>>) {
    this.id = id;
    this.#config = config;
  }

  join(library: Library): void {
    const name = `${this.id}-${this.names.length}-${library}`;
    this.names.push(name);
    const config = {
      ...{ 'bootstrap.servers': gateways.bootstrap, 'group.id': this.id, 'client.id': name },
      ...{ 'auto.offset.reset': 'earliest', 'enable.auto.commit': 'false', [METADATA_EVERY[library]]: '5000' },
      ...this.#config[library],
    };
    members[library].consume({ name, topic: TOPIC, config });
  }

  /** What its members told of what they have and commit, in the order of time. */
  get events(): readonly MemberEvent[] {
    return LIBRARIES.flatMap((library) => this.names.flatMap((name) => members[library].told(name)))
      .filter(({ event }) => event !== 'read')
      .toSorted((one, other) => one.atMs - other.atMs);
  }

  count(event: MemberEvent['event']): number {
    return this.events.filter((one) => one.event === event).length;
  }

  /** Each partition having one owner, and each member a partition. */
  async untilSettled(): Promise<void> {
    await this.until('having settled', () => {
      const now = [...owners(this.events).values()];
      const all = now.length === PARTITIONS && now.every((names) => names.length === 1);
      return all && new Set(now.flat()).size === this.names.length;
    });
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const processes = Object.values(members);
    const over = async () => processes.some((one) => one.hasFailed) || holds();
    try {
      await eventually(`${this.id}: ${what}`, over, 2 * MINUTE);
      for (const one of processes) one.requireNoFailure();
    } catch (error) {
      await inVain(error, this.events, processes);
    }
  }

  async stop(): Promise<void> {
    for (const name of this.names) await members[name.endsWith('java') ? 'java' : 'librdkafka'].stop(name);
  }
}

const strategy = (java: string, librdkafka: string) => ({
  java: {
    'session.timeout.ms': SESSION_MS,
    'heartbeat.interval.ms': '500',
    'partition.assignment.strategy': `org.apache.kafka.clients.consumer.${java}`,
  },
  librdkafka: {
    'session.timeout.ms': SESSION_MS,
    'heartbeat.interval.ms': '500',
    'partition.assignment.strategy': librdkafka,
  },
});
const NEW = { 'group.protocol': 'consumer' };

describe.each([
  ['range', strategy('RangeAssignor', 'range')],
  ['cooperative-sticky', strategy('CooperativeStickyAssignor', 'cooperative-sticky')],
  ['new', { java: NEW, librdkafka: NEW }],
] as const)('a group with the protocol %s', (protocol, config) => {
  it(
    'goes on through the other gateway when one is killed in the middle of a rebalance and of commits',
    async () => {
      const group = new Group(`group-${protocol}`, config);
      for (const library of LIBRARIES) group.join(library);
      await group.untilSettled();
      // Either may be the group's coordinator: each is killed once.
      for (const which of [0, 1]) {
        const given = group.count('revoked');
        group.join(LIBRARIES[which]!);
        await group.until('a rebalance having begun', () => group.count('revoked') > given);
        await gateways.kill(which);
        // Whatever comes of this, what follows has two.
        onTestFinished(() => gateways.startAgain(which));
        const committed = group.count('committed');
        await group.untilSettled();
        await group.until('commits through the other gateway', () => group.count('committed') > committed + 10);
        await sentMore(20);
        await gateways.startAgain(which);
        await gateways.untilListed(2);
      }
      // Java's members, when they leave in the middle of a rebalance, call what they had lost.
      const lost = group.events.filter(({ event }) => event === 'lost');
      await group.stop();
      expect(lost).toEqual([]);
      expect(ownedByTwo(group.events)).toEqual([]);
      expect(commitsThatWentBack(group.events)).toEqual([]);
      const [last, stored] = [lastCommits(group.events), await committedOffsets(group.id)];
      expect(stored.filter((offset, partition) => offset < last[partition]!)).toEqual([]);
    },
    5 * MINUTE,
  );
});

describe('after all of it', () => {
  /** The topic, when nobody produces any more. */
  let stored: readonly Placed[];
  beforeAll(async () => {
    for (const library of LIBRARIES) await members[library].stop(`from-${library}`);
    stored = await storedRecords(TOPIC);
  }, 3 * MINUTE);

  it('each record that an idempotent producer had acknowledged is stored once and in order', () => {
    const told = LIBRARIES.flatMap((library) => members[library].told(`from-${library}`));
    expect(told.filter(({ event }) => event === 'refused')).toEqual([]);
    const sent = told.flatMap((one) => (one.event === 'sent' ? [one.what] : []));
    expect(wronglyStored(sent, stored)).toEqual([]);
  });

  it.each(LIBRARIES)(
    '%s has moved each record exactly once and in order, in transactions',
    async (library) => {
      const moved = await storedRecords(movedBy(library), stored.length).catch((error: unknown) =>
        inVain(error, movers[library].told(movedBy(library)), [movers[library]]),
      );
      await movers[library].stop(movedBy(library));
      for (let partition = 0; partition < PARTITIONS; partition++) {
        expect(valuesOf(moved, partition)).toEqual(valuesOf(stored, partition));
      }
    },
    5 * MINUTE,
  );
});

/** A partition's values, in the order of their offsets. */
function valuesOf(records: readonly Placed[], partition: number): readonly string[] {
  return records
    .filter(([of]) => of === partition)
    .toSorted((one, other) => one[1] - other[1])
    .map(([, , value]) => value);
}

/** The highest offsets that the group's members were told to have committed. */
function lastCommits(events: readonly MemberEvent[]): readonly number[] {
  return Array.from({ length: PARTITIONS }, (_, partition) =>
    Math.max(...events.map((one) => (one.event === 'committed' ? (one.what[partition] ?? 0) : 0))),
  );
}

async function committedOffsets(groupId: string): Promise<readonly number[]> {
  const admin = new kafkajs.Kafka({ brokers: [gateways.address(0)], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [TOPIC] });
  await admin.disconnect();
  return offsets!.partitions
    .toSorted((one, other) => one.partition - other.partition)
    .map(({ offset }) => Number(offset));
}

/** So many records of a topic, as a consumer finds them that begins at the start and reads what is committed; or all. */
async function storedRecords(topic: string, countGiven?: number): Promise<readonly Placed[]> {
  const kafka = new kafkajs.Kafka({ brokers: [gateways.address(0)], logLevel: kafkajs.logLevel.NOTHING });
  const count = countGiven ?? (await countOf(kafka, topic));
  const stored: Placed[] = [];
  const consumer = kafka.consumer({ groupId: `reader-of-${topic}`, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      stored.push([partition, Number(message.offset), String(message.value)]);
    },
  });
  try {
    await eventually(`${count} records in ${topic}`, async () => stored.length >= count, 3 * MINUTE);
  } finally {
    await consumer.disconnect();
  }
  return stored;
}

async function countOf(kafka: kafkajs.Kafka, topic: string): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
}
