import type { Random } from '../../lib/bytes/index.ts';
import { seededRandom } from '../support/clock.ts';
import { flawOf, verdictFlaw } from './check.ts';
import { keptInputs } from './corpus.ts';
import { below, INPUT_BYTES_MAX, mutate } from './mutate.ts';
import type { Target } from './target.ts';

export interface Failure {
  readonly target: string;
  readonly flaw: string;
  /** As small as it could be made. */
  readonly input: Uint8Array;
  /** Which run it was; -1 for one of the seeds or of the corpus. */
  readonly run: number;
  /** Of one of the corpus, where it lies there. */
  readonly kept?: string;
}

/** Tries to make a failing input smaller. */
const SHRINK_TRIES_MAX = 2_000;
/** The share of mutated inputs that are mended. */
const MENDED = 0.7;
/** The share of inputs that are changed by who knows how they are built. */
const BUILT = 0.6;
/** What says that two inputs fail alike. */
const KIND_CHARS = 20;

/**
 * Takes the corpus and the seeds as they are, then mutations of them while `goesOn(run)`; ends with the first failure. `onInput`
 * is told of each input before it is taken, for whoever watches from outside.
 */
export async function fuzz(
  target: Target,
  seed: number,
  goesOn: (run: number) => boolean,
  onInput: (input: Uint8Array) => void = () => {},
): Promise<Failure | undefined> {
  const kept = keptInputs(target);
  const made = [...Object.values(target.seeds()), ...(target.more?.() ?? [])];
  const inputs = [...kept.map(({ input }) => input), ...made];
  const words = (target.words ?? []).map((word) => Buffer.from(word));
  const random = seededRandom(seed);
  for (const { name, input, must } of kept) {
    onInput(input);
    const flaw = (await flawOf(target, input)) ?? (must && (await verdictFlaw(target, input, must)));
    if (flaw) return { target: target.name, flaw, input, run: -1, kept: name };
  }
  for (const input of made) {
    onInput(input);
    const flaw = await flawOf(target, input);
    if (flaw) return { target: target.name, flaw, input, run: -1 };
  }
  for (let run = 0; goesOn(run); run++) {
    const mutated = mutation(target, inputs, random, words);
    const mends = random.next() < MENDED;
    const input = mends && target.mend ? target.mend(mutated) : mutated;
    onInput(input);
    const flaw = await flawOf(target, input);
    if (flaw) return { target: target.name, flaw, input: await shrunk(target, input, flaw), run };
  }
  return undefined;
}

function mutation(target: Target, inputs: readonly Uint8Array[], random: Random, words: readonly Buffer[]): Uint8Array {
  const built = random.next() < BUILT && target.change?.(inputs[below(random, inputs.length)]!, random);
  return built ? built.subarray(0, INPUT_BYTES_MAX) : mutate(inputs, random, words);
}

/** A smaller input that fails likewise: stretches are cut out while that is so. What is slow or large stays as it is. */
async function shrunk(target: Target, input: Uint8Array, flaw: string): Promise<Uint8Array> {
  if (flaw.startsWith('takes')) return input;
  let smallest = input;
  const random = seededRandom(1);
  for (let tries = 0; tries < SHRINK_TRIES_MAX && smallest.length > 1; tries++) {
    const length = 1 + below(random, Math.max(1, smallest.length >> (1 + (tries % 6))));
    const from = below(random, smallest.length - length + 1);
    const cut = Buffer.concat([smallest.subarray(0, from), smallest.subarray(from + length)]);
    const candidate = target.mend ? target.mend(new Uint8Array(cut)) : new Uint8Array(cut);
    if (candidate.length >= smallest.length) continue;
    if ((await flawOf(target, candidate))?.slice(0, KIND_CHARS) === flaw.slice(0, KIND_CHARS)) smallest = candidate;
  }
  return smallest;
}
