import { describe, expect, test } from 'vitest';
import type { ClassicJoinRequest, GroupError, Groups, JoinedGroup } from '../../lib/group/index.ts';
import { type MetaStore, StoreError } from '../../lib/store/index.ts';
import { seededRandom, settle } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { bytes } from './classic-states.ts';
import { refused, World } from './world.ts';

/** Items whose reads and writes are counted. */
function countedItems(inner: MetaStore) {
  const calls = { reads: 0, writes: 0 };
  const items = intercepted(inner, {
    get: (key, options) => {
      calls.reads++;
      return inner.get(key, options);
    },
    write: (write) => {
      calls.writes++;
      return inner.write(write);
    },
    transact: (writes) => {
      calls.writes++;
      return inner.transact(writes);
    },
  });
  return { items, calls };
}

const JOIN: ClassicJoinRequest = {
  memberId: '',
  idFirst: false,
  clientHost: '/10.0.0.1',
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 30_000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: bytes('orders') }],
  initialDelayMs: 3_000,
};
const FOREVER = new AbortController().signal;

function join(groups: Groups, wishes: Partial<ClassicJoinRequest> = {}, signal = FOREVER): Promise<JoinedGroup> {
  return groups.classic.join('billing', { ...JOIN, ...wishes }, signal) as Promise<JoinedGroup>;
}

describe('a hundred members', () => {
  test('that join and sync at once share a few writes, and their heartbeats one read a second', async () => {
    const world = new World();
    const { items, calls } = countedItems(world.items);
    const groups = world.process({ items });
    const joined = await world.finish(Promise.all(Array.from({ length: 100 }, () => join(groups))));
    expect(new Set(joined.map(({ generation }) => generation))).toEqual(new Set([1]));
    expect(calls.writes).toBeLessThan(10);

    const sync = ({ memberId, generation, members }: JoinedGroup) => {
      const assignments = new Map(members.map((member) => [member.memberId, bytes(`of ${member.memberId}`)]));
      return groups.classic.sync('billing', { memberId, generation, assignments }, FOREVER);
    };
    const synced = await world.finish(Promise.all(joined.map(sync)));
    expect(synced.map(({ assignment }) => Buffer.from(assignment).toString())).toEqual(
      joined.map(({ memberId }) => `of ${memberId}`),
    );
    expect(calls.writes).toBeLessThan(15);

    await world.clock.advance(2_000);
    calls.reads = 0;
    for (const { memberId, generation } of joined) await groups.classic.heartbeat('billing', { memberId, generation });
    expect(calls.reads).toBe(1);
  });
});

describe('a request', () => {
  test('that brings more than fits fails alone', async () => {
    const world = new World();
    const groups = world.process();
    // They share a write: the first is under way. Nothing makes 200 KiB of noise smaller, and twice that has no room.
    const first = join(groups);
    const wide = [1, 2].map((seed) =>
      join(groups, { protocols: [{ name: 'range', metadata: noiseOf(200 * 1024, seed) }] }),
    );
    const small = join(groups);
    const settled = await world.finish(Promise.allSettled([first, ...wide, small]));
    const refusals = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as GroupError).code] : []));
    expect(refusals).toEqual(['group_too_large']);
  });

  test('that is ended lets go of everything', async () => {
    const world = new World();
    const groups = world.process();
    await world.finish(join(groups, { initialDelayMs: 0 }));
    const life = new AbortController();
    const waiting = join(groups, {}, life.signal);
    await world.clock.advance(1_000);
    expect(world.clock.sleepers).toBe(1);
    life.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    expect(world.clock.sleepers).toBe(0);
  });

  test('that nobody waits for any more changes nothing: a static member is not put out by its own late one', async () => {
    const world = new World();
    const [here, instanceId] = [world.process(), 'till-1'];
    const { memberId, generation } = await world.finish(join(here, { instanceId, initialDelayMs: 0 }));
    await here.classic.sync('billing', { memberId, generation, instanceId, assignments: new Map() }, FOREVER);
    let writes = 0;
    let isBusy = true;
    const items = intercepted(world.items, {
      write: async (write) => {
        if (!isBusy) return world.items.write(write);
        writes++;
        throw new StoreError('store_unavailable', 'The store has too much to do.');
      },
    });
    const life = new AbortController();
    const late = join(world.process({ items, seed: 2 }), { instanceId }, life.signal);
    await settle(10);
    expect(writes).toBeGreaterThan(0);
    life.abort();
    isBusy = false;
    await expect(world.finish(late)).rejects.toMatchObject({ code: 'aborted' });
    await here.classic.heartbeat('billing', { memberId, generation, instanceId });
  });

  test('held at one process is answered when another moves the group, within a quarter of a second', async () => {
    const world = new World();
    const [here, there] = [world.process(), world.process({ seed: 2 })];
    const first = await world.finish(join(here, { initialDelayMs: 0 }));
    const waiting = join(there);
    await world.clock.advance(1_000);
    const { memberId } = first;
    const again = join(here, { memberId, initialDelayMs: 0 });
    await world.clock.advance(300);
    expect([(await waiting).generation, (await again).generation]).toEqual([2, 2]);
  });

  test('is refused whose names and time-outs are no such', async () => {
    const groups = new World().process();
    expect(await refused(join(groups, { sessionTimeoutMs: 1 }))).toBe('member_invalid');
    expect(await refused(join(groups, { instanceId: '' }))).toBe('member_invalid');
    expect(await refused(join(groups, { rebalanceTimeoutMs: -1 }))).toBe('member_invalid');
    expect(await refused(groups.classic.heartbeat('none', { memberId: 'a', generation: 1 }))).toBe('group_unknown');
    expect(await refused(groups.classic.leave('', []))).toBe('group_name_invalid');
  });
});

function noiseOf(count: number, seed: number): Uint8Array {
  return seededRandom(seed).fill(new Uint8Array(count));
}
