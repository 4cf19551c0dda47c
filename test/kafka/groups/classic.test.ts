import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { committed, finish, JOIN, Member, openTimed, subscription, type TimedWorld } from './members.ts';

let world: TimedWorld;

beforeEach(async () => {
  world = openTimed();
  await world.platform.topics.create('orders', { partitions: 4 });
});
afterEach(() => world.close());

/** Two members in a stable generation, the leader first. */
async function pair(): Promise<[Member, Member]> {
  const [one, two] = [new Member(world), new Member(world)];
  await world.done(one.join());
  await world.done(one.sync());
  const joining = two.join();
  await beaten(one);
  await world.done(Promise.all([joining, one.join()]));
  await world.done(Promise.all([two.sync(), one.sync({ [one.memberId]: 'first', [two.memberId]: 'second' })]));
  return [one, two];
}

/** Heartbeats until the member is asked to join again. */
async function beaten(member: Member): Promise<void> {
  while ((await world.done(member.heartbeat())) === 0) await world.clock.advance(100);
}

describe('JoinGroup and SyncGroup', () => {
  test('bring a group together: the leader learns who is there, and each member gets what the leader gave it', async () => {
    const [one, two] = [new Member(world), new Member(world)];
    const alone = await world.done(one.join());
    expect(alone).toMatchObject({
      errorCode: 0,
      leader: one.memberId,
      protocolName: 'range',
      protocolType: 'consumer',
    });
    expect(one.memberId).toMatch(/^test-[0-9A-Z]{26}$/);
    await world.done(one.sync({ [one.memberId]: 'all' }));

    const joining = two.join();
    await beaten(one);
    const [follower, leader] = await world.done(Promise.all([joining, one.join()]));
    expect(follower).toMatchObject({ leader: one.memberId, members: [], generationId: alone.generationId + 1 });
    expect(leader.members.map(({ memberId }) => memberId)).toEqual([one.memberId, two.memberId]);
    expect(Buffer.from(leader.members[1]!.metadata)).toEqual(Buffer.from(JOIN.protocols[0]!.metadata));

    const waiting = two.sync();
    await world.clock.advance(9_000);
    const synced = await world.done(Promise.all([waiting, one.sync({ [two.memberId]: 'second' })]));
    expect(synced.map(({ assignment }) => Buffer.from(assignment).toString())).toEqual(['second', '']);
    expect(synced[0]).toMatchObject({ protocolType: 'consumer', protocolName: 'range' });
    expect(await one.heartbeat()).toBe(0);
  });

  test('begin a group after the initial delay, with all that came meanwhile', async () => {
    const delayed = openTimed({ gateway: { groupInitialRebalanceDelayMs: 3_000 } });
    const members = [new Member(delayed), new Member(delayed), new Member(delayed)];
    const joining = Promise.all(members.map((member) => member.join()));
    await delayed.clock.advance(2_900);
    let over = false;
    void joining.then(() => {
      over = true;
    });
    await delayed.clock.advance(50);
    expect(over).toBe(false);
    const answers = await delayed.done(joining);
    expect(new Set(answers.map(({ generationId }) => generationId))).toEqual(new Set([1]));
    expect(answers.map(({ members: told }) => told.length).sort()).toEqual([0, 0, 3]);
    await delayed.close();
  });

  test.each(Array.from({ length: 10 }, (_, version) => version))('work in version %i of JoinGroup', async (version) => {
    const member = new Member(world);
    const joined = await world.done(member.join({}, version));
    expect(joined).toMatchObject({ errorCode: 0, protocolName: 'range', leader: member.memberId });
    const syncVersion = Math.min(version, 5);
    const { assignment } = await world.done(member.sync({ [member.memberId]: 'all' }, syncVersion));
    expect(Buffer.from(assignment).toString()).toBe('all');
    expect(await member.heartbeat(Math.min(version, 4))).toBe(0);
    const leaveVersion = Math.min(version, 5);
    const leaver = { memberId: member.memberId };
    const leave = leaveVersion < 3 ? leaver : { members: [leaver] };
    const left = await member.client.call('LeaveGroup', { groupId: JOIN.groupId, ...leave }, leaveVersion);
    expect(left.errorCode).toBe(0);
    expect(await member.heartbeat(Math.min(version, 4))).toBe(KAFKA_ERRORS.UNKNOWN_MEMBER_ID);
  });

  test('refuse what Kafka refuses, by its names', async () => {
    const { client } = world;
    const errorOf = async (wishes: object) =>
      (await world.done(client.call('JoinGroup', { ...JOIN, ...wishes }))).errorCode;
    expect(await errorOf({ groupId: '' })).toBe(KAFKA_ERRORS.INVALID_GROUP_ID);
    expect(await errorOf({ sessionTimeoutMs: 10 })).toBe(KAFKA_ERRORS.INVALID_SESSION_TIMEOUT);
    expect(await errorOf({ memberId: 'nobody' })).toBe(KAFKA_ERRORS.UNKNOWN_MEMBER_ID);
    expect(await errorOf({ protocols: [] })).toBe(KAFKA_ERRORS.INCONSISTENT_GROUP_PROTOCOL);
    const [, two] = await pair();
    expect(await errorOf({ protocolType: 'connect' })).toBe(KAFKA_ERRORS.INCONSISTENT_GROUP_PROTOCOL);
    expect(await errorOf({ protocols: [{ name: 'other', metadata: Buffer.of() }] })).toBe(
      KAFKA_ERRORS.INCONSISTENT_GROUP_PROTOCOL,
    );
    two.generation--;
    expect((await two.sync()).errorCode).toBe(KAFKA_ERRORS.ILLEGAL_GENERATION);
    expect(await two.heartbeat()).toBe(KAFKA_ERRORS.ILLEGAL_GENERATION);
    expect(await two.commit(1)).toBe(KAFKA_ERRORS.ILLEGAL_GENERATION);
  });

  test('go on without a member that stopped, after its session', async () => {
    const [one, two] = await pair();
    for (let i = 0; i < 4; i++) {
      await world.clock.advance(3_000);
      await one.heartbeat();
    }
    expect(await one.heartbeat()).toBe(KAFKA_ERRORS.REBALANCE_IN_PROGRESS);
    const joined = await world.done(one.join());
    expect(joined.members.map(({ memberId }) => memberId)).toEqual([one.memberId]);
    expect(await two.heartbeat()).toBe(KAFKA_ERRORS.UNKNOWN_MEMBER_ID);
    expect((await two.sync()).errorCode).toBe(KAFKA_ERRORS.UNKNOWN_MEMBER_ID);
    expect(await two.commit(7)).toBe(KAFKA_ERRORS.UNKNOWN_MEMBER_ID);
  });

  test('hold a member alive for as long as they hold its request, and not for longer', async () => {
    const [one] = await pair();
    const three = new Member(world);
    const joining = three.join({ rebalanceTimeoutMs: 60_000 });
    // Nobody else joins again: the wait is longer than three sessions, in which the others beat their hearts.
    for (let i = 0; i < 9; i++) {
      await world.clock.advance(3_000);
      expect(await one.heartbeat()).toBe(KAFKA_ERRORS.REBALANCE_IN_PROGRESS);
    }
    const gone = new Member(world);
    void gone.join({ rebalanceTimeoutMs: 60_000 }).catch(() => {});
    await world.clock.advance(100);
    gone.client.session.close();
    const joined = await world.done(joining);
    expect(joined.errorCode).toBe(0);
    await world.clock.advance(11_000);
    const { members } = await world.platform.groups.describe(JOIN.groupId);
    expect(members.map(({ memberId }) => memberId)).not.toContain(gone.memberId);
  });

  test('let go of what they hold when the connection or the gateway ends: clients look for another', async () => {
    await pair();
    const three = new Member(world);
    const joining = three.join();
    await world.clock.advance(100);
    three.client.session.close();
    expect((await joining).errorCode).toBe(KAFKA_ERRORS.NOT_COORDINATOR);
    await world.clock.advance(60_000);
    expect(world.clock.sleepers).toBe(0);
  });

  test('rebalance when a member leaves, and leave the group empty with its offsets', async () => {
    const [one, two] = await pair();
    expect(await two.commit(5)).toBe(0);
    const leave = (member: Member) =>
      member.client.call('LeaveGroup', { groupId: JOIN.groupId, members: [{ memberId: member.memberId }] });
    expect((await leave(two)).members).toMatchObject([{ errorCode: 0 }]);
    expect(await one.heartbeat()).toBe(KAFKA_ERRORS.REBALANCE_IN_PROGRESS);
    expect((await leave(two)).members).toMatchObject([{ errorCode: KAFKA_ERRORS.UNKNOWN_MEMBER_ID }]);
    await leave(one);
    expect(await world.platform.groups.describe(JOIN.groupId)).toMatchObject({ kind: 'classic', state: 'empty' });
    expect(await committed(world.client)).toBe(5);
  });
});

