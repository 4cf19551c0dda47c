import { describe, expect, test } from 'vitest';
import { GroupError } from '../../lib/group/errors.ts';
import { decodeGroup, encodeGroup } from '../../lib/group/group-bytes.ts';
import { heartbeat } from '../../lib/group/membership.ts';
import { bytes, ClassicPlay, RANGE, refusal, STICKY } from './classic-states.ts';
import { Played, topics } from './states.ts';

describe('a generation', () => {
  test('begins at once with the first member where no delay is set, and it leads', () => {
    const group = new ClassicPlay();
    const ticket = group.join();
    expect(group.joined(ticket)).toMatchObject({ generation: 1, protocol: 'range', leader: ticket.memberId });
    expect(group.joined(ticket)!.members).toEqual([
      { memberId: ticket.memberId, instanceId: undefined, metadata: RANGE.metadata },
    ]);
    expect(group.sync(ticket.memberId, 1, { [ticket.memberId]: 'all' })).toBe('all');
    expect(group.phase).toBe('stable');
  });

  test('waits for the flock: each new member makes the first delay begin anew, up to the rebalance time-out', () => {
    const group = new ClassicPlay();
    const first = group.join('', { initialDelayMs: 3_000, rebalanceTimeoutMs: 7_000 });
    for (let i = 0; i < 3; i++) {
      group.nowMs += 2_000;
      group.join('', { initialDelayMs: 3_000, rebalanceTimeoutMs: 7_000 });
    }
    group.nowMs += 900;
    expect(group.joined(first)).toBeUndefined();
    group.nowMs += 100;
    expect(group.joined(first)!.members).toHaveLength(4);
  });

  test('waits for all members, and tells those who are late by their heartbeats', () => {
    const group = new ClassicPlay();
    const [a, b] = group.settled(2) as [string, string];
    const old = group.generation;
    const ticket = group.join();
    expect(group.joined(ticket)).toBeUndefined();
    expect(refusal(() => group.beat(a, old))).toBe('group_rebalancing');
    group.join(b);
    expect(group.joined(ticket)).toBeUndefined();
    const leader = group.join(a);
    expect(group.joined(ticket)).toMatchObject({ generation: old + 1, members: [] });
    expect(group.joined(leader)!.members.map(({ memberId }) => memberId)).toEqual([a, b, ticket.memberId]);
  });

  test('goes on without members that do not join again in time', () => {
    const group = new ClassicPlay({ sessionTimeoutMs: 60_000 });
    const [a, b] = group.settled(2) as [string, string];
    const ticket = group.join(a);
    group.nowMs += 30_000;
    expect(group.joined(ticket)).toBeUndefined();
    group.nowMs += 1;
    expect(group.joined(ticket)!.members.map(({ memberId }) => memberId)).toEqual([a]);
    expect(refusal(() => group.beat(b, group.generation))).toBe('member_unknown');
  });

  test('is led by another where the leader does not come again', () => {
    const group = new ClassicPlay({ sessionTimeoutMs: 60_000 });
    const [a, b] = group.settled(2) as [string, string];
    expect(group.state.classic!.leader).toBe(a);
    const ticket = group.join(b, { protocols: [{ ...RANGE, metadata: bytes('changed') }] });
    group.nowMs += 30_001;
    expect(group.joined(ticket)).toMatchObject({ leader: b });
  });

  test('goes by the protocol that most of the members prefer among those that all know', () => {
    const group = new ClassicPlay();
    const both = { protocols: [STICKY, RANGE] };
    const ids = [group.join('', both).memberId, group.join('', both).memberId];
    group.join(ids[0]!, both);
    expect(group.state.classic!.protocol).toBe('sticky');
    ids.push(group.join('', { protocols: [RANGE] }).memberId);
    for (const id of ids.slice(0, 2)) group.join(id, both);
    expect(group.state.classic).toMatchObject({ phase: 'syncing', protocol: 'range' });
    expect(refusal(() => group.join('', { protocols: [STICKY] }))).toBe('group_inconsistent_protocol');
    expect(refusal(() => group.join('', { protocolType: 'connect' }))).toBe('group_inconsistent_protocol');
  });

  test('takes its number from one series, also where the group was of the other kind in between', () => {
    const group = new ClassicPlay();
    const [a] = group.settled(1) as [string];
    group.leave({ memberId: a });
    const { state, answer } = heartbeat(
      group.state,
      { memberId: 'h', epoch: 0, subscription: { topics: ['orders'] }, topics: topics({ orders: 1 }) },
      group.nowMs,
    );
    expect(answer).not.toBeInstanceOf(GroupError);
    expect(state.classic).toBeUndefined();
    group.state = state;
    expect(refusal(() => group.join())).toBe('group_inconsistent_protocol');
    expect(group.leave({ memberId: 'h' })).toEqual([undefined]);
    const before = group.state.epoch;
    expect(group.joined(group.join())!.generation).toBeGreaterThan(before);
  });

  test('refuses members of the other kind while it has members', () => {
    const group = new ClassicPlay();
    group.settled(1);
    const beat = { memberId: 'h', epoch: 0, subscription: { topics: ['orders'] }, topics: topics({ orders: 1 }) };
    const { state, answer } = heartbeat(group.state, beat, group.nowMs);
    expect(answer).toMatchObject({ code: 'group_inconsistent_protocol' });
    expect(state.members.size).toBe(0);
  });

  test('comes back from its bytes as it was, in every phase, and deflated', () => {
    const group = new ClassicPlay({ sessionTimeoutMs: 60_000 });
    const same = () => expect(decodeGroup(encodeGroup(group.state))).toEqual(group.state);
    group.join('', { idFirst: true });
    same();
    const long = { protocols: [{ name: 'range', metadata: bytes('orders '.repeat(1_000)) }], instanceId: 'eins' };
    const { memberId } = group.join('', long);
    same();
    group.toNextDeadline();
    group.sync(memberId, group.generation, { [memberId]: 'x' });
    expect(group.phase).toBe('stable');
    same();
    expect(encodeGroup(group.state).length).toBeLessThan(400);
    group.leave({ memberId });
    expect(group.phase).toBe('empty');
    same();
    expect(encodeGroup(new Played().state)[0]).toBe(1);
  });
});

