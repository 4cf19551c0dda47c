import { formatOperation } from '../checker/index.ts';
import type { Cut } from './cut.ts';
import { type Plan, planOf } from './plan.ts';
import type { Shrunk } from './shrink.ts';

/** Of a long history, what is printed; `--trace` has all. */
const OPERATIONS_SHOWN = 100;
const PROBLEMS_SHOWN = 12;

/** The command that runs a simulation again. */
export function commandOf({ seed, theme }: Plan, { without, chaosMs }: Cut, more = ''): string {
  const parts = [`npm run sim -- --seed ${seed}`];
  if (theme !== planOf(seed).theme) parts.push(`--theme ${theme}`);
  if (without.length > 0) parts.push(`--without ${without.join(',')}`);
  if (chaosMs !== undefined) parts.push(`--chaos ${chaosMs}`);
  return [...parts, more].join(' ').trim();
}

/** What a person needs to understand a failing seed: what is wrong, the shortest plan and history, and how to repeat it. */
export function reportOf({ cut, plan, outcome }: Shrunk): string {
  const { problems, history } = outcome;
  const lines = [`Seed ${plan.seed} fails:`, ...shortened(problems.map(indented), PROBLEMS_SHOWN)];
  lines.push(`Shortest plan found: ${plan.servers} servers, ${plan.chaosMs} ms, ${JSON.stringify(plan.options)}`);
  lines.push(
    indented(`chances ${JSON.stringify(plan.chances)}, network ${JSON.stringify(plan.network)}, skew ${plan.skewMs}`),
  );
  for (const topic of plan.topics) lines.push(indented(JSON.stringify(topic)));
  for (const client of plan.clients) lines.push(indented(JSON.stringify(client)));
  for (const fault of plan.faults) lines.push(indented(JSON.stringify(fault)));
  const operations = history.operations.filter(({ kind }) => kind !== 'read');
  lines.push(`History (${operations.length} operations):`);
  lines.push(...shortened(operations.map(formatOperation).map(indented), OPERATIONS_SHOWN));
  lines.push(`Again: ${commandOf(plan, cut)}`, `All store calls and messages: ${commandOf(plan, cut, '--trace')}`);
  return lines.join('\n');
}

function indented(line: string): string {
  return `  ${line}`;
}

function shortened(lines: readonly string[], most: number): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `  … and ${lines.length - most} more`];
}
