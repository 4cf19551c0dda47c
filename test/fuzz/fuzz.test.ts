import { describe, expect, test } from 'vitest';
import { seededRandom } from '../support/clock.ts';
import { flawOf } from './check.ts';
import { fuzz } from './fuzz.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';
import { TARGET_NAMES } from './targets/index.ts';
import { fuzzWatched } from './watch.ts';

/** A bounded run, the same every time; long ones are made by hand: npm run fuzz. */
const SEED = 20_260_101;
const RUNS = 500;

test('what is fuzzed makes a value or a clean error of whatever bytes there are', async () => {
  const done = await fuzzWatched({ targets: TARGET_NAMES, seed: SEED, runs: RUNS });
  const found = done.flatMap(({ failure }) =>
    failure ? [{ ...failure, input: Buffer.from(failure.input).toString('hex') }] : [],
  );
  expect(found).toEqual([]);
  expect(done.map(({ target, runs }) => [target, runs])).toEqual(TARGET_NAMES.map((name) => [name, RUNS]));
}, 120_000);

describe('the fuzzer', () => {
  /** Takes up to three bytes; what it does of others, `take` says. */
  const over = (take: Target['take']): Target => ({
    name: 'planted',
    seeds: () => [Uint8Array.of(1, 2, 3)],
    isClean: (error) => error instanceof SyntaxError,
    take: (bytes) => (bytes.length > 3 ? take(bytes) : undefined),
  });
  const found = (target: Target) => fuzz(target, 1, (run) => run < 500);

  test('finds an error that is not clean, and makes its input as small as it can', async () => {
    const failure = await found(
      over(() => {
        throw new TypeError('planted');
      }),
    );
    expect(failure?.flaw).toContain('throws TypeError: planted');
    expect(failure?.input).toHaveLength(4);
  });

  test('takes clean errors for what they are', async () => {
    const clean = over(() => {
      throw new SyntaxError('planted');
    });
    expect(await found(clean)).toBeUndefined();
  });

  test('finds values that are not encoded to what is taken again', async () => {
    const unstable = over((bytes) => Buffer.concat([bytes, Uint8Array.of(0)]));
    expect((await found(unstable))?.flaw).toContain('is encoded to something else');
  });

  test('finds memory that is out of proportion', async () => {
    const kept: unknown[] = [];
    const hungry = over(() => {
      kept.push(Buffer.alloc(200 << 20));
      return undefined;
    });
    expect((await found(hungry))?.flaw).toMatch(/takes \d+ MiB of memory/);
  });

  test('finds time that is out of proportion', async () => {
    const slow = over(() => {
      const before = process.cpuUsage();
      for (let sum = 0; ; ) {
        for (let i = 0; i < 1e6; i++) sum += i % 7;
        const { user, system } = process.cpuUsage(before);
        if (sum > 0 && user + system > 60_000) return undefined;
      }
    });
    expect(await flawOf(slow, new Uint8Array(5), 50)).toMatch(/takes \d+ ms of CPU/);
  });

  test('tries the same inputs for the same seed, and others for another', () => {
    const inputs = (seed: number) => {
      const random = seededRandom(seed);
      const from = [Buffer.from('{"a":[1,2]}'), Buffer.from('x')];
      return Array.from({ length: 50 }, () => Buffer.from(mutate(from, random, [Buffer.from('word')])).toString('hex'));
    };
    expect(inputs(7)).toEqual(inputs(7));
    expect(inputs(8)).not.toEqual(inputs(7));
    expect(new Set(inputs(7)).size).toBeGreaterThan(40);
  });
});
