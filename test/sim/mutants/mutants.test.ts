import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutated } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

describe('mutants', () => {
  it('have names of their own, and are at least twenty', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
  });

  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s finds what it replaces', (_, mutant) => {
    const source = readFileSync(mutant.file, 'utf8');
    expect(mutated(mutant, source)).not.toBe(source);
  });

  it('whose text is not found are told of', () => {
    expect(() => mutated({ ...MUTANTS[0]!, text: 'nothing like it' }, 'let it = 1;')).toThrow('finds its text 0 times');
  });
});
