import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { type Client, connect } from '../client.ts';
import { JOIN, Member, openTimed, type TimedWorld } from './members.ts';

let world: TimedWorld;
let ordersId: string;

beforeEach(async () => {
  world = openTimed();
  await world.platform.topics.create('orders', { partitions: 4 });
  await world.platform.topics.create('payments', { partitions: 2 });
  const { topics } = await world.client.call('Metadata', { topics: [{ name: 'orders' }] }, 12);
  ordersId = topics[0]!.topicId;
});
afterEach(() => world.close());

const BEAT = {
  groupId: 'billing',
  memberEpoch: 0,
  rebalanceTimeoutMs: 30_000,
  subscribedTopicNames: ['orders'],
  topicPartitions: [],
};

/** A consumer of the new protocol, which does at once what it is told. */
class Consumer {
  readonly client: Client;
  readonly memberId: string;
  epoch = 0;
  owned: { topicId: string; partitions: readonly number[] }[] = [];

  constructor(memberId: string) {
    this.memberId = memberId;
    this.client = connect(world.gateway);
  }

  async beat(wishes: object = {}) {
    const { memberId, epoch, owned } = this;
    const joins = epoch === 0 ? BEAT : { groupId: 'billing', rebalanceTimeoutMs: -1, topicPartitions: owned };
    const answer = await this.client.call('ConsumerGroupHeartbeat', {
      ...joins,
      memberId,
      memberEpoch: epoch,
      ...wishes,
    });
    if (answer.errorCode === 0) this.epoch = answer.memberEpoch;
    if (answer.assignment) this.owned = [...answer.assignment.topicPartitions];
    return answer;
  }

  get partitions(): number[] {
    return this.owned.flatMap(({ partitions }) => partitions).sort((a, b) => a - b);
  }
}

