import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { connect } from '../client.ts';
import { batchOf, recordsOf } from '../records.ts';
import { clientOf, Fleet, gather, Sender, until } from './fleet.ts';

/** So many that leaders, which follow from a topic's random id, are never all the same: one in 2^31. */
const PARTITIONS = 32;
const GROUP = { groupId: 'g', sessionTimeout: 6_000, heartbeatInterval: 200, maxWaitTimeInMs: 100 } as const;

let fleet: Fleet;
beforeEach(() => {
  fleet = new Fleet();
});
afterEach(() => fleet.end());

/** A topic whose partitions have a ledger each, so that its leaders are spread. */
async function makeTopic(bootstrap: string, topic: string): Promise<void> {
  const admin = clientOf([bootstrap]).admin();
  await admin.connect();
  const configEntries = [{ name: 'millrace.partitions.per.ledger', value: '1' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, configEntries }] });
  await admin.disconnect();
}

async function clusterAt(bootstrap: string) {
  const admin = clientOf([bootstrap]).admin();
  await admin.connect();
  const { brokers, controller, clusterId } = await admin.describeCluster();
  await admin.disconnect();
  return { nodes: brokers.map(({ nodeId }) => nodeId).sort(), controller, clusterId };
}

async function leadersAt(bootstrap: string, topic: string): Promise<number[]> {
  const admin = clientOf([bootstrap]).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.disconnect();
  return [...topics[0]!.partitions].sort((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
}

const listed = async (bootstrap: string, count: number) => (await clusterAt(bootstrap)).nodes.length === count;

describe('two gateways over one store', () => {
  it('are one cluster to a client of either', async () => {
    const [a, b] = [await fleet.start('a'), await fleet.start('b')];
    await until(() => listed(a.address, 2), 'the first one seeing the second');
    for (const { address } of [a, b]) {
      // Any can do a controller's work: the one that is asked names itself.
      const controller = expect.toBeOneOf([0, 1]);
      expect(await clusterAt(address)).toEqual({ nodes: [0, 1], controller, clusterId: 'millrace' });
    }
    await makeTopic(a.address, 't');
    const leaders = await leadersAt(a.address, 't');
    expect(new Set(leaders)).toEqual(new Set([0, 1]));
    expect(await leadersAt(b.address, 't')).toEqual(leaders);
  });

  it('carry what is produced through one to who consumes through the other', async () => {
    const [a, b] = [await fleet.start('a'), await fleet.start('b')];
    await until(() => listed(a.address, 2), 'the first one seeing the second');
    await makeTopic(a.address, 't');
    const consumer = clientOf([b.address]).consumer(GROUP);
    const got = await gather(consumer, 't');
    const producer = clientOf([a.address]).producer();
    await producer.connect();
    const values = Array.from({ length: 80 }, (_, i) => `v${i}`);
    for (const [i, value] of values.entries()) {
      await producer.send({ topic: 't', messages: [{ value, partition: i % PARTITIONS }] });
    }
    await until(() => got.length >= values.length, 'reading all');
    expect(got.toSorted()).toEqual(values.toSorted());
    await producer.disconnect();
    await consumer.disconnect();
  });

  it('serve each what the other leads', async () => {
    const [a, b] = [await fleet.start('a'), await fleet.start('b')];
    await until(() => listed(a.address, 2), 'the first one seeing the second');
    await makeTopic(a.address, 't');
    const leaders = await leadersAt(a.address, 't');
    const partition = leaders.indexOf(b.brokerId);
    const throughA = connect(a.gateway);
    const produced = await throughA.call('Produce', {
      acks: -1,
      timeoutMs: 5_000,
      topicData: [{ name: 't', partitionData: [{ index: partition, records: batchOf('x', 'y') }] }],
    });
    expect(produced.responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: KAFKA_ERRORS.NONE, baseOffset: 0 });
    for (const { gateway } of [a, b]) {
      const fetched = await connect(gateway).call('Fetch', {
        replicaId: -1,
        maxWaitMs: 1_000,
        minBytes: 1,
        maxBytes: 1_000_000,
        topics: [{ topic: 't', partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
      });
      const [{ errorCode, records }] = fetched.responses[0]!.partitions as [
        (typeof fetched.responses)[0]['partitions'][0],
      ];
      expect(errorCode).toBe(KAFKA_ERRORS.NONE);
      expect(recordsOf(records).map(([, value]) => value)).toEqual(['x', 'y']);
    }
  });

  it('lose nothing that was acknowledged when one is killed without a word, and clients go on', async () => {
    const [a, b] = [await fleet.start('a'), await fleet.start('b')];
    await until(() => listed(a.address, 2), 'the first one seeing the second');
    await makeTopic(a.address, 't');
    const kafka = clientOf([a.address, b.address]);
    const consumer = kafka.consumer(GROUP);
    const got = await gather(consumer, 't');
    const sender = new Sender(kafka.producer()).start('t', PARTITIONS);
    await until(() => got.length > 50, 'a stream of events');
    await b.kill();
    const before = sender.acknowledged.length;
    await until(() => sender.acknowledged.length > before + 100, 'producing on');
    await until(() => listed(a.address, 1), 'the killed one being gone');
    expect(new Set(await leadersAt(a.address, 't'))).toEqual(new Set([a.brokerId]));
    await sender.stop();
    await until(() => sender.acknowledged.every((value) => got.includes(value)), 'reading all that was acknowledged');
    await consumer.disconnect();
  });

  it('answer administrators while one that was killed is still listed', async () => {
    const [a, b] = [await fleet.start('a'), await fleet.start('b')];
    await until(() => listed(b.address, 2), 'both being listed');
    await a.kill();
    await makeTopic(b.address, 'made');
    expect((await clusterAt(b.address)).controller).toBe(b.brokerId);
  });

  it('can be scaled to none and back: groups go on where they were', async () => {
    const [a, b] = [await fleet.start('a'), await fleet.start('b')];
    await makeTopic(a.address, 't');
    const send = async (bootstrap: string, ...values: string[]) => {
      const producer = clientOf([bootstrap]).producer();
      await producer.connect();
      await producer.send({ topic: 't', messages: values.map((value, partition) => ({ value, partition })) });
      await producer.disconnect();
    };
    await send(a.address, 'one', 'two', 'three');
    const first = clientOf([a.address]).consumer(GROUP);
    const got = await gather(first, 't');
    await until(() => got.length === 3, 'reading what is there');
    await first.disconnect();
    await a.stop();
    await b.kill();
    const c = await fleet.start('c');
    await send(c.address, 'four');
    const second = clientOf([c.address]).consumer(GROUP);
    const more = await gather(second, 't');
    await until(() => more.length > 0, 'reading on');
    expect(more).toEqual(['four']);
    await second.disconnect();
  });
});
