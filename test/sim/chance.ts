import type { Random } from '../../lib/bytes/index.ts';
import { seededRandom } from '../support/clock.ts';

/** Draws of one part of the simulation. Each part has its own, so that leaving one out changes nothing for the others. */
export interface Chance {
  readonly random: Random;
  /** Whether something of probability `p` happens. */
  is(p: number): boolean;
  /** A whole number from 0 up to, but without, `end`. */
  below(end: number): number;
  /** A number from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(all: readonly T[]): T;
}

/** The draws of the part `name` of the simulation with this seed. */
export function chanceOf(seed: number, name: string): Chance {
  let hash = (seed ^ 0x9e3779b9) >>> 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  const random = seededRandom(Math.imul(hash ^ (hash >>> 15), 0x735a2d97) >>> 0);
  const below = (end: number) => Math.floor(random.next() * end);
  return {
    random,
    is: (p) => random.next() < p,
    below,
    between: (least, most) => least + random.next() * (most - least),
    pick: (all) => all[below(all.length)]!,
  };
}
