import { describe, expect, test } from 'vitest';
import { seededRandom, simulatedClock } from './clock.ts';

describe('the simulated clock', () => {
  test('wakes sleepers in order of their moment, each at exactly that moment', async () => {
    const clock = simulatedClock(1_000);
    const woken: [string, number][] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.nowMs()]);
    };
    void sleeper('late', 30);
    void sleeper('early', 10);
    void sleeper('early too', 10);
    void sleeper('beyond', 31);
    await clock.advance(30);
    expect(woken).toEqual([
      ['early', 1_010],
      ['early too', 1_010],
      ['late', 1_030],
    ]);
    expect(clock.sleepers).toBe(1);
  });

  test('a sleep begun by a woken sleeper falls into the same advance', async () => {
    const clock = simulatedClock(0);
    const at: number[] = [];
    void (async () => {
      for (;;) {
        await clock.sleep(10);
        at.push(clock.nowMs());
      }
    })();
    await clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
    expect(clock.monotonicMs()).toBe(35);
  });

  test('an aborted sleep rejects at once, and is gone', async () => {
    const clock = simulatedClock();
    const ending = new AbortController();
    const sleeping = clock.sleep(1_000, ending.signal);
    ending.abort();
    await expect(sleeping).rejects.toMatchObject({ code: 'aborted' });
    await expect(clock.sleep(1, ending.signal)).rejects.toMatchObject({ code: 'aborted' });
    expect(clock.sleepers).toBe(0);
  });

  test('a jump of the wall clock leaves monotonic time alone', async () => {
    const clock = simulatedClock(5_000);
    clock.jump(-1_000);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([4_000, 0]);
  });
});

test('the same seed gives the same randomness, another seed another', () => {
  const draw = (seed: number) => [seededRandom(seed).next(), ...seededRandom(seed).fill(new Uint8Array(8))];
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});
