import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { JOIN, Member, openTimed, type TimedWorld } from './members.ts';

let world: TimedWorld;

beforeEach(async () => {
  world = openTimed();
  await world.platform.topics.create('orders', { partitions: 4 });
  await world.platform.topics.create('payments', { partitions: 40 });
});
afterEach(() => world.close());

const NOBODY = { groupId: JOIN.groupId, generationIdOrMemberEpoch: -1, memberId: '' };

function at(partitionIndex: number, committedOffset: number, committedMetadata: string | null = null) {
  return { partitionIndex, committedOffset, committedMetadata };
}

/** Commits as nobody in particular, and returns the errors per topic. */
async function commit(topics: { name: string; partitions: ReturnType<typeof at>[] }[], version = 9) {
  const answer = await world.client.call('OffsetCommit', { ...NOBODY, topics }, version);
  return answer.topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
}

describe('OffsetCommit and OffsetFetch', () => {
  test.each([2, 3, 4, 5, 6, 7, 8, 9])('keep offset and metadata, committed in version %i', async (version) => {
    expect(await commit([{ name: 'orders', partitions: [at(0, 7, 'seven'), at(3, 9)] }], version)).toEqual([[0, 0]]);
    for (const fetchVersion of [1, 2, 3, 4, 5, 6, 7]) {
      const asked = [{ name: 'orders', partitionIndexes: [0, 1, 3] }];
      const { topics } = await world.client.call('OffsetFetch', { groupId: JOIN.groupId, topics: asked }, fetchVersion);
      expect(topics[0]!.partitions).toMatchObject([
        { partitionIndex: 0, committedOffset: 7, metadata: 'seven', errorCode: 0 },
        { partitionIndex: 1, committedOffset: -1, metadata: '', errorCode: 0 },
        { partitionIndex: 3, committedOffset: 9, metadata: '', errorCode: 0 },
      ]);
    }
  });

  test('keep what is below 0, as kafkajs commits the start and the end', async () => {
    expect(await commit([{ name: 'orders', partitions: [at(0, -2), at(1, -1)] }])).toEqual([[0, 0]]);
    const { groups } = await world.client.call('OffsetFetch', { groups: [{ groupId: JOIN.groupId, topics: null }] });
    expect(groups[0]!.topics[0]!.partitions.map((one) => one.committedOffset)).toEqual([-2, -1]);
  });

  test('keep the leader epoch', async () => {
    const partitions = [{ ...at(0, 7), committedLeaderEpoch: 3 }, at(1, 8)];
    await world.client.call('OffsetCommit', { ...NOBODY, topics: [{ name: 'orders', partitions }] });
    const { groups } = await world.client.call('OffsetFetch', { groups: [{ groupId: JOIN.groupId, topics: null }] });
    expect(groups[0]!.topics[0]!.partitions.map((one) => one.committedLeaderEpoch)).toEqual([3, -1]);
  });

  test('refuse what is wrong alone, and commit the rest', async () => {
    const answer = await commit([
      { name: 'orders', partitions: [at(0, 5), at(4, 1), at(-1, 1), at(1, 1, 'x'.repeat(4_097))] },
      { name: 'missing', partitions: [at(0, 5)] },
    ]);
    const { UNKNOWN_TOPIC_OR_PARTITION, OFFSET_METADATA_TOO_LARGE } = KAFKA_ERRORS;
    expect(answer).toEqual([
      [0, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_OR_PARTITION, OFFSET_METADATA_TOO_LARGE],
      [UNKNOWN_TOPIC_OR_PARTITION],
    ]);
    const { groups } = await world.client.call('OffsetFetch', {
      groups: [{ groupId: JOIN.groupId, topics: [{ name: 'orders', partitionIndexes: [0] }] }],
    });
    expect(groups[0]!.topics[0]!.partitions[0]!.committedOffset).toBe(5);
  });

  test('without a member are for groups that have none', async () => {
    const member = new Member(world);
    await world.done(member.join());
    expect(await member.commit(1)).toBe(KAFKA_ERRORS.REBALANCE_IN_PROGRESS);
    await world.done(member.sync());
    expect(await member.commit(1)).toBe(0);
    expect(await commit([{ name: 'orders', partitions: [at(0, 5)] }])).toEqual([[KAFKA_ERRORS.UNKNOWN_MEMBER_ID]]);
    await world.clock.advance(30_000);
    expect(await commit([{ name: 'orders', partitions: [at(0, 5)] }])).toEqual([[0]]);
  });

  test('of a member are taken while it is asked to join again, until the next generation', async () => {
    const [one, two] = [new Member(world), new Member(world)];
    await world.done(one.join());
    await world.done(one.sync());
    const joining = two.join();
    await world.clock.advance(200);
    expect(await one.heartbeat()).toBe(KAFKA_ERRORS.REBALANCE_IN_PROGRESS);
    expect(await one.commit(4)).toBe(0);
    const old = one.generation;
    await world.done(Promise.all([joining, one.join()]));
    const late = Object.assign(new Member(world), { memberId: one.memberId, generation: old });
    expect(await late.commit(5)).toBe(KAFKA_ERRORS.ILLEGAL_GENERATION);
    expect(await one.commit(5)).toBe(KAFKA_ERRORS.REBALANCE_IN_PROGRESS);
  });

  test('answer for several groups, all topics, and groups and topics that are not there', async () => {
    await commit([
      { name: 'payments', partitions: Array.from({ length: 40 }, (_, i) => at(i, i)) },
      { name: 'orders', partitions: [at(2, 5)] },
    ]);
    const { groups } = await world.client.call('OffsetFetch', {
      groups: [
        { groupId: JOIN.groupId, topics: null },
        { groupId: 'other', topics: null },
        { groupId: 'other', topics: [{ name: 'missing', partitionIndexes: [1] }] },
        {
          groupId: JOIN.groupId,
          topics: ['a', 'b', 'c', 'd', 'orders'].map((name) => ({ name, partitionIndexes: [2] })),
        },
        { groupId: JOIN.groupId, memberId: 'nobody', memberEpoch: 3, topics: null },
      ],
    });
    expect(groups.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0, 0, KAFKA_ERRORS.UNKNOWN_MEMBER_ID]);
    expect(groups[0]!.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['orders', 1],
      ['payments', 40],
    ]);
    expect(groups[1]!.topics).toEqual([]);
    expect(groups[2]!.topics[0]!.partitions[0]).toMatchObject({ committedOffset: -1, errorCode: 0 });
    expect(groups[3]!.topics.map(({ partitions }) => partitions[0]!.committedOffset)).toEqual([-1, -1, -1, -1, 5]);
  });

  test('are read by a member of the classic protocol that says who it is, as franz-go does', async () => {
    const member = new Member(world);
    await world.done(member.join());
    const { memberId, generation } = member;
    const { groups } = await member.client.call('OffsetFetch', {
      groups: [{ groupId: JOIN.groupId, memberId, memberEpoch: generation, topics: null }],
    });
    expect(groups[0]).toMatchObject({ errorCode: 0, topics: [] });
  });
});

