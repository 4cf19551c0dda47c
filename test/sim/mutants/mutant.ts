import type { Theme } from '../themes.ts';
import { MUTANTS } from './mutants.ts';

/** One thing made wrong in the platform, which the simulator has to notice. */
export interface Mutant {
  readonly name: string;
  /** What is wrong then, and why it matters. */
  readonly why: string;
  /** Below the project's folder. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** What the simulations are about in which it must show within a few seeds, whichever is the first; what they draw, unless given. */
  readonly theme?: Theme;
}

/** @throws where there is none of that name */
export function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (!mutant) throw new Error(`There is no mutant "${name}".`);
  return mutant;
}

/** The source with the mutant's text replaced. @throws where the text is not there exactly once: the mutant is out of date */
export function mutated({ name, file, text, replacement }: Mutant, source: string): string {
  const places = source.split(text).length - 1;
  if (places !== 1)
    throw new Error(`The mutant "${name}" finds its text ${places} times in ${file}; bring it up to date: ${text}`);
  return source.replace(text, () => replacement);
}
