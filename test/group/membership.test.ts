import { describe, expect, test } from 'vitest';
import { GroupError } from '../../lib/group/errors.ts';
import { actingMember, isSettled, leave, sweep } from '../../lib/group/membership.ts';
import { countOf, NO_PARTITIONS } from '../../lib/group/partitions.ts';
import { checkSingleOwners, ORDERS, orders, PAYMENTS, Played, topics } from './states.ts';

const FOUR = topics({ orders: 4 });

/** Two members that share four partitions, settled. */
function shared(): Played {
  const group = new Played();
  group.join('a', { topics: FOUR });
  group.join('b');
  group.settle();
  return group;
}

describe('joining', () => {
  test('the first member gets everything at once', () => {
    const member = new Played().join('a', { topics: FOUR });
    expect(member.assigned).toEqual(orders(0, 1, 2, 3));
    expect(isSettled(member)).toBe(true);
  });

  test('a second one gets its share only after the first has said that it gave it up', () => {
    const group = new Played();
    group.join('a', { topics: FOUR });
    expect(group.join('b').assigned).toEqual(NO_PARTITIONS);

    const told = group.beat('a');
    expect([told.assigned, told.revoking]).toEqual([orders(0, 1), orders(2, 3)]);
    expect(group.beat('b').assigned).toEqual(NO_PARTITIONS);

    expect(group.beat('a').revoking).toEqual(NO_PARTITIONS);
    expect(group.beat('b').assigned).toEqual(orders(2, 3));
  });

  test('a heartbeat that does not say what the member holds gives nothing up', () => {
    const group = new Played();
    group.join('a', { topics: FOUR });
    group.join('b');
    group.beat('a');
    expect(group.beat('a', { owned: undefined }).revoking).toEqual(orders(2, 3));
    expect(group.beat('a', { owned: orders(0, 1, 3) }).revoking).toEqual(orders(2, 3));
  });

  test('members beyond the partitions stand by, and take over when another leaves', () => {
    const group = new Played();
    group.join('a', { topics: topics({ orders: 1 }) });
    const standby = group.join('b');
    expect([standby.target, standby.assigned]).toEqual([NO_PARTITIONS, NO_PARTITIONS]);
    group.settle();
    expect(group.member('a').assigned).toEqual(orders(0));
    group.state = leave(group.state, { memberId: 'a' }, group.nowMs).state;
    expect(group.beat('b').assigned).toEqual(orders(0));
  });

  test('joining again under the same id comes with empty hands, and fences the earlier self', () => {
    const group = shared();
    const before = group.member('a');
    const after = group.join('a');
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(after.assigned).toEqual(before.assigned);
    expect(group.refused({ memberId: 'a', epoch: before.epoch })).toBe('group_fenced');
    expect(group.beat('b').target).toEqual(orders(2, 3));
  });

  test('a subscription is needed', () => {
    expect(new Played().refused({ memberId: 'a' })).toBe('subscription_invalid');
  });

  test('the 1,001st member is refused, a rejoin of one of the 1,000 is not', () => {
    const group = new Played();
    for (let i = 0; i < 1_000; i++) group.join(`m${i}`, { topics: new Map() });
    expect(group.refused({ memberId: 'one too many', subscription: { topics: ['orders'] } })).toBe('group_full');
    expect(group.join('m5').id).toBe('m5');
  });
});

