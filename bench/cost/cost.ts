/**
 * `npm run bench:cost`: what AWS would bill for fixed workloads. Replays them over the platform's own code on metered stores
 * in simulated time, prices what was counted, and holds it beside others and our aims. Options after `--`: `--write` writes
 * `bench/cost/results.json` and the tables of `docs/cost.md`; `--stored` prints what is stored, and replays nothing; `--only`
 * replays the workloads whose names contain a text.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Random, systemRandom } from '../../lib/bytes/index.ts';
import { aligned } from '../table.ts';
import { headWrites } from './heads.ts';
import { idleMonth } from './idle.ts';
import { replay } from './replay.ts';
import { bars, tablesOf, written } from './report.ts';
import { parseResults, type Results, resultsText } from './results.ts';
import { WORKLOADS } from './workloads.ts';

const RESULTS = join(import.meta.dirname, 'results.json');
const DOCUMENT = resolve(import.meta.dirname, '../../docs/cost.md');
const HEAD_PARTITIONS = [1, 8, 32, 64];

async function run(only: string, random: Random): Promise<Results> {
  const chosen = WORKLOADS.filter(({ name, readers }) => `${name}, ${readers}`.includes(only));
  if (chosen.length === 0) {
    const names = [...new Set(WORKLOADS.map(({ name }) => name))].join('; ');
    throw new Error(`No workload's name contains "${only}"; there are: ${names}.`);
  }
  const months = [];
  for (const workload of chosen) {
    const startMs = performance.now();
    months.push(await replay(workload, workload.readers, random));
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    console.error(`(${workload.name}, ${workload.readers}: ${seconds} s)`);
  }
  const heads = [];
  for (const partitions of HEAD_PARTITIONS) heads.push(await headWrites(partitions, random));
  return { node: process.version, idle: await idleMonth(random), months, heads };
}

async function main(args: string[]): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ args, options: { write: flag, stored: flag, only: { type: 'string', default: '' } } });
  if (values.write && values.only !== '') throw new Error('--write stores a whole run: leave --only out.');
  const results = values.stored
    ? parseResults(await readFile(RESULTS, 'utf8'))
    : parseResults(resultsText(await run(values.only, systemRandom)));
  for (const table of tablesOf(results)) console.log(`${aligned(table)}\n`);
  console.log(bars(results));
  if (!values.write) return;
  await writeFile(RESULTS, resultsText(results));
  await writeFile(DOCUMENT, written(await readFile(DOCUMENT, 'utf8'), results));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
