import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker, View } from '../../../lib/kafka/cluster/index.ts';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';
import { batchOf } from '../records.ts';

/** This gateway in zone a, another one in zone b. */
const brokers: readonly Broker[] = [
  { id: 0, host: 'a.example', port: 9092, rack: 'a' },
  { id: 1, host: 'b.example', port: 9092, rack: 'b' },
];

function viewOf(agreed: boolean): View {
  return {
    brokers,
    self: brokers[0]!,
    controllerId: 0,
    leaderOf: () => 1,
    coordinatorOf: () => brokers[1]!,
    nearerReplica: (_, rack) => (rack === 'b' ? 1 : undefined),
    mayRefuseFor: (id) => agreed && id === 1,
  };
}

let world: World;
let agreed: boolean;
beforeEach(async () => {
  agreed = true;
  world = openWorld({ gateway: { cluster: { view: async () => viewOf(agreed) } } });
  await world.platform.topics.create('t', { partitions: 2 });
});
afterEach(() => world.close());

function fetch(rackId: string, session: { sessionId?: number; sessionEpoch?: number; partitions?: number[] } = {}) {
  const { partitions = [0], sessionId = 0, sessionEpoch = -1 } = session;
  return world.client.call('Fetch', {
    replicaId: -1,
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes: 1_000_000,
    rackId,
    sessionId,
    sessionEpoch,
    topics:
      partitions.length === 0
        ? []
        : [
            {
              topic: 't',
              partitions: partitions.map((partition) => ({
                partition,
                currentLeaderEpoch: -1,
                lastFetchedEpoch: -1,
                fetchOffset: 0,
                partitionMaxBytes: 1_000,
              })),
            },
          ],
  });
}

const join = () =>
  world.client.call('JoinGroup', {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
  });

describe('a gateway that is not the nearest', () => {
  it('names the one in the consumer’s zone, at once and without records', async () => {
    const { responses } = await fetch('b');
    const [partition] = responses[0]!.partitions;
    expect(partition).toMatchObject({ errorCode: KAFKA_ERRORS.NONE, preferredReadReplica: 1 });
    expect(partition!.records).toHaveLength(0);
  });

  it.each(['', 'a', 'elsewhere'])('serves a consumer in zone "%s" itself', async (rackId) => {
    const { responses } = await fetch(rackId);
    expect(responses[0]!.partitions[0]).toMatchObject({ preferredReadReplica: -1, highWatermark: 0 });
  });

  it('names it again in a fetch session that goes on', async () => {
    const { sessionId } = await fetch('b', { sessionEpoch: 0 });
    for (const sessionEpoch of [1, 2]) {
      const { responses } = await fetch('b', { sessionId, sessionEpoch, partitions: [] });
      expect(responses[0]?.partitions[0]).toMatchObject({ preferredReadReplica: 1 });
    }
  });

  it('says itself that a partition is not there', async () => {
    const { responses } = await fetch('b', { partitions: [7] });
    expect(responses[0]!.partitions[0]).toMatchObject({
      errorCode: KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION,
      preferredReadReplica: -1,
    });
  });
});

describe('a gateway that does not coordinate a group', () => {
  it('sends members to the one that does, while all are sure who that is', async () => {
    expect(await join()).toMatchObject({ errorCode: KAFKA_ERRORS.NOT_COORDINATOR });
  });

  it('takes them itself otherwise', async () => {
    agreed = false;
    expect(await join()).toMatchObject({ errorCode: KAFKA_ERRORS.MEMBER_ID_REQUIRED });
  });
});

describe('a gateway that does not lead a partition', () => {
  it('takes what is produced to it', async () => {
    const { responses } = await world.client.call('Produce', {
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf('x') }] }],
    });
    expect(responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: KAFKA_ERRORS.NONE, baseOffset: 0 });
  });
});
