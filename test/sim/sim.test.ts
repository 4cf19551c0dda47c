import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { simulateAll } from './fleet.ts';
import { planOf } from './plan.ts';
import { simulate } from './run.ts';

/**
 * Simulated in every run, all of them: so many that two cores that have much else to do come through in well below a minute.
 * Some are of the themes that make what is rare common.
 */
const FIXED_SEEDS = 20;
const FIXED_THEMES = ['steps', 'woken'] as const;
const SEEDS_OF_THEME = 2;
/** Beside them, seeds that nobody has tried yet, as many as can be in so long. */
const FRESH_MS = 8_000;
const FRESH_SEEDS_MAX = 2_000;
const TIMEOUT_MS = 180_000;

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

describe('the simulator', { timeout: TIMEOUT_MS }, () => {
  it('goes the same way from the same seed', async () => {
    for (const seed of [3, 19]) {
      const one = await simulate(planOf(seed), { keepTrace: true });
      const two = await simulate(planOf(seed), { keepTrace: true });
      expect(one.trace.length).toBeGreaterThan(300);
      expect(two.trace).toEqual(one.trace);
      expect(two.traceHash).toBe(one.traceHash);
      expect(two.history).toEqual(one.history);
    }
  });

  it('goes the same way from the same seed where wake-ups deliver and tend', async () => {
    const [one, two] = [await simulate(planOf(2, 'woken')), await simulate(planOf(2, 'woken'))];
    expect(two.traceHash).toBe(one.traceHash);
  });

  it('goes the same way in another process, and another way from another seed', async () => {
    const told = await simulateAll([3, 8], { jobs: 2 });
    const hashes = new Map(told.map(({ seed, traceHash }) => [seed, traceHash]));
    expect((await simulate(planOf(8))).traceHash).toBe(hashes.get(8));
    expect(hashes.get(3)).not.toBe(hashes.get(8));
  });

  it('tells how a seed went, and what it was asked that it does not know', async () => {
    const run = (...more: string[]) => promisify(execFile)(process.execPath, ['test/sim/cli.ts', ...more]);
    expect((await run('--seed', '3')).stdout).toContain('Seed 3: nothing is wrong');
    await expect(run('--seed', '3', '--without', 'nobody')).rejects.toThrow('There is no "nobody"');
  });
});

describe('the whole platform, under faults of all kinds', () => {
  it(
    'keeps every promise, from seeds that are always the same, and from fresh ones',
    async () => {
      const fixed = await simulateAll(range(1, FIXED_SEEDS), { jobs: 2 });
      for (const theme of FIXED_THEMES) {
        fixed.push(...(await simulateAll(range(1, SEEDS_OF_THEME), { jobs: 2, theme })));
      }
      console.log(`Fixed seeds: ${fixed.length}`);
      expect(fixed.length).toBe(FIXED_SEEDS + FIXED_THEMES.length * SEEDS_OF_THEME);
      expect(fixed.flatMap(({ report }) => report ?? [])).toEqual([]);
      const first = Math.floor(Math.random() * 2 ** 31);
      const fresh = await simulateAll(range(first, FRESH_SEEDS_MAX), { jobs: 2, limitMs: FRESH_MS });
      console.log(
        `Fresh seeds ${first} to ${first + fresh.length - 1}: npm run sim -- --seed ${first} --seeds ${fresh.length}`,
      );
      expect(fresh.flatMap(({ report }) => report ?? [])).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
