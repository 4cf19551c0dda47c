import { describe, expect, it } from 'vitest';
import { GatewayItems } from '../../../lib/kafka/cluster/gateway-item.ts';
import { GatewayCluster } from '../../../lib/kafka/cluster/index.ts';
import { BEAT_MS, EXPIRY_MS, REUSE_MS, SETTLED_MS } from '../../../lib/kafka/cluster/limits.ts';
import type { Session } from '../../../lib/kafka/session.ts';
import { memoryStores, type Stores } from '../../../lib/store/index.ts';
import { type SimulatedClock, seededRandom, settle, simulatedClock } from '../../support/clock.ts';
import { faultyStores } from '../../support/faulty.ts';

const seat = { topicId: 'T', partition: 0, width: 32 };
const session = {
  peer: { host: '10.1.1.1', local: { host: '127.0.0.1', port: 9092 }, listener: 'PLAINTEXT' },
  clientId: null,
} as Session;

/** Gateways over one store, each with a clock of its own that can be frozen, set wrong, and cut off from the store. */
function fleet() {
  const clock = simulatedClock();
  const random = seededRandom(7);
  const inner = memoryStores();
  const errors: string[] = [];
  return {
    clock,
    errors,
    items: new GatewayItems(inner.items),
    async start(name: string, { skewMs = 0, stores = inner }: { skewMs?: number; stores?: Stores } = {}) {
      const own: SimulatedClock = { ...clock, nowMs: () => clock.nowMs() + skewMs };
      const listeners = { PLAINTEXT: { host: `${name}.example`, port: 9092 } };
      const joining = GatewayCluster.join(
        { items: stores.items, clock: own, random, onError: (_, doing) => errors.push(`${name}: ${doing}`) },
        { name, rack: null, listeners },
      );
      let settled = false;
      const note = () => {
        settled = true;
      };
      joining.then(note, note);
      for (let i = 0; i < 200 && !settled; i++) {
        await settle();
        await clock.advance(1);
      }
      return joining;
    },
    /** A gateway that can be cut off: killed without a word. */
    async startMortal(name: string) {
      const stores = faultyStores(inner, { clock, random });
      const cluster = await this.start(name, { stores });
      const slow = () => stores.plan({ latencyMs: [500, 500] });
      return { cluster, kill: () => stores.plan({ unavailable: 1 }), revive: () => stores.plan({}), slow };
    },
  };
}

const seen = async (cluster: GatewayCluster) => (await cluster.view(session)).brokers.map(({ id }) => id);

