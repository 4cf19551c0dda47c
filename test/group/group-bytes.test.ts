import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newUlid, ulidText } from '../../lib/bytes/index.ts';
import { GroupError } from '../../lib/group/errors.ts';
import { decodeGroup, encodeGroup } from '../../lib/group/group-bytes.ts';
import { groupItem, parseGroupItem } from '../../lib/group/group-item.ts';
import { leave } from '../../lib/group/membership.ts';
import { partitionSet } from '../../lib/group/partitions.ts';
import { EMPTY_GROUP, type GroupState, type Member } from '../../lib/group/state.ts';
import { retarget } from '../../lib/group/target.ts';
import { itemSizeBytes } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { ClassicPlay } from './classic-states.ts';
import { ORDERS, Played, topics } from './states.ts';

/** A group in the middle of everything: revoking, away, a pattern, ids in many scripts, a topic that is gone. */
function busyGroup(): GroupState {
  const group = new Played();
  group.join('a', { topics: topics({ orders: 9, payments: 3 }), clientId: 'klient-ž', clientHost: '/10.0.0.1' });
  group.join('成员', { subscription: { pattern: 'o.*' }, assignor: 'range', instanceId: 'eins' });
  group.join('c', { instanceId: 'zwei', subscription: { topics: ['payments', 'orders', 'none'] } });
  group.beat('a');
  group.state = leave(group.state, { memberId: '成员', keepPlace: true }, group.nowMs).state;
  group.beat('c', { topics: topics({ orders: 9 }) });
  return group.state;
}

function clean(bytes: Uint8Array): boolean {
  try {
    decodeGroup(bytes);
    return false;
  } catch (error) {
    if (error instanceof GroupError) return error.code === 'group_corrupt';
    throw error;
  }
}

/** 10,000 partitions over 100 members with ids as Kafka's clients make them, each holding every hundredth. */
function scattered(): GroupState {
  const members = Array.from({ length: 100 }, (_, i): Member => {
    const every = Array.from({ length: 100 }, (_, j) => j * 100 + i);
    return {
      id: ulidText(newUlid(i, seededRandom(i))),
      instanceId: undefined,
      clientId: `consumer-billing-${i}`,
      clientHost: undefined,
      subscription: { topics: ['orders'] },
      assignor: undefined,
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 300_000,
      epoch: 1_000 + i,
      previousEpoch: 900 + i,
      target: partitionSet([[ORDERS, every.map((partition) => (partition + 1) % 10_000)]]),
      assigned: partitionSet([[ORDERS, every]]),
      revoking: partitionSet([]),
      deadlineMs: 1_795_000_000_000,
      revokeByMs: 0,
      away: false,
    };
  });
  return {
    epoch: 1_200,
    groupEpoch: 1_000,
    topics: topics({ orders: 10_000 }),
    members: new Map(members.map((member) => [member.id, member])),
    classic: undefined,
  };
}

describe('a group as bytes', () => {
  test.each([
    ['empty', EMPTY_GROUP],
    ['busy', busyGroup()],
    ['scattered', scattered()],
  ])('comes back as it was: %s', (_, state) => {
    expect(decodeGroup(encodeGroup(state))).toEqual(state);
  });

  test('times before 1970 and far ahead come back, as clocks can be anywhere', () => {
    const [member] = busyGroup().members.values();
    const odd = { ...member!, deadlineMs: -5_000, revokeByMs: 2 ** 52 };
    const state = { ...busyGroup(), members: new Map([[odd.id, odd]]) };
    expect(decodeGroup(encodeGroup(state))).toEqual(state);
  });

  test('10,000 partitions scattered over 100 members are an item far below 400 KB; in runs they take a tenth', () => {
    const worst = itemSizeBytes({ pk: 'group/billing', sk: 'members' }, groupItem({ version: 1, state: scattered() }));
    expect(worst).toBeLessThan(80 * 1024);
    const fresh = { ...scattered() };
    const members = [...fresh.members.values()].map((member) => ({
      ...member,
      target: new Map(),
      assigned: new Map(),
    }));
    const given = retarget({ ...fresh, members: new Map(members.map((member) => [member.id, member])) });
    const bestBytes = itemSizeBytes({ pk: 'group/billing', sk: 'members' }, groupItem({ version: 1, state: given }));
    expect(bestBytes).toBeLessThan(16 * 1024);
  });

  test('any byte changed, cut off or added is told cleanly', () => {
    const bytes = encodeGroup(busyGroup());
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      expect(clean(changed)).toBe(true);
      expect(clean(bytes.subarray(0, at))).toBe(true);
    }
    expect(clean(Uint8Array.from([...bytes, 0]))).toBe(true);
  });

  test('damage that has a right checksum gives another state or a clean error, and ends soon', () => {
    const bytes = encodeGroup(busyGroup());
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 6), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const changed = Uint8Array.from(bytes);
          for (const [at, byte] of changes) changed[5 + at] = byte;
          new DataView(changed.buffer).setUint32(1, crc32(changed.subarray(5)));
          try {
            decodeGroup(changed);
          } catch (error) {
            expect(error).toBeInstanceOf(GroupError);
          }
        },
      ),
      { seed: 5, numRuns: 1_000 },
    );
  });

  test('a state that would not fit its item is refused before it is stored', () => {
    const [some] = scattered().members.values();
    const members = Array.from({ length: 1_000 }, (_, i): Member => {
      return { ...some!, id: `${i}`.padEnd(249, 'x'), clientId: 'y'.repeat(249) };
    });
    const state = { ...scattered(), members: new Map(members.map((member) => [member.id, member])) };
    expect(() => groupItem({ version: 1, state })).toThrow(expect.objectContaining({ code: 'group_too_large' }));
  });

  test('ids that stand in the item twice are counted twice', () => {
    const [some] = scattered().members.values();
    const bare = { ...some!, clientId: undefined, target: partitionSet([]), assigned: partitionSet([]) };
    const ids = Array.from({ length: 1_000 }, (_, i) => `${i}`.padEnd(150, 'x'));
    const state = { ...scattered(), members: new Map(ids.map((id) => [id, { ...bare, id }])) };
    expect(encodeGroup(state).length).toBeLessThan(300 * 1024);
    expect(() => groupItem({ version: 1, state })).toThrow(expect.objectContaining({ code: 'group_too_large' }));
  });

  test('of classic members, changed anywhere, are told from what was written or read as another state', () => {
    const group = new ClassicPlay({ sessionTimeoutMs: 60_000 });
    group.settled(2);
    group.join('', { instanceId: 'eins', protocols: [{ name: 'range', metadata: new Uint8Array(2_000) }] });
    for (const state of [group.state, new ClassicPlay().state]) expect(decodeGroup(encodeGroup(state))).toEqual(state);
    const bytes = encodeGroup(group.state);
    const change = fc.tuple(fc.nat(bytes.length - 6), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, byte] of changes) changed[5 + at] = byte;
        new DataView(changed.buffer).setUint32(1, crc32(changed.subarray(5)));
        try {
          decodeGroup(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(GroupError);
        }
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });

  test('an item without version or state is told cleanly', () => {
    expect(() => parseGroupItem({ v: 1 })).toThrow(expect.objectContaining({ code: 'group_corrupt' }));
    const item = groupItem({ version: 3, state: busyGroup() });
    expect(parseGroupItem(item)).toEqual({ version: 3, state: busyGroup() });
    expect(item.n).toBe(3);
    expect(Object.keys(item.e as object)).toEqual(['a', '成员', 'c']);
  });
});