describe('static members', () => {
  test('come back without a rebalance; whoever acts under the old id is fenced', async () => {
    const one = new Member(world, 'eins');
    await world.done(one.join());
    await world.done(one.sync({ [one.memberId]: 'all' }));
    const again = new Member(world, 'eins');
    const joined = await world.done(again.join());
    expect(joined).toMatchObject({ generationId: one.generation, skipAssignment: true, leader: again.memberId });
    expect(Buffer.from((await again.sync()).assignment).toString()).toBe('all');
    expect(await one.heartbeat()).toBe(KAFKA_ERRORS.FENCED_INSTANCE_ID);
    expect((await one.sync()).errorCode).toBe(KAFKA_ERRORS.FENCED_INSTANCE_ID);
    expect(await one.commit(3)).toBe(KAFKA_ERRORS.UNKNOWN_MEMBER_ID);
    expect(await again.commit(3)).toBe(0);
    const third = new Member(world, 'eins');
    expect(await world.done(third.join({}, 8))).toMatchObject({
      leader: again.memberId,
      members: [],
      skipAssignment: false,
    });
  });

  test('are removed by their instance id alone', async () => {
    const one = new Member(world, 'eins');
    await world.done(one.join());
    const left = await world.client.call('LeaveGroup', {
      groupId: JOIN.groupId,
      members: [{ memberId: '', groupInstanceId: 'eins' }],
    });
    expect(left.members).toMatchObject([{ groupInstanceId: 'eins', errorCode: 0 }]);
  });
});

