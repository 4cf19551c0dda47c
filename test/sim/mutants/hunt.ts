import { simulateAll } from '../fleet.ts';
import { planOf } from '../plan.ts';
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

/** Simulates seeds on a platform with the mutant in it, one after the other, until one notices. */
export async function hunt(mutant: Mutant, seeds: Iterable<number>): Promise<Hunted> {
  const begunMs = performance.now();
  const told = await simulateAll(seeds, {
    jobs: 1,
    shrink: false,
    silenceMs: SILENCE_MS,
    execArgv: ['--import', new URL('loader.ts', import.meta.url).href],
    env: { MILLRACE_MUTANT: mutant.name },
    enough: ({ problems }) => problems.length > 0,
  });
  const found = told.find(({ problems }) => problems.length > 0);
  const caught = found && { seed: found.seed, problem: found.problems[0]! };
  return { mutant, seeds: told.length, caught, tookMs: performance.now() - begunMs };
}

/** Seeds to try: the one that noticed it before, then the first from `first` on whose simulations are about its theme. */
export function* seedsFor({ theme, seed: known }: Mutant, first: number, most: number): Generator<number> {
  if (known !== undefined) yield known;
  for (let seed = first, found = 0; found < most; seed++) {
    if (theme !== undefined && planOf(seed).theme !== theme) continue;
    found++;
    yield seed;
  }
}

/** Hunts all of them, as many at once as there are cores. */
export async function huntAll(
  mutants: readonly Mutant[],
  seedsOf: (mutant: Mutant) => Iterable<number>,
  { jobs, onHunted }: { jobs: number; onHunted?: (hunted: Hunted) => void },
): Promise<Hunted[]> {
  const left = [...mutants];
  const all: Hunted[] = [];
  const work = async () => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const hunted = await hunt(mutant, seedsOf(mutant));
      all.push(hunted);
      onHunted?.(hunted);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return all;
}
