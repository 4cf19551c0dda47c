import { simulateAll } from '../fleet.ts';
import { planOf } from '../plan.ts';
import { simulate } from '../run.ts';
import type { Mutant } from './mutant.ts';

/** A mutant may well hang: then it is noticed by that. */
const SILENCE_MS = 40_000;

/** How a mutant was found. */
export interface Hunted {
  readonly mutant: Mutant;
  /** Seeds simulated. */
  readonly seeds: number;
  /** The first seed that noticed it, and what it said; undefined where none did. */
  readonly caught: { readonly seed: number; readonly problem: string } | undefined;
  readonly tookMs: number;
}

/** Which seeds are tried: from `first` on, at most so many. */
export interface Bounds {
  readonly first: number;
  readonly most: number;
}

/**
 * Simulates seeds of its theme on a platform with the mutant in it, one after the other, until one notices. One that finds
 * something wrong without the mutant, too, has noticed nothing.
 */
export async function hunt(mutant: Mutant, { first, most }: Bounds): Promise<Hunted> {
  const begunMs = performance.now();
  for (let tried = 0; tried < most; ) {
    const told = await simulateAll(range(first + tried, first + most), {
      jobs: 1,
      theme: mutant.theme,
      shrink: false,
      silenceMs: SILENCE_MS,
      execArgv: ['--import', new URL('loader.ts', import.meta.url).href],
      env: { MILLRACE_MUTANT: mutant.name },
      enough: ({ problems }) => problems.length > 0,
    });
    tried += told.length;
    const found = told.find(({ problems }) => problems.length > 0);
    if (!found) break;
    const { problems } = await simulate(planOf(found.seed, mutant.theme));
    if (problems.length > 0) continue;
    const caught = { seed: found.seed, problem: found.problems[0]! };
    return { mutant, seeds: tried, caught, tookMs: performance.now() - begunMs };
  }
  return { mutant, seeds: most, caught: undefined, tookMs: performance.now() - begunMs };
}

function* range(from: number, to: number): Generator<number> {
  for (let seed = from; seed < to; seed++) yield seed;
}

/** Hunts all of them, as many at once as there are cores. */
export async function huntAll(
  mutants: readonly Mutant[],
  { jobs, onHunted, ...bounds }: Bounds & { jobs: number; onHunted?: (hunted: Hunted) => void },
): Promise<Hunted[]> {
  const left = [...mutants];
  const all: Hunted[] = [];
  const work = async () => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const hunted = await hunt(mutant, bounds);
      all.push(hunted);
      onHunted?.(hunted);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return all;
}
