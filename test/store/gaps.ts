import { test } from 'vitest';

/** Names of contract tests that an engine is known to get wrong, each with the reason. */
export type Gaps = Readonly<Record<string, string>>;

export const NO_GAPS: Gaps = {};

/**
 * The `test` for a contract's test of this name. A known gap must still be there: an engine that got right what it got
 * wrong fails here, so that the list of gaps never says too much.
 */
export function testUnder(gaps: Gaps, name: string): (name: string, run: () => Promise<void>) => void {
  return Object.hasOwn(gaps, name) ? test.fails : test;
}