describe('a member', () => {
  test('is given its id first, so that a lost answer leaves nothing behind but an id', () => {
    const group = new ClassicPlay();
    const first = group.join('', { idFirst: true });
    expect(first.idOnly).toBe(true);
    expect(group.state.classic!.members.size).toBe(0);
    expect(group.joined(group.join(first.memberId, { idFirst: true }))).toMatchObject({ memberId: first.memberId });
    const lost = group.join('', { idFirst: true });
    group.nowMs += 10_001;
    expect(refusal(() => group.join(lost.memberId, { idFirst: true }))).toBe('member_unknown');
  });

  test('that was handed an id is waited for, though not for long', () => {
    const group = new ClassicPlay({ sessionTimeoutMs: 60_000 });
    const [a] = group.settled(1) as [string];
    group.join('', { idFirst: true });
    const ticket = group.join(a, { protocols: [STICKY, RANGE] });
    expect(group.joined(ticket)).toBeUndefined();
    group.nowMs += 9_999;
    expect(group.joined(ticket)).toBeUndefined();
    group.toNextDeadline();
    expect(group.joined(ticket)).toBeDefined();
  });

  test('that asks again after a lost answer gets it, and disturbs nobody', () => {
    const group = new ClassicPlay();
    const [a, b] = group.settled(2) as [string, string];
    const { generation } = group;
    expect(group.joined(group.join(b))).toMatchObject({ generation, leader: a, members: [] });
    expect(group.sync(b, generation)).toBe(`of ${b}`);
    group.join(a); // a leader wants to assign anew
    expect(group.phase).toBe('joining');
  });

  test('that changes what it wants sets off a rebalance', () => {
    const group = new ClassicPlay();
    const [, b] = group.settled(2) as [string, string];
    group.join(b, { protocols: [{ ...RANGE, metadata: bytes('more topics') }] });
    expect(group.phase).toBe('joining');
  });

  test('whose session ends is taken out, and the others rebalance', () => {
    const group = new ClassicPlay();
    const [a] = group.settled(2) as [string, string];
    group.nowMs += 8_000;
    group.beat(a, group.generation);
    group.nowMs += 2_001;
    expect(refusal(() => group.beat(a, group.generation))).toBe('group_rebalancing');
    expect([...group.state.classic!.members.keys()]).toEqual([a]);
  });

  test('that never asks for its assignment is taken out when the time for it is over, though its heart beats', () => {
    const group = new ClassicPlay();
    const a = group.join().memberId;
    const b = group.join().memberId;
    group.join(a);
    const { generation } = group;
    expect(group.sync(a, generation, { [b]: 'never read' })).toBe('');
    for (let i = 0; i < 10; i++) {
      group.nowMs += 3_000;
      for (const id of [a, b]) group.beat(id, generation);
    }
    group.nowMs += 1;
    expect(refusal(() => group.beat(b, generation))).toBe('member_unknown');
    expect(refusal(() => group.beat(a, generation))).toBe('group_rebalancing');
  });

  test('waits in sync for its leader, and joins again where that one goes', () => {
    const group = new ClassicPlay();
    const a = group.join().memberId;
    const b = group.join().memberId;
    group.join(a);
    const { generation } = group;
    expect(group.sync(b, generation)).toBeUndefined();
    group.leave({ memberId: a });
    expect(refusal(() => group.synced(b, generation))).toBe('group_rebalancing');
    group.join(b);
    expect(refusal(() => group.synced(b, generation))).toBe('group_rebalancing');
    expect(refusal(() => group.sync(b, generation))).toBe('group_generation_illegal');
  });

  test('is checked in sync for the protocol that it was told', () => {
    const group = new ClassicPlay();
    const { memberId } = group.join();
    const wrong = () => group.sync(memberId, 1, {}, { protocol: 'sticky' });
    expect(refusal(wrong)).toBe('group_inconsistent_protocol');
    expect(refusal(() => group.sync(memberId, 1, {}, { protocolType: 'connect' }))).toBe('group_inconsistent_protocol');
    expect(group.sync(memberId, 1, {}, { protocolType: 'consumer', protocol: 'range' })).toBe('');
  });

  test('leaves alone or with others, and each is told what is wrong', () => {
    const group = new ClassicPlay();
    const [a, b] = group.settled(2) as [string, string];
    expect(group.leave({ memberId: 'nobody' }, { memberId: b }, { memberId: '', instanceId: 'none' })).toEqual([
      'member_unknown',
      undefined,
      'member_unknown',
    ]);
    expect(group.phase).toBe('joining');
    expect(group.leave({ memberId: a })).toEqual([undefined]);
    expect(group.phase).toBe('empty');
  });
});