describe('OffsetDelete', () => {
  test('forgets single partitions, but none of what members subscribe to', async () => {
    await commit([
      { name: 'payments', partitions: Array.from({ length: 40 }, (_, i) => at(i, i)) },
      { name: 'orders', partitions: [at(2, 5)] },
    ]);
    const member = new Member(world);
    await world.done(member.join());
    const topics = [
      { name: 'orders', partitions: [{ partitionIndex: 2 }] },
      { name: 'payments', partitions: [{ partitionIndex: 1 }, { partitionIndex: 39 }] },
      { name: 'missing', partitions: [{ partitionIndex: 0 }] },
    ];
    const answer = await world.client.call('OffsetDelete', { groupId: JOIN.groupId, topics });
    expect(answer.topics.map(({ partitions }) => partitions[0]!.errorCode)).toEqual([
      KAFKA_ERRORS.GROUP_SUBSCRIBED_TO_TOPIC,
      0,
      KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    const left = await world.platform.groups.committed(JOIN.groupId);
    expect(left).toHaveLength(39);
    expect(left.some(({ topic, partition }) => topic === 'payments' && (partition === 1 || partition === 39))).toBe(
      false,
    );
    expect((await world.client.call('OffsetDelete', { groupId: 'other', topics })).errorCode).toBe(
      KAFKA_ERRORS.GROUP_ID_NOT_FOUND,
    );
  });
});
