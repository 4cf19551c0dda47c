import type { Command } from 'commander';
import type { Surroundings } from './command.ts';
import { CliError } from './errors.ts';

/** Settings of npm that files of its own may give, under names that options of ours have. */
const NPM_OWN: ReadonlySet<string> = new Set(['key', 'version', 'help']);

/** Scripts of a clone that run the command. A package that npx or somebody's own script runs has neither. */
const OWN_SCRIPTS: ReadonlySet<string> = new Set(['start', 'millrace']);

/**
 * What whoever runs the command types before a subcommand. npm eats a command's own flags unless they stand behind `--`.
 *
 * @example
 * calledAs({ npm_lifecycle_event: 'millrace' }); // 'npm run -s millrace --'
 * calledAs({ npm_lifecycle_event: 'npx' }); // 'millrace'
 */
export function calledAs(env: Surroundings['env']): string {
  return OWN_SCRIPTS.has(env.npm_lifecycle_event ?? '') ? 'npm run -s millrace --' : 'millrace';
}

/**
 * npm takes options that do not stand behind `--` for settings of its own, and hands them on in the environment: the command would
 * run without them. Source: npm's page on config, "Environment Variables".
 *
 * @throws CliError usage_invalid
 */
export function refuseTakenByNpm(command: Command, env: Surroundings['env']): void {
  if (env.npm_lifecycle_event === undefined) return;
  for (let of: Command | null = command; of; of = of.parent) {
    for (const { long } of of.options) {
      const name = long?.slice(2) ?? '';
      if (NPM_OWN.has(name) || env[`npm_config_${name.replaceAll('-', '_')}`] === undefined) continue;
      const right = env.npm_lifecycle_event === 'start' ? 'npm start --' : 'npm run -s millrace --';
      throw new CliError(
        'usage_invalid',
        `npm took --${name} for itself: options come behind "--", as in ${right} … --${name} …`,
      );
    }
  }
}
