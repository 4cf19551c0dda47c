import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../../../lib/kafka/cluster/gateway-item.ts';
import { chosen } from '../../../lib/kafka/cluster/placement.ts';
import { type Viewer, viewOf } from '../../../lib/kafka/cluster/view.ts';

const KEYS = Array.from({ length: 3_000 }, (_, i) => `01JD9N5Q6T3M8W0Z4R7XKE2BCF/${i}`);
const ids = (...of: number[]) => of.map((id) => ({ id }));

describe('rendezvous hashing', () => {
  it('chooses as it always did', () => {
    expect(
      KEYS.slice(0, 12)
        .map((key) => chosen(key, ids(0, 1, 2)).id)
        .join(''),
    ).toMatchInlineSnapshot(`"112200012021"`);
  });

  it('gives each its share, within a fifth', () => {
    for (const members of [ids(0, 1), ids(0, 1, 2), ids(3, 7, 11, 900, 12_345)]) {
      const shares = Map.groupBy(KEYS, (key) => chosen(key, members).id);
      for (const { id } of members) {
        const share = (shares.get(id)?.length ?? 0) / (KEYS.length / members.length);
        expect(share).toBeGreaterThan(0.8);
        expect(share).toBeLessThan(1.2);
      }
    }
  });

  it('moves only what the one that went had, and spreads it over all others', () => {
    const moved = KEYS.filter((key) => chosen(key, ids(0, 1, 2, 3)).id !== chosen(key, ids(0, 1, 3)).id);
    expect(moved.every((key) => chosen(key, ids(0, 1, 2, 3)).id === 2)).toBe(true);
    expect(new Set(moved.map((key) => chosen(key, ids(0, 1, 3)).id))).toEqual(new Set([0, 1, 3]));
  });

  it('does not depend on the order of the candidates', () => {
    for (const key of KEYS.slice(0, 100)) expect(chosen(key, ids(2, 0, 1))).toEqual(chosen(key, ids(0, 1, 2)));
  });
});

const gateway = (id: number, rack: string | null = null, host = `10.0.0.${id}`): GatewayRecord => ({
  id,
  name: `g${id}`,
  run: `run${id}`,
  beats: 0,
  beatAtMs: 0,
  rack,
  listeners: new Map([['PLAINTEXT', { host, port: 9092 }]]),
});
const viewer: Viewer = { listener: 'PLAINTEXT', local: { host: '10.9.9.9', port: 9 }, clientId: null };
const seats = Array.from({ length: 200 }, (_, i) => ({ topicId: `T${i}`, partition: 0, width: 32 }));

describe('what a client is told of the gateways', () => {
  const zones = [gateway(0, 'a'), gateway(1, 'a'), gateway(2, 'b')];
  const view = (clientId: string | null, selfId = 0, living = zones) =>
    viewOf({ living, selfId, agreed: true }, { ...viewer, clientId });

  it('is the same from every gateway', () => {
    for (const seat of seats) {
      expect(view(null, 0).leaderOf(seat)).toBe(view(null, 2).leaderOf(seat));
      expect(view(null, 0).coordinatorOf(seat.topicId)).toEqual(view(null, 2).coordinatorOf(seat.topicId));
    }
    expect(new Set(seats.map((seat) => view(null).leaderOf(seat)))).toEqual(new Set([0, 1, 2]));
  });

  it('keeps the partitions of one ledger at one gateway, and spreads ledgers', () => {
    const of = (partition: number) => view(null).leaderOf({ topicId: 'T', partition, width: 4 });
    for (const first of [0, 4, 8, 12]) expect(new Set([0, 1, 2, 3].map((i) => of(first + i))).size).toBe(1);
    expect(new Set(Array.from({ length: 200 }, (_, i) => of(i))).size).toBe(3);
  });

  it('leads in the zone that a client names in its client id', () => {
    expect(new Set(seats.map((seat) => view('billing,rack=a').leaderOf(seat)))).toEqual(new Set([0, 1]));
    expect(new Set(seats.map((seat) => view('rack=b').leaderOf(seat)))).toEqual(new Set([2]));
  });

  it('leads anywhere for a zone without gateways', () => {
    for (const seat of seats) expect(view('rack=c').leaderOf(seat)).toBe(view(null).leaderOf(seat));
  });

  it('sends consumers to their zone, unless they are there or nobody is', () => {
    const [seat] = seats;
    expect(view(null, 0).nearerReplica(seat!, 'b')).toBe(2);
    expect([0, 1]).toContain(view(null, 2).nearerReplica(seat!, 'a'));
    expect(view(null, 0).nearerReplica(seat!, 'a')).toBeUndefined();
    expect(view(null, 0).nearerReplica(seat!, 'c')).toBeUndefined();
    expect(view(null, 0).nearerReplica(seat!, '')).toBeUndefined();
  });

  it('is one broker where all are behind one address', () => {
    const behind = [gateway(3, 'a', 'kafka.example.com'), gateway(5, 'b', 'kafka.example.com')];
    const { brokers, self, mayRefuseFor } = view(null, 5, behind);
    expect(brokers).toEqual([{ id: 3, host: 'kafka.example.com', port: 9092, rack: null }]);
    expect(self).toBe(brokers[0]);
    expect(mayRefuseFor(3)).toBe(false);
  });

  it('leaves out gateways that the listener does not lead to; the one that answers is where the client came', () => {
    const { brokers } = viewOf({ living: zones, selfId: 1, agreed: true }, { ...viewer, listener: 'OTHER' });
    expect(brokers).toEqual([{ id: 1, host: '10.9.9.9', port: 9, rack: 'a' }]);
  });

  it('lets requests be refused for others alone, and only while all agree', () => {
    expect([0, 1, 2, 7].map((id) => view(null, 0).mayRefuseFor(id))).toEqual([false, true, true, false]);
    const unsure = viewOf({ living: zones, selfId: 0, agreed: false }, viewer);
    expect(unsure.mayRefuseFor(1)).toBe(false);
  });
});
