/**
 * `npm run bench`: what Millrace does on this machine, beside what the machine itself can do. Options after `--`:
 * `--quick` (shows that it works; the numbers mean little), `--markdown`, `--only append,fetch`, `--folder` on the disk to be
 * measured.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Table } from './harness.ts';
import { describeMachine } from './machine.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { aligned, markdown } from './table.ts';

interface Options {
  quick: boolean;
  markdown: boolean;
  only: string[];
  folder: string;
}

function optionsOf(args: string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  const options = { quick: flag, markdown: flag, only: { type: 'string' }, folder: { type: 'string' } } as const;
  const { values } = parseArgs({ args, options });
  const only = values.only?.split(',') ?? Object.keys(SCENARIOS);
  const unknown = only.find((name) => !Object.hasOwn(SCENARIOS, name));
  if (unknown !== undefined) {
    throw new Error(`There is no scenario "${unknown}"; there are ${Object.keys(SCENARIOS).join(', ')}.`);
  }
  return { quick: values.quick, markdown: values.markdown, only, folder: values.folder ?? tmpdir() };
}

async function run(name: string, folder: string, quick: boolean): Promise<Table[]> {
  const child = fork(new URL('./scenario-process.ts', import.meta.url), [name, folder, quick ? 'quick' : 'full'], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let tables: Table[] | undefined;
  child.on('message', (message) => {
    tables = message as Table[];
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (!tables) throw new Error(`Scenario ${name} ended with ${code} and no result.`);
  return tables;
}

async function main(options: Options): Promise<void> {
  const folder = await mkdtemp(join(options.folder, 'millrace-bench-'));
  try {
    const facts = describeMachine(folder);
    console.log(facts.map((fact) => (options.markdown ? `- ${fact}` : fact)).join('\n'));
    for (const name of options.only) {
      const startMs = performance.now();
      for (const table of await run(name, folder, options.quick)) {
        console.log(`\n${options.markdown ? markdown(table) : aligned(table)}`);
      }
      console.error(`(${name}: ${((performance.now() - startMs) / 1_000).toFixed(0)} s)`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main(optionsOf(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