describe('a static member', () => {
  test('comes back under a new id without a rebalance, and its earlier self is fenced', () => {
    const group = new ClassicPlay();
    const [leader] = group.settled(1) as [string];
    const one = group.join('', { instanceId: 'eins' }).memberId;
    group.join(leader);
    const { generation } = group;
    group.sync(leader, generation, { [one]: 'eins has' });
    group.sync(one, generation);

    const back = group.join('', { instanceId: 'eins' });
    expect(group.joined(back)).toMatchObject({ generation, leader, ledAs: undefined });
    expect(group.phase).toBe('stable');
    expect(group.sync(back.memberId, generation)).toBe('eins has');
    expect(refusal(() => group.beat(one, generation, 'eins'))).toBe('instance_fenced');
    expect(refusal(() => group.beat(one, generation))).toBe('member_unknown');
    expect(refusal(() => group.join(one, { instanceId: 'eins' }))).toBe('instance_fenced');
    expect(group.leave({ memberId: one, instanceId: 'eins' })).toEqual(['instance_fenced']);
    expect(group.leave({ memberId: '', instanceId: 'eins' })).toEqual([undefined]);
  });

  test('that led leads on without assigning anew', () => {
    const group = new ClassicPlay();
    const [a] = group.settled(1, { instanceId: 'eins' }) as [string];
    const back = group.join('', { instanceId: 'eins' });
    expect(group.joined(back)).toMatchObject({ leader: back.memberId, ledAs: a, generation: group.generation });
  });

  test('that waits for others to join is fenced by whoever comes under its id, too, and does not take it back', () => {
    const group = new ClassicPlay();
    group.settled(1);
    const waiting = group.join('', { instanceId: 'eins' });
    expect(group.joined(waiting)).toBeUndefined();
    group.join('', { instanceId: 'eins' });
    expect(refusal(() => group.joined(waiting))).toBe('instance_fenced');
  });

  test('keeps its place through a rebalance that it misses, until its session ends', () => {
    const group = new ClassicPlay();
    const [leader] = group.settled(1, { rebalanceTimeoutMs: 2_000 }) as [string];
    const one = group.join('', { instanceId: 'eins', rebalanceTimeoutMs: 2_000 }).memberId;
    group.join(leader, { rebalanceTimeoutMs: 2_000 });
    for (const id of [leader, one]) group.sync(id, group.generation);
    const ticket = group.join(leader, { rebalanceTimeoutMs: 2_000 });
    group.nowMs += 2_001;
    expect(group.joined(ticket)!.members.map(({ memberId }) => memberId)).toEqual([leader, one]);
  });
});

describe('clocks', () => {
  test('that jump back make nobody wait for longer than two time-outs', () => {
    const group = new ClassicPlay();
    const [a, b] = group.settled(2) as [string, string];
    group.join(a);
    group.nowMs -= 86_400_000;
    group.sweep();
    group.nowMs += 10_001;
    group.sweep();
    expect(group.state.classic!.members.has(b)).toBe(false);
  });
});