describe('heartbeats', () => {
  test('an unknown member must join', () => {
    expect(new Played().refused({ memberId: 'x', epoch: 3 })).toBe('member_unknown');
  });

  test.each([-1, 1])('an epoch that was never given (%i off) is fenced', (off) => {
    const group = shared();
    const { epoch, previousEpoch } = group.member('a');
    const other = off < 0 ? previousEpoch - 1 : epoch + 1;
    expect(group.refused({ memberId: 'a', epoch: other })).toBe('group_fenced');
  });

  test('a member whose answer was lost gets it again, and what it says of itself is not taken for an acknowledgement', () => {
    const group = new Played();
    const { epoch } = group.join('a', { topics: FOUR });
    group.join('b');
    const lost = group.beat('a');
    expect(lost.revoking).toEqual(orders(2, 3));
    const again = group.beat('a', { epoch, owned: NO_PARTITIONS });
    expect([again.epoch, again.revoking]).toEqual([lost.epoch, orders(2, 3)]);
  });

  test('a heartbeat from before an assignment, delivered late, gives nothing up', () => {
    const group = new Played();
    group.join('a', { topics: FOUR });
    group.join('b');
    const late = { epoch: group.member('b').epoch, owned: NO_PARTITIONS };
    group.beat('a');
    group.beat('a');
    group.beat('b'); // now b has 2 and 3
    group.join('c');
    group.join('d');
    expect(group.beat('b').revoking.size).toBe(1);
    expect(group.refused({ memberId: 'b', ...late })).toBe('group_fenced');
    expect(group.member('b').revoking.size).toBe(1);
  });

  test('nothing is written while nothing changes, but the deadline, once a third of the session is over', () => {
    const group = shared();
    const before = group.state;
    group.nowMs += 3_000;
    group.beat('a');
    expect(group.state).toBe(before);
    group.nowMs += 1_000;
    group.beat('a');
    expect(group.member('a').deadlineMs).toBe(group.nowMs + 10_000);
  });

  test('a change of subscription moves partitions, without two owners on the way', () => {
    const group = shared();
    group.beat('b', { subscription: { topics: ['payments'] }, topics: topics({ orders: 4, payments: 2 }) });
    checkSingleOwners(group.state);
    group.settle();
    expect(group.member('a').assigned).toEqual(orders(0, 1, 2, 3));
    expect(group.member('b').assigned.get(PAYMENTS)).toEqual([0, 1]);
  });

  test('a pattern takes in topics as they appear', () => {
    const group = new Played();
    group.join('a', { subscription: { pattern: 'o.*|p.*' }, topics: FOUR });
    expect(countOf(group.member('a').assigned)).toBe(4);
    expect(countOf(group.beat('a', { topics: topics({ orders: 4, payments: 3 }) }).assigned)).toBe(7);
  });

  test('new partitions of a topic are shared out, and the generation goes up', () => {
    const group = shared();
    const { groupEpoch } = group.state;
    group.beat('a', { topics: topics({ orders: 8 }) });
    group.settle();
    expect(group.state.groupEpoch).toBeGreaterThan(groupEpoch);
    expect([countOf(group.member('a').assigned), countOf(group.member('b').assigned)]).toEqual([4, 4]);
  });

  test('a topic that was deleted and made anew is another: the old partitions are given up first', () => {
    const group = shared();
    const renewed = new Map([['orders', { topicId: PAYMENTS, partitions: 4 }]]);
    const told = group.beat('a', { topics: renewed });
    expect([told.assigned, told.revoking]).toEqual([NO_PARTITIONS, orders(0, 1)]);
    group.settle();
    expect(group.member('a').assigned.get(ORDERS)).toBeUndefined();
    expect(group.member('a').assigned.get(PAYMENTS)).toHaveLength(2);
  });

  test('the assignor that most members ask for is used', () => {
    const group = new Played();
    const both = topics({ orders: 3, payments: 3 });
    const wishes = { subscription: { topics: ['orders', 'payments'] }, topics: both, assignor: 'range' } as const;
    group.join('a', wishes);
    group.join('b', wishes);
    group.settle();
    expect(group.member('a').assigned).toEqual(
      new Map([
        [ORDERS, [0, 1]],
        [PAYMENTS, [0, 1]],
      ]),
    );
  });
});

describe('sessions', () => {
  test('a member that is not heard of loses its place to the others at the next request of any of them', () => {
    const group = shared();
    group.nowMs += 9_000;
    group.beat('b');
    group.nowMs += 1_001;
    expect(group.beat('b').assigned).toEqual(orders(0, 1, 2, 3));
    expect(group.refused({ memberId: 'a', epoch: group.told.get('a')!.epoch })).toBe('member_unknown');
  });

  test('a member that does not give up what it was told to is evicted when its rebalance time-out is over', () => {
    const group = new Played();
    group.join('a', { topics: FOUR, rebalanceTimeoutMs: 5_000 });
    group.join('b');
    group.beat('a');
    for (let i = 0; i < 5; i++) {
      group.nowMs += 1_000;
      group.beat('a', { owned: orders(0, 1, 2, 3) });
    }
    group.nowMs += 1;
    expect(group.beat('b').assigned).toEqual(orders(0, 1, 2, 3));
    expect(group.refused({ memberId: 'a', epoch: group.told.get('a')!.epoch })).toBe('member_unknown');
  });

  test('a clock that is set back does not make members immortal', () => {
    const group = shared();
    group.nowMs -= 3_600_000;
    group.beat('b');
    for (let waitedMs = 0; waitedMs <= 20_000; waitedMs += 2_500) {
      group.nowMs += 2_500;
      group.beat('b');
    }
    expect([...group.state.members.keys()]).toEqual(['b']);
  });

  test('a clock that is set back does not stretch the time to give partitions up', () => {
    const group = new Played();
    group.join('a', { topics: FOUR, rebalanceTimeoutMs: 5_000 });
    group.join('b');
    group.beat('a');
    group.nowMs -= 3_600_000;
    for (let waitedMs = 0; waitedMs <= 12_500; waitedMs += 2_500) {
      group.beat('b');
      if (group.state.members.has('a')) group.beat('a', { owned: orders(0, 1, 2, 3) });
      group.nowMs += 2_500;
    }
    expect([...group.state.members.keys()]).toEqual(['b']);
  });

  test('a clock that leaps forward ends sessions, and those who come back share again', () => {
    const group = shared();
    group.nowMs += 86_400_000;
    expect(sweep(group.state, group.nowMs).members.size).toBe(0);
    expect(group.refused({ memberId: 'a', epoch: group.told.get('a')!.epoch })).toBe('member_unknown');
    group.join('a');
    group.join('b');
    group.settle();
    checkSingleOwners(group.state);
    expect(countOf(group.member('b').assigned)).toBe(2);
  });

  test('processes whose clocks differ by less than a session do not rewrite deadlines', () => {
    const group = shared();
    expect(sweep(group.state, group.nowMs - 8_000)).toBe(group.state);
  });
});

