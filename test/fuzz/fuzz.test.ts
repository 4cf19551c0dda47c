import { describe, expect, test } from 'vitest';
import { seededRandom } from '../support/clock.ts';
import { flawOf } from './check.ts';
import { keptInputs, unkeptSeeds } from './corpus.ts';
import { fuzz } from './fuzz.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';
import { TARGET_NAMES, targetNamed } from './targets/index.ts';
import { fuzzWatched } from './watch.ts';

/** A bounded run, the same every time; long ones are made by hand: npm run fuzz. */
const SEED = 20_260_101;
const RUNS = 500;

test('what is fuzzed makes a value or a clean error of whatever bytes there are', async () => {
  const done = await fuzzWatched({ targets: TARGET_NAMES, seed: SEED, runs: RUNS });
  const found = done.flatMap(({ target, failure }) =>
    failure
      ? [{ ...failure, input: Buffer.from(failure.input).toString('hex'), again: `--target ${target} --seed ${SEED}` }]
      : [],
  );
  expect(found).toEqual([]);
  expect(done.map(({ target, runs }) => [target, runs])).toEqual(TARGET_NAMES.map((name) => [name, RUNS]));
}, 120_000);

describe.each(TARGET_NAMES)('%s', (name) => {
  test('has its seeds in the corpus', async () => {
    const target = await targetNamed(name);
    expect(Object.keys(target.seeds())).not.toEqual([]);
    expect(unkeptSeeds(target), 'node test/fuzz/make-seeds.ts keeps them').toEqual([]);
  });

  /** What becomes of bytes; nothing, where they are not even of the form that the target looks into. */
  const fateOf = async (
    target: Target,
    bytes: Uint8Array,
    encodes: boolean,
  ): Promise<'taken' | 'refused' | 'nothing'> => {
    try {
      const encoded = await target.take(bytes);
      if ((await target.refusal?.(bytes)) !== undefined) return 'refused';
      return encodes && encoded === undefined ? 'nothing' : 'taken';
    } catch (error) {
      if (target.isClean(error)) return 'refused';
      throw error;
    }
  };
  /** What the fuzzer finds where a bug is met by whatever has that fate, but is none of the seeds. */
  const withBugFor = async (fate: 'taken' | 'refused') => {
    const target = await targetNamed(name);
    const kept = [...keptInputs(target).map(({ input }) => input), ...Object.values(target.seeds())];
    const known = new Set([...kept, ...(target.more?.() ?? [])].map((input) => Buffer.from(input).toString('hex')));
    const encodes = (await target.take(Object.values(target.seeds())[0]!)) !== undefined;
    const take = async (bytes: Uint8Array): Promise<undefined> => {
      if (known.has(Buffer.from(bytes).toString('hex'))) return;
      if ((await fateOf(target, bytes, encodes)) === fate) throw new TypeError('planted');
    };
    // Of another name, it has no corpus of its own; its seeds are what the real one keeps.
    const seeds = () => Object.fromEntries(kept.map((input, i) => [String(i), input]));
    return fuzz({ ...target, name: 'planted', seeds, take } as Target, SEED, (run) => run < RUNS);
  };

  test.each(['taken', 'refused'] as const)(
    'a bug in what is done with changed bytes that are %s is found',
    async (fate) => {
      expect((await withBugFor(fate))?.flaw).toContain('throws TypeError: planted');
    },
  );
});

describe('the fuzzer', () => {
  /** Takes up to three bytes; what it does of others, `take` says. */
  const over = (take: Target['take']): Target => ({
    name: 'planted',
    seeds: () => ({ three: Uint8Array.of(1, 2, 3) }),
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
