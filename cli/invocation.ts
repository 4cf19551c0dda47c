import type { Surroundings } from './command.ts';

/**
 * What whoever runs the command types before a subcommand. npm eats a command's own flags unless they stand behind `--`.
 *
 * @example
 * calledAs({ npm_lifecycle_event: 'millrace' }); // 'npm run -s millrace --'
 */
export function calledAs(env: Surroundings['env']): string {
  return env.npm_lifecycle_event === undefined ? 'millrace' : 'npm run -s millrace --';
}
