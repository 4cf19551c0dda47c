import { MessagesStreamModes, Consumer as PlatformaticConsumer, stringDeserializers } from '@platformatic/kafka';
import kafkajs, { type Consumer } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from '../../../lib/platform.ts';
import { Fleet, type ServedGateway, until } from './fleet.ts';

const { AssignerProtocol, Kafka, logLevel, PartitionAssigners } = kafkajs;

let fleet: Fleet;
let gateway: ServedGateway;
const ending: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  fleet = new Fleet();
  gateway = await fleet.start();
  await gateway.platform.topics.create('orders', { partitions: 6 });
});
afterEach(async () => {
  await Promise.all(ending.splice(0).map((end) => end()));
  await fleet.close();
});

/** One kafkajs consumer of the group `billing`, and what it was given in its last rebalance. */
class Reader {
  readonly consumer: Consumer;
  readonly values: string[] = [];
  partitions: readonly number[] = [];
  joins = 0;

  constructor(brokers: readonly string[], { protocol = 'range' as 'range' | 'round-robin' } = {}) {
    const kafka = new Kafka({
      brokers: [...brokers],
      clientId: 'me',
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 20 },
    });
    const named = protocol === 'range' ? [RANGE] : [PartitionAssigners.roundRobin];
    this.consumer = kafka.consumer({
      groupId: 'billing',
      sessionTimeout: 6_000,
      heartbeatInterval: 100,
      maxWaitTimeInMs: 100,
      partitionAssigners: named,
    });
    this.consumer.on('consumer.group_join', ({ payload }) => {
      this.joins++;
      this.partitions = Object.values(payload.memberAssignment).flat();
    });
    ending.push(() => this.consumer.disconnect());
  }

  async start(): Promise<this> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: ['orders'], fromBeginning: true });
    await this.consumer.run({
      autoCommitInterval: 50,
      eachMessage: async ({ message }) => {
        this.values.push(message.value!.toString());
      },
    });
    return this;
  }
}

/** Kafka's range assignor, which kafkajs leaves to its users. */
const RANGE: typeof PartitionAssigners.roundRobin = ({ cluster }) => ({
  name: 'range',
  version: 0,
  assign: async ({ members, topics }) => {
    const ids = members.map(({ memberId }) => memberId).sort();
    return ids.map((memberId, i) => {
      const assignment: Record<string, number[]> = {};
      for (const topic of topics) {
        const all = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        assignment[topic] = all.filter((_, at) => Math.floor((at * ids.length) / all.length) === i);
      }
      return {
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: Buffer.of() }),
      };
    });
  },
  protocol: ({ topics }) => ({
    name: 'range',
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.of() }),
  }),
});

async function produce(platform: Platform, from: number, to: number): Promise<void> {
  const events = Array.from({ length: to - from }, (_, i) => ({
    key: Buffer.from(`k${from + i}`),
    value: Buffer.from(String(from + i)),
  }));
  await platform.events.produce('orders', events);
}

async function shared(readers: readonly Reader[]): Promise<void> {
  await until(() => {
    const all = readers.flatMap(({ partitions }) => partitions).sort();
    return all.join() === '0,1,2,3,4,5' && readers.every(({ partitions }) => partitions.length === 6 / readers.length);
  }, `${readers.length} readers share the partitions`);
}

function missing(readers: readonly Reader[], count: number): number[] {
  const seen = new Set(readers.flatMap(({ values }) => values));
  return Array.from({ length: count }, (_, i) => i).filter((i) => !seen.has(String(i)));
}