describe('two gateways over one store', () => {
  test('serve one group: members at both meet, and one that moves finds its place', async () => {
    const other = openTimed({ clock: world.clock, stores: world.stores, seed: 2 });
    const [one, two] = [new Member(world), new Member(other)];
    await world.done(one.join());
    await world.done(one.sync());
    const joining = two.join();
    await beaten(one);
    const [, leader] = await world.done(Promise.all([joining, one.join()]));
    expect(leader.members).toHaveLength(2);
    const waiting = two.sync();
    await world.clock.advance(1_000);
    const [synced] = await world.done(Promise.all([waiting, one.sync({ [two.memberId]: 'second' })]));
    expect(Buffer.from(synced.assignment).toString()).toBe('second');
    // The second gateway is killed: its member asks the first one.
    other.gateway.close();
    const moved = Object.assign(new Member(world), { memberId: two.memberId, generation: two.generation });
    expect(await moved.heartbeat()).toBe(0);
    expect(await moved.commit(11)).toBe(0);
  });

  test('go on where one was closed while it held requests to join and to sync', async () => {
    const other = openTimed({ clock: world.clock, stores: world.stores, seed: 2 });
    const [one, two] = [new Member(other), new Member(world)];
    await world.done(one.join());
    await world.done(one.sync());
    const joining = two.join();
    await beaten(one);
    other.gateway.close();
    const moved = Object.assign(new Member(world), { memberId: one.memberId, generation: one.generation });
    const [followed, led] = await world.done(Promise.all([joining, moved.join()]));
    expect([followed.errorCode, led.errorCode]).toEqual([0, 0]);
    const [synced] = await finish(world.clock, Promise.all([two.sync(), moved.sync({ [two.memberId]: 'second' })]));
    expect(Buffer.from(synced.assignment).toString()).toBe('second');
  });
});

test('groups of the classic protocol and of HTTP keep apart while they have members, and share their offsets', async () => {
  const { groups } = world.platform;
  const [one] = await pair();
  const http = { subscription: { topics: ['orders'] }, sessionTimeoutMs: 10_000 };
  await expect(groups.heartbeat(JOIN.groupId, http)).rejects.toMatchObject({ code: 'group_inconsistent_protocol' });
  expect(await one.commit(7)).toBe(0);
  await world.clock.advance(30_000); // both sessions end
  const { memberId } = await groups.heartbeat(JOIN.groupId, http);
  expect((await groups.committed(JOIN.groupId, 'orders'))[0]).toMatchObject({
    offset: 7,
    metadata: `by ${one.memberId}`,
  });
  const late = new Member(world);
  expect((await world.done(late.join())).errorCode).toBe(KAFKA_ERRORS.INCONSISTENT_GROUP_PROTOCOL);
  await groups.leave(JOIN.groupId, { memberId });
  expect((await world.done(late.join())).errorCode).toBe(0);
  expect(late.generation).toBeGreaterThan(one.generation);
});

test('what members are assigned is told to operators, as far as they are consumers', async () => {
  const member = new Member(world);
  await world.done(member.join({ protocols: [{ name: 'range', metadata: subscription(['orders', 'payments']) }] }));
  await world.done(member.sync());
  const { members } = await world.platform.groups.describe(JOIN.groupId);
  expect(members[0]).toMatchObject({ subscription: { topics: ['orders', 'payments'] }, clientHost: '/10.0.0.7' });
  const { partitions } = await world.platform.groups.lag(JOIN.groupId);
  expect(partitions.map(({ topic }) => topic)).toEqual(Array.from({ length: 4 }, () => 'orders'));
});