describe('a gateway that comes', () => {
  it('takes the lowest free id, and is seen by all within a beat', async () => {
    const w = fleet();
    const a = await w.start('a');
    const b = await w.start('b');
    expect([a.brokerId, b.brokerId]).toEqual([0, 1]);
    expect(await seen(b)).toEqual([0, 1]);
    await w.clock.advance(BEAT_MS);
    expect((await a.view(session)).brokers).toEqual([
      { id: 0, host: 'a.example', port: 9092, rack: null },
      { id: 1, host: 'b.example', port: 9092, rack: null },
    ]);
  });

  it('shares ids out where many come at once', async () => {
    const w = fleet();
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => w.start(`g${i}`)));
    expect(all.map(({ brokerId }) => brokerId).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await w.clock.advance(BEAT_MS + 1);
    for (const one of all) expect(await seen(one)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('has its id at once where a killed run of its own left it', async () => {
    const w = fleet();
    await w.start('a');
    const b = await w.startMortal('b');
    b.kill();
    await w.clock.advance(1_000);
    expect((await w.start('c')).brokerId).toBe(2);
    expect((await w.start('b')).brokerId).toBe(1);
  });

  it('gets its id though the answer is lost', async () => {
    const w = fleet();
    const stores = faultyStores(memoryStores(), { clock: w.clock, random: seededRandom(1) });
    stores.strikeNext('answerLost');
    const a = await w.start('a', { stores });
    expect(a.brokerId).toBe(0);
    expect(await new GatewayItems(stores.items).list()).toHaveLength(1);
  });
});

describe('a gateway that goes', () => {
  it('is gone at the next beat after a clean end, and its id is free', async () => {
    const w = fleet();
    const a = await w.start('a');
    const b = await w.start('b');
    await w.clock.advance(BEAT_MS);
    await b.leave();
    await w.clock.advance(BEAT_MS);
    expect(await seen(a)).toEqual([0]);
    expect((await w.start('c')).brokerId).toBe(1);
  });

  it('is gone within the expiry and a beat after it was killed, not before the expiry', async () => {
    const w = fleet();
    const a = await w.start('a');
    const b = await w.startMortal('b');
    await w.clock.advance(2 * BEAT_MS);
    b.kill();
    await w.clock.advance(EXPIRY_MS - BEAT_MS);
    expect(await seen(a)).toEqual([0, 1]);
    await w.clock.advance(2 * BEAT_MS + 1_000);
    expect(await seen(a)).toEqual([0]);
  });

  it('leaves its id to others only later', async () => {
    const w = fleet();
    await w.start('a');
    const b = await w.startMortal('b');
    b.kill();
    await w.clock.advance(EXPIRY_MS + 2 * BEAT_MS);
    expect((await w.start('c')).brokerId).toBe(2);
    await w.clock.advance(REUSE_MS);
    expect((await w.start('d')).brokerId).toBe(1);
  });

  it('comes back as somebody new where another has its id by now', async () => {
    const w = fleet();
    const a = await w.start('a');
    const b = await w.startMortal('b');
    b.kill();
    await w.clock.advance(REUSE_MS + EXPIRY_MS);
    const c = await w.start('c');
    expect(c.brokerId).toBe(1);
    b.revive();
    await w.clock.advance(3 * BEAT_MS);
    expect(b.cluster.brokerId).toBe(2);
    expect(await seen(a)).toEqual([0, 1, 2]);
    expect(await seen(b.cluster)).toEqual([0, 1, 2]);
    expect(w.errors).toEqual(['b: telling other gateways that this one lives']);
  });

  it('answers its clients while it comes back, before it has looked who else is there', async () => {
    const w = fleet();
    const b = await w.startMortal('b');
    b.kill();
    await w.clock.advance(REUSE_MS + EXPIRY_MS);
    expect((await w.start('c')).brokerId).toBe(0);
    b.slow();
    for (let i = 0; i < 100 && b.cluster.brokerId === 0; i++) await w.clock.advance(100);
    expect(await seen(b.cluster)).toEqual([1]);
    await w.clock.advance(BEAT_MS);
    expect(await seen(b.cluster)).toEqual([0, 1]);
  });

  it('leaves none behind when all go, and the next begins at 0', async () => {
    const w = fleet();
    const all = [await w.start('a'), await w.start('b')];
    for (const one of all) await one.leave();
    expect(await w.items.list()).toEqual([]);
    expect((await w.start('c')).brokerId).toBe(0);
  });

  it('says when it could not take itself out', async () => {
    const w = fleet();
    const a = await w.startMortal('a');
    a.kill();
    await a.cluster.leave();
    expect(w.errors).toEqual(['a: leaving the cluster']);
  });
});

describe('a clock that is wrong', () => {
  it.each([-3_600_000, -20_000, 20_000, 3_600_000])(
    'by %i ms delays a coming by a beat, and no more',
    async (skewMs) => {
      const w = fleet();
      const b = await w.start('b', { skewMs });
      const a = await w.start('a');
      await w.clock.advance(2 * BEAT_MS);
      for (let i = 0; i < 20; i++) {
        await w.clock.advance(BEAT_MS / 2);
        expect(await seen(a)).toEqual([0, 1]);
        expect(await seen(b)).toEqual([0, 1]);
      }
    },
  );

  it('by a few seconds is not noticed', async () => {
    const w = fleet();
    await w.start('b', { skewMs: -4_000 });
    expect(await seen(await w.start('a', { skewMs: 4_000 }))).toEqual([0, 1]);
  });
});

describe('a store that cannot be had', () => {
  it('lets nobody expire: each goes on with what it saw, and refuses nothing', async () => {
    const w = fleet();
    const [a, b] = [await w.startMortal('a'), await w.startMortal('b')];
    await w.clock.advance(SETTLED_MS + 2 * BEAT_MS);
    const leader = async () => {
      const view = await a.cluster.view(session);
      return { ids: view.brokers.map(({ id }) => id), refuses: view.mayRefuseFor(1), leads: view.leaderOf(seat) };
    };
    const before = await leader();
    expect(before).toMatchObject({ ids: [0, 1], refuses: true });
    for (const one of [a, b]) one.kill();
    await w.clock.advance(60_000);
    expect(await leader()).toEqual({ ...before, refuses: false });
    // The one that comes back first finds the other as it left it.
    a.revive();
    await w.clock.advance(BEAT_MS);
    expect(await leader()).toMatchObject({ ids: [0, 1] });
    b.revive();
    await w.clock.advance(BEAT_MS);
    expect(await seen(b.cluster)).toEqual([0, 1]);
  });

  it('fails a gateway that starts', async () => {
    const stores = faultyStores(
      memoryStores(),
      { clock: simulatedClock(), random: seededRandom(1) },
      { unavailable: 1 },
    );
    await expect(fleet().start('a', { stores })).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('a view', () => {
  it('sends nobody elsewhere until all must have seen the same', async () => {
    const w = fleet();
    const a = await w.start('a');
    await w.start('b');
    await w.clock.advance(BEAT_MS);
    expect((await a.view(session)).mayRefuseFor(1)).toBe(false);
    await w.clock.advance(SETTLED_MS);
    expect((await a.view(session)).mayRefuseFor(1)).toBe(true);
    await w.start('c');
    await w.clock.advance(BEAT_MS);
    expect((await a.view(session)).mayRefuseFor(1)).toBe(false);
  });
});