describe('kafkajs', () => {
  test.each(['range', 'round-robin'] as const)(
    'shares partitions among two members, then three, then two: %s',
    async (protocol) => {
      const readers = [new Reader([gateway.address], { protocol }), new Reader([gateway.address], { protocol })];
      await Promise.all(readers.map((reader) => reader.start()));
      await shared(readers);
      await produce(gateway.platform, 0, 50);
      readers.push(await new Reader([gateway.address], { protocol }).start());
      await shared(readers);
      await produce(gateway.platform, 50, 100);
      await until(() => missing(readers, 100).length === 0, 'all events to be read');
      const described = await gateway.platform.groups.describe('billing');
      expect(described).toMatchObject({ kind: 'classic', state: 'stable', protocolType: 'consumer' });
      expect(
        described.members.flatMap(({ assignment }) => assignment.flatMap(({ partitions }) => partitions)).sort(),
      ).toEqual([0, 1, 2, 3, 4, 5]);
      await readers.pop()!.consumer.disconnect();
      await shared(readers);
      await until(async () => (await gateway.platform.groups.lag('billing')).total === 0, 'all to be committed');
    },
  );

  test('reads on from what was committed, and its administrators see, reset and delete the group', async () => {
    const reader = await new Reader([gateway.address]).start();
    await produce(gateway.platform, 0, 20);
    await until(() => reader.values.length === 20, 'the first twenty');
    await reader.consumer.disconnect();
    await produce(gateway.platform, 20, 30);
    const again = await new Reader([gateway.address]).start();
    await until(() => again.values.length === 10, 'the next ten');
    await again.consumer.disconnect();
    expect(again.values.map(Number).sort((a, b) => a - b)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);

    const admin = new Kafka({ brokers: [gateway.address], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    ending.push(() => admin.disconnect());
    expect((await admin.listGroups()).groups).toEqual([{ groupId: 'billing', protocolType: 'consumer' }]);
    expect((await admin.describeGroups(['billing'])).groups[0]).toMatchObject({
      state: 'Empty',
      protocolType: 'consumer',
    });
    await admin.setOffsets({ groupId: 'billing', topic: 'orders', partitions: [{ partition: 0, offset: '0' }] });
    const [orders] = await admin.fetchOffsets({ groupId: 'billing', topics: ['orders'] });
    expect(orders!.partitions.find(({ partition }) => partition === 0)!.offset).toBe('0');
    await admin.deleteGroups(['billing']);
    expect((await admin.listGroups()).groups).toEqual([]);
  });

  test('goes on at the other gateway when the one that coordinates its group ends, from the stored state', async () => {
    const other = await fleet.start();
    const both = [gateway.address, other.address];
    // Gateways learn of each other within a beat.
    await until(async () => {
      const admin = new Kafka({ brokers: [gateway.address], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      await admin.disconnect();
      return brokers.length === 2;
    }, 'both gateways to be seen');
    const readers = [new Reader(both), new Reader(both)];
    await Promise.all(readers.map((reader) => reader.start()));
    await shared(readers);
    await produce(other.platform, 0, 40);
    await until(() => missing(readers, 40).length === 0, 'the first forty');
    const producing = produce(other.platform, 40, 80);
    await gateway.close();
    await producing;
    await produce(other.platform, 80, 120);
    await until(() => missing(readers, 120).length === 0, 'all events to be read', 30_000);
    await shared(readers);
    expect(await other.platform.groups.describe('billing')).toMatchObject({ state: 'stable' });
  });
});

describe('@platformatic/kafka', () => {
  const consumer = (options: object = {}) => {
    const made = new PlatformaticConsumer({
      clientId: 'me',
      groupId: 'billing',
      bootstrapBrokers: [gateway.address],
      deserializers: stringDeserializers,
      sessionTimeout: 6_000,
      heartbeatInterval: 100,
      rebalanceTimeout: 6_000,
      maxWaitTime: 100,
      ...options,
    });
    ending.push(() => made.close(true).catch(() => {}));
    return made;
  };
  const partitionsOf = (one: ReturnType<typeof consumer>) => {
    return (one.assignments ?? []).flatMap(({ partitions }) => partitions).sort();
  };

  test('shares partitions among two members, one of them static', async () => {
    const [one, two] = [consumer({ groupInstanceId: 'eins' }), consumer()];
    await one.joinGroup({});
    expect(one.memberId).toMatch(/^eins-/);
    one.topics.trackAll('orders');
    const streams = await Promise.all(
      [one, two].map((each) =>
        each.consume({ topics: ['orders'], mode: MessagesStreamModes.EARLIEST, autocommit: 100 }),
      ),
    );
    const values: string[] = [];
    for (const stream of streams) stream.on('data', ({ value }) => values.push(String(value)));
    await until(() => [...partitionsOf(one), ...partitionsOf(two)].sort().join() === '0,1,2,3,4,5', 'both to share');
    await produce(gateway.platform, 0, 30);
    await until(() => new Set(values).size === 30, 'all events to be read');
  });
});