describe('static members', () => {
  const one = { instanceId: 'one' };

  function withStatic(): Played {
    const group = new Played();
    group.join('a', { ...one, topics: FOUR });
    group.join('b');
    group.settle();
    return group;
  }

  test('one that goes for a restart keeps its place, and takes it again under a new member id, without a rebalance', () => {
    const group = withStatic();
    const { groupEpoch } = group.state;
    group.state = leave(group.state, { memberId: 'a', ...one, keepPlace: true }, group.nowMs).state;
    expect(group.beat('b').assigned).toEqual(orders(2, 3));
    expect(group.join('a2', one).assigned).toEqual(orders(0, 1));
    expect(group.state.groupEpoch).toBe(groupEpoch);
    expect(group.member('b').epoch).toBe(group.told.get('b')!.epoch);
  });

  test('its place goes to the others when it stays away longer than its session', () => {
    const group = withStatic();
    group.state = leave(group.state, { memberId: 'a', ...one, keepPlace: true }, group.nowMs).state;
    group.nowMs += 8_000;
    group.beat('b');
    group.nowMs += 2_001;
    expect(group.beat('b').assigned).toEqual(orders(0, 1, 2, 3));
  });

  test('one that was killed is taken over at once, and its earlier self is told to stop', () => {
    const group = withStatic();
    const { epoch } = group.member('a');
    expect(group.join('a2', one).assigned).toEqual(orders(0, 1));
    expect(group.refused({ memberId: 'a', ...one, epoch })).toBe('instance_fenced');
    const { answer } = leave(group.state, { memberId: 'a', ...one }, group.nowMs);
    expect((answer as GroupError).code).toBe('instance_fenced');
  });

  test('one that leaves for good is gone at once', () => {
    const group = withStatic();
    group.state = leave(group.state, { memberId: 'a', ...one }, group.nowMs).state;
    expect(group.beat('b').assigned).toEqual(orders(0, 1, 2, 3));
  });

  test('a member without an instance id has no place to keep', () => {
    const group = shared();
    group.state = leave(group.state, { memberId: 'a', keepPlace: true }, group.nowMs).state;
    expect(group.state.members.has('a')).toBe(false);
  });

  test('a dynamic member that claims an instance id of another ends both places and has one', () => {
    const group = withStatic();
    group.join('b', one);
    expect([...group.state.members.keys()]).toEqual(['b']);
    expect(group.member('b').assigned).toEqual(orders(0, 1, 2, 3));
  });
});

describe('acting for partitions', () => {
  test('a member acts for what it has, and for what it is to give up until it did', () => {
    const group = new Played();
    group.join('a', { topics: FOUR });
    group.join('b');
    const { epoch } = group.beat('a');
    const act = (partition: number) =>
      actingMember(group.state, { memberId: 'a', epoch }, [{ topicId: ORDERS, partition }]);
    expect(act(3)).not.toBeInstanceOf(GroupError);
    group.beat('a');
    expect(act(0)).toBeInstanceOf(GroupError); // giving up has changed its epoch
    const now = { memberId: 'a', epoch: group.member('a').epoch };
    expect(actingMember(group.state, now, [{ topicId: ORDERS, partition: 0 }])).not.toBeInstanceOf(GroupError);
    expect(actingMember(group.state, now, [{ topicId: ORDERS, partition: 3 }])).toBeInstanceOf(GroupError);
  });

  test('every change of what a member has changes its epoch, and no epoch is drawn twice', () => {
    const group = new Played();
    const seen = new Set<number>();
    const note = (epoch: number) => {
      expect(seen.has(epoch)).toBe(false);
      seen.add(epoch);
    };
    note(group.join('a', { topics: FOUR }).epoch);
    note(group.join('b').epoch);
    note(group.beat('a').epoch);
    note(group.beat('a').epoch);
    note(group.beat('b').epoch);
    note(group.join('a').epoch);
  });
});
