import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { JOIN, Member, openTimed, type TimedWorld } from './members.ts';

let world: TimedWorld;

beforeEach(async () => {
  world = openTimed();
  await world.platform.topics.create('orders', { partitions: 4 });
});
afterEach(() => world.close());

async function stableGroup(): Promise<Member> {
  const member = new Member(world, 'eins');
  await world.done(member.join());
  await world.done(member.sync({ [member.memberId]: 'all' }));
  return member;
}

function joinHttp(group: string) {
  return world.platform.groups.heartbeat(group, {
    memberId: 'h',
    clientId: 'http',
    subscription: { topics: ['orders'] },
  });
}

describe('ListGroups', () => {
  test('has groups of all kinds, with their states and types, and filters by them', async () => {
    await stableGroup();
    await joinHttp('over-http');
    await world.platform.groups.commit('offsets-only', [{ topic: 'orders', partition: 0, offset: 0 }], 'anyone');
    const list = async (filters: object) => (await world.client.call('ListGroups', filters)).groups;
    const classic = { groupId: 'billing', protocolType: 'consumer', groupState: 'Stable', groupType: 'Classic' };
    const offsets = { groupId: 'offsets-only', protocolType: '', groupState: 'Empty', groupType: 'Classic' };
    const http = { groupId: 'over-http', protocolType: 'consumer', groupState: 'Stable', groupType: 'Consumer' };
    expect(await list({})).toEqual([classic, offsets, http]);
    expect(await list({ statesFilter: ['stable'] })).toEqual([classic, http]);
    expect(await list({ typesFilter: ['consumer'] })).toEqual([http]);
    expect(await list({ statesFilter: ['Empty'], typesFilter: ['classic'] })).toEqual([offsets]);
    expect(await list({ typesFilter: ['share'] })).toEqual([]);
    for (const version of [0, 1, 2, 3, 4, 5]) {
      const { groups } = await world.client.call('ListGroups', {}, version);
      expect(groups.map(({ groupId }) => groupId)).toEqual(['billing', 'offsets-only', 'over-http']);
    }
  });
});

describe('DescribeGroups', () => {
  test.each([0, 1, 2, 3, 4, 5, 6])('shows classic groups in version %i', async (version) => {
    const member = await stableGroup();
    await joinHttp('over-http');
    const { groups } = await world.client.call('DescribeGroups', { groups: ['billing', 'over-http', 'none'] }, version);
    const [billing, ...others] = groups;
    expect(billing).toMatchObject({
      errorCode: 0,
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
    });
    expect(billing!.members).toHaveLength(1);
    expect(billing!.members[0]).toMatchObject({
      memberId: member.memberId,
      groupInstanceId: version >= 4 ? 'eins' : null,
      clientId: 'test',
      clientHost: '/10.0.0.7',
    });
    expect(Buffer.from(billing!.members[0]!.memberAssignment).toString()).toBe('all');
    const missing = version >= 6 ? KAFKA_ERRORS.GROUP_ID_NOT_FOUND : 0;
    for (const other of others) expect(other).toMatchObject({ errorCode: missing, groupState: 'Dead', members: [] });
  });

  test('tells what is allowed, where that is asked', async () => {
    await stableGroup();
    const asked = { groups: ['billing'], includeAuthorizedOperations: true };
    const { groups } = await world.client.call('DescribeGroups', asked);
    expect(groups[0]!.authorizedOperations).toBeGreaterThan(0);
  });
});

describe('DeleteGroups', () => {
  test('deletes groups without members', async () => {
    await stableGroup();
    await world.platform.groups.commit('old', [{ topic: 'orders', partition: 0, offset: 0 }], 'anyone');
    const { results } = await world.client.call('DeleteGroups', { groupsNames: ['billing', 'old', 'none', ''] });
    expect(results.map(({ errorCode }) => errorCode)).toEqual([
      KAFKA_ERRORS.NON_EMPTY_GROUP,
      0,
      KAFKA_ERRORS.GROUP_ID_NOT_FOUND,
      KAFKA_ERRORS.INVALID_GROUP_ID,
    ]);
    await world.clock.advance(20_000);
    expect((await world.client.call('DeleteGroups', { groupsNames: ['billing'] })).results[0]!.errorCode).toBe(0);
    expect((await world.client.call('ListGroups', {})).groups).toEqual([]);
  });
});

test('groups of routes are for their routes: nobody else joins, moves or deletes them', async () => {
  const config = { 'connector.class': 'webhook', topics: 'orders', 'webhook.url': 'http://127.0.0.1:9/' };
  await world.done(world.platform.routes.create('copy', config));
  const groupId = 'route.copy';
  const refused = KAFKA_ERRORS.GROUP_AUTHORIZATION_FAILED;
  const { client } = world;
  expect((await client.call('JoinGroup', { ...JOIN, groupId })).errorCode).toBe(refused);
  const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] }];
  const committed = await client.call('OffsetCommit', { groupId, generationIdOrMemberEpoch: -1, topics });
  expect(committed.topics[0]!.partitions[0]!.errorCode).toBe(refused);
  expect((await client.call('DeleteGroups', { groupsNames: [groupId] })).results[0]!.errorCode).toBe(refused);
  expect((await client.call('OffsetDelete', { groupId, topics: [] })).errorCode).toBe(refused);
  const read = await client.call('OffsetFetch', { groups: [{ groupId, topics: null }] });
  expect(read.groups[0]!.errorCode).toBe(0);
});
