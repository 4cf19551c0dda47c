import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { cutPlan } from './cut.ts';
import { simulateAll } from './fleet.ts';
import { huntAll } from './mutants/hunt.ts';
import { mutantNamed } from './mutants/mutant.ts';
import { MUTANTS } from './mutants/mutants.ts';
import { planOf } from './plan.ts';
import { reportOf } from './report.ts';
import { simulate } from './run.ts';
import { shrink } from './shrink.ts';
import { THEMES, type Theme } from './themes.ts';

const USAGE = `npm run sim -- [--seeds N] [--seed S] [--theme T] [--jobs J]
  Simulates N seeds from S on (by default 1,000 fresh ones), on all cores, and prints the shortest history of those that fail.
npm run sim -- --seed S [--theme T] [--without a,b] [--chaos ms] [--trace]
  Simulates one seed, or what is left of it, and prints its history; with --trace all store calls and messages.
npm run sim -- --mutants | --mutant NAME [--seeds N] [--seed S]
  Makes one thing after the other wrong in the platform, and looks whether the seeds notice.`;

const FRESH_SEEDS = 1_000;
const SAY_EVERY_MS = 30_000;
const MUTANT_SEEDS = 80;
const SEEDS = 2 ** 31;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    theme: { type: 'string' },
    jobs: { type: 'string' },
    without: { type: 'string' },
    chaos: { type: 'string' },
    trace: { type: 'boolean' },
    mutants: { type: 'boolean' },
    mutant: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  },
});

const theme = themeNamed(values.theme);

if (values.help) console.log(USAGE);
else if (values.mutants || values.mutant) await hunted(values.mutant);
else if (values.seed !== undefined && values.seeds === undefined) await one(Number(values.seed));
else {
  const first = values.seed === undefined ? Math.floor(Math.random() * SEEDS) : Number(values.seed);
  await many(first, Number(values.seeds ?? FRESH_SEEDS));
}

/** @throws where it is none */
function themeNamed(name: string | undefined): Theme | undefined {
  const known = THEMES.find((one) => one === name);
  if (name !== undefined && !known) throw new Error(`There is no theme "${name}"; there are ${THEMES.join(', ')}.`);
  return known;
}

async function one(seed: number): Promise<void> {
  const without = values.without?.split(',') ?? [];
  const cut = { without, chaosMs: values.chaos === undefined ? undefined : Number(values.chaos) };
  const plan = cutPlan(planOf(seed, theme), cut);
  const outcome = await simulate(plan, { keepTrace: values.trace ?? false });
  if (values.trace) console.log(outcome.trace.join('\n'));
  if (outcome.problems.length === 0) {
    const { traceHash, history, simulatedMs, happenings } = outcome;
    console.log(
      `Seed ${seed}: nothing is wrong. Trace ${traceHash}, ${history.operations.length} operations, ${happenings} happenings in ${Math.round(simulatedMs)} simulated ms.`,
    );
    return;
  }
  process.exitCode = 1;
  const failed =
    without.length > 0 ? { cut, plan, outcome } : ((await shrink(seed, { theme })) ?? { cut, plan, outcome });
  console.log(reportOf(failed));
}

/** Every mutant must be noticed by one of so many seeds. */
async function hunted(names: readonly string[] | undefined): Promise<void> {
  const mutants = names?.map(mutantNamed) ?? MUTANTS;
  const first = Number(values.seed ?? 1);
  const most = Number(values.seeds ?? MUTANT_SEEDS);
  const all = await huntAll(mutants, {
    first,
    most,
    jobs: Number(values.jobs ?? availableParallelism()),
    onHunted: ({ mutant, seeds: tried, caught, tookMs }) => {
      const how = caught
        ? `caught by seed ${caught.seed}${mutant.theme ? ` of ${mutant.theme}` : ''}, after ${tried}`
        : `NOT caught by ${tried} seeds`;
      console.log(`${mutant.name}: ${how} (${(tookMs / 1_000).toFixed(1)} s)`);
      if (caught) console.log(`    ${caught.problem.split('\n')[0]!.slice(0, 160)}`);
    },
  });
  const free = all.filter(({ caught }) => !caught);
  console.log(`${all.length - free.length} of ${all.length} mutants caught.`);
  if (free.length > 0) process.exitCode = 1;
}

async function many(first: number, seeds: number): Promise<void> {
  console.log(`Seeds ${first} to ${first + seeds - 1}: npm run sim -- --seed ${first} --seeds ${seeds}`);
  const begunMs = performance.now();
  const failed: number[] = [];
  let done = 0;
  let saidMs = begunMs;
  const told = await simulateAll(
    Array.from({ length: seeds }, (_, i) => first + i),
    {
      jobs: Number(values.jobs ?? availableParallelism()),
      theme,
      onTold: ({ seed, report }) => {
        done++;
        if (report !== undefined) {
          failed.push(seed);
          console.log(report);
        }
        const nowMs = performance.now();
        if (nowMs - saidMs < SAY_EVERY_MS) return;
        saidMs = nowMs;
        const leftMinutes = (((nowMs - begunMs) / done) * (seeds - done)) / 60_000;
        console.error(`${done} of ${seeds} seeds, ${failed.length} failed; ${Math.ceil(leftMinutes)} min left`);
      },
    },
  );
  const minutes = (performance.now() - begunMs) / 60_000;
  console.log(
    `${told.length} seeds, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}; ${Math.round(told.length / minutes)} a minute.`,
  );
  if (failed.length > 0) process.exitCode = 1;
}