describe('ConsumerGroupHeartbeat', () => {
  test('assigns on the server, by topic id, and moves partitions only once they were given up', async () => {
    const [one, two] = [new Consumer('one'), new Consumer('two')];
    const first = await one.beat();
    expect(first).toMatchObject({ errorCode: 0, memberId: 'one', heartbeatIntervalMs: 5_000 });
    expect(first.assignment!.topicPartitions).toEqual([{ topicId: ordersId, partitions: [0, 1, 2, 3] }]);
    await two.beat();
    expect(two.partitions).toEqual([]);
    for (let rounds = 0; rounds < 4; rounds++) for (const member of [one, two]) await member.beat();
    expect([...one.partitions, ...two.partitions].sort()).toEqual([0, 1, 2, 3]);
    expect(one.partitions).toHaveLength(2);
    // Nothing new is not told again.
    expect((await one.beat({ topicPartitions: null })).assignment).toBeNull();
  });

  test('fences commits of epochs that are over, and takes those of now', async () => {
    const one = new Consumer('one');
    await one.beat();
    const commit = async (epoch: number) => {
      const topics = [
        { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] },
      ];
      const request = { groupId: 'billing', memberId: 'one', generationIdOrMemberEpoch: epoch, topics };
      return (await world.client.call('OffsetCommit', request)).topics[0]!.partitions[0]!.errorCode;
    };
    expect(await commit(one.epoch)).toBe(0);
    expect(await commit(one.epoch + 1)).toBe(KAFKA_ERRORS.STALE_MEMBER_EPOCH);
    const fetch = async (memberEpoch: number) => {
      const groups = [{ groupId: 'billing', memberId: 'one', memberEpoch, topics: null }];
      return (await world.client.call('OffsetFetch', { groups })).groups[0]!.errorCode;
    };
    expect(await fetch(one.epoch)).toBe(0);
    expect(await fetch(one.epoch + 1)).toBe(KAFKA_ERRORS.STALE_MEMBER_EPOCH);
  });

  test('takes subscriptions by pattern, alone and with names', async () => {
    const one = new Consumer('one');
    const { assignment } = await one.beat({ subscribedTopicNames: [], subscribedTopicRegex: 'pay.*|none' });
    expect(assignment!.topicPartitions.map(({ partitions }) => partitions)).toEqual([[0, 1]]);
    await one.beat({ subscribedTopicNames: ['orders'], subscribedTopicRegex: 'pay.*' });
    await one.beat();
    expect(one.partitions).toEqual([0, 0, 1, 1, 2, 3]);
    expect((await one.beat({ subscribedTopicRegex: '(' })).errorCode).toBe(KAFKA_ERRORS.INVALID_REGULAR_EXPRESSION);
  });

  test('lets members leave, for good and for a restart', async () => {
    const [one, two] = [new Consumer('one'), new Consumer('two')];
    await one.beat({ instanceId: 'eins' });
    expect((await one.beat({ memberEpoch: -2, instanceId: 'eins' })).memberEpoch).toBe(-2);
    await two.beat();
    await two.beat();
    expect(two.partitions).toHaveLength(2);
    const again = new Consumer('again');
    await again.beat({ instanceId: 'eins' });
    expect(again.partitions).toHaveLength(2);
    await again.beat({ memberEpoch: -1, instanceId: 'eins' });
    await two.beat();
    expect(two.partitions).toHaveLength(4);
  });

  test('refuses by the names that its clients know', async () => {
    const one = new Consumer('one');
    expect((await one.beat({ serverAssignor: 'sticky' })).errorCode).toBe(KAFKA_ERRORS.UNSUPPORTED_ASSIGNOR);
    expect((await one.beat({ memberId: '' })).errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
    expect((await one.beat({ topicPartitions: null })).errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
    expect((await one.beat({ memberEpoch: 7 })).errorCode).toBe(KAFKA_ERRORS.UNKNOWN_MEMBER_ID);
    await one.beat();
    expect((await one.beat({ memberEpoch: 70 })).errorCode).toBe(KAFKA_ERRORS.FENCED_MEMBER_EPOCH);
    const classic = new Member(world);
    expect((await world.done(classic.join())).errorCode).toBe(KAFKA_ERRORS.INCONSISTENT_GROUP_PROTOCOL);
    await one.beat({ memberEpoch: -1 });
    await world.done(classic.join());
    one.epoch = 0;
    expect(await one.beat()).toMatchObject({
      errorCode: KAFKA_ERRORS.GROUP_ID_NOT_FOUND,
      errorMessage: expect.stringContaining('classic protocol'),
    });
  });

  test('gives an id to a member of version 0', async () => {
    const answer = await world.client.call('ConsumerGroupHeartbeat', { ...BEAT, memberId: '' }, 0);
    expect(answer.memberId).toHaveLength(26);
  });
});

describe('ConsumerGroupDescribe', () => {
  test.each([0, 1])('shows members of Kafka and of HTTP alike, in version %i', async (version) => {
    await new Consumer('one').beat({ serverAssignor: 'range' });
    await world.platform.groups.heartbeat('billing', { memberId: 'h', subscription: { pattern: 'o.*' } });
    const asked = ['billing', 'none'];
    const { groups } = await world.client.call('ConsumerGroupDescribe', { groupIds: asked }, version);
    expect(groups[0]).toMatchObject({ errorCode: 0, groupState: 'Reconciling', assignorName: 'range' });
    const [one, http] = groups[0]!.members;
    expect(one).toMatchObject({
      memberId: 'one',
      clientId: 'test',
      clientHost: '/10.0.0.7',
      subscribedTopicNames: ['orders'],
    });
    expect(one!.assignment.topicPartitions).toEqual([
      { topicId: ordersId, topicName: 'orders', partitions: [0, 1, 2, 3] },
    ]);
    expect(http).toMatchObject({ memberId: 'h', subscribedTopicRegex: 'o.*' });
    expect(http!.targetAssignment.topicPartitions[0]!.partitions).toHaveLength(2);
    expect(groups[1]!.errorCode).toBe(KAFKA_ERRORS.GROUP_ID_NOT_FOUND);
  });

  test('does not show classic groups', async () => {
    await world.done(new Member(world).join());
    const { groups } = await world.client.call('ConsumerGroupDescribe', { groupIds: [JOIN.groupId] });
    expect(groups[0]!.errorCode).toBe(KAFKA_ERRORS.GROUP_ID_NOT_FOUND);
  });
});
