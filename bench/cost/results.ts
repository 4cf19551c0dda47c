import type { HeadWrites } from './heads.ts';
import type { Month } from './replay.ts';

/** What a run counted, before it is priced: `bench/cost/results.json`. */
export interface Results {
  readonly node: string;
  readonly idle: Month;
  readonly months: readonly Month[];
  readonly heads: readonly HeadWrites[];
}

const DIGITS = 6;

/** Results as they are stored: six digits are more than anything here is good for. */
export function resultsText(results: Results): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;
  return `${JSON.stringify(results, rounded, 2)}\n`;
}

export function parseResults(text: string): Results {
  return JSON.parse(text) as Results;
}
