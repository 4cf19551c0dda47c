import { describe, expect, test } from 'vitest';
import { memoryStores, type Write } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from './clock.ts';
import { type FaultPlan, faultyStores } from './faulty.ts';

const key = { pk: 'a', sk: 'b' };
const add: Exclude<Write, { write: 'check' }> = {
  write: 'update',
  key,
  actions: [{ do: 'add', path: ['n'], by: 1, from: 0 }],
};

function open(plan: FaultPlan = {}, seed = 1) {
  const clock = simulatedClock();
  return { clock, stores: faultyStores(memoryStores(), { clock, random: seededRandom(seed) }, plan) };
}

describe('faulty stores', () => {
  test('an unavailable store has had no effect', async () => {
    const { stores } = open();
    stores.strikeNext('unavailable');
    await expect(stores.items.write(add)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await stores.items.get(key)).toBeUndefined();
  });

  test('a lost answer leaves the effect, a lost request none', async () => {
    const { stores } = open();
    stores.strikeNext('requestLost');
    await expect(stores.items.transact([add])).rejects.toMatchObject({ code: 'store_unknown' });
    expect(await stores.items.get(key)).toBeUndefined();
    stores.strikeNext('answerLost');
    await expect(stores.items.transact([add])).rejects.toMatchObject({ code: 'store_unknown' });
    expect(await stores.items.get(key)).toEqual({ n: 1 });
  });

  test('a delayed write takes effect when its time comes, with the bytes of its call', async () => {
    const { stores, clock } = open({ delayMs: [500, 500] });
    const bytes = new Uint8Array([1, 2]);
    stores.strikeNext('delayed');
    await expect(stores.objects.put('late', [bytes])).rejects.toMatchObject({ code: 'store_unknown' });
    bytes.fill(0);
    await clock.advance(499);
    expect(await stores.objects.size('late')).toBeUndefined();
    expect(stores.outstanding).toBe(1);
    await clock.advance(1);
    expect(await stores.objects.get('late')).toEqual(new Uint8Array([1, 2]));
    expect(stores.outstanding).toBe(0);
  });

  test('the same seed strikes the same calls, in about the planned share', async () => {
    const run = async (seed: number) => {
      const { stores } = open({ unavailable: 0.1, answerLost: 0.1, requestLost: 0.1, delayed: 0.1 }, seed);
      const ends = await Promise.allSettled(Array.from({ length: 400 }, () => stores.items.write(add)));
      return {
        ends: ends.map((end) => (end.status === 'rejected' ? end.reason.code : 'done')),
        struck: { ...stores.struck },
      };
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
    for (const times of Object.values(first.struck)) expect(times).toBeGreaterThan(15);
    expect(first.ends.filter((end) => end === 'done').length).toBeGreaterThan(180);
  });

  test('latency is spent on the clock, and an empty plan ends all faults', async () => {
    const { stores, clock } = open({ latencyMs: [10, 20], unavailable: 1 });
    const reading = expect(stores.items.get(key)).rejects.toMatchObject({ code: 'store_unavailable' });
    await clock.advance(20);
    await reading;
    stores.plan({});
    expect(await stores.items.get(key)).toBeUndefined();
  });
});
