import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { AbortedError, MillraceError } from '../lib/bytes/index.ts';
import type { Surroundings } from './command.ts';
import { registerAcl } from './commands/acl.ts';
import { registerConsume } from './commands/consume.ts';
import { registerGateway } from './commands/gateway.ts';
import { registerGroup } from './commands/group.ts';
import { registerProduce } from './commands/produce.ts';
import { registerRebuild } from './commands/rebuild.ts';
import { registerRoute } from './commands/route.ts';
import { registerStart } from './commands/start.ts';
import { registerTopic } from './commands/topic.ts';
import { registerUser } from './commands/user.ts';
import { registerVerify } from './commands/verify.ts';
import { ServerError } from './errors.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { calledAs, refuseTakenByNpm } from './invocation.ts';
import { httpOption, outputOption, settingsText, signOption, tokenOption } from './settings.ts';

const COMMANDS = [
  registerStart,
  registerTopic,
  registerProduce,
  registerConsume,
  registerGroup,
  registerRoute,
  registerAcl,
  registerUser,
  registerVerify,
  registerRebuild,
  registerGateway,
];

const EXIT_HELP = `
Exit status: 0 done, 1 failed, 2 damage found, 3 not found, 4 wrong usage or input, 5 no server, 6 in the way, 7 not now.`;

/** Above the sources, and above what is compiled of them. */
const PACKAGE = join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? '../package.json' : '../../package.json',
);

function version(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string }).version;
}

/** The whole command line; each command brings its own options. */
export function programOf(surroundings: Surroundings): Command {
  const program = new Command(calledAs(surroundings.env))
    .description('A durable event log with Kafka’s model, and no brokers to run.')
    .version(version(), '-V, --version', 'print the version')
    .addOption(httpOption())
    .addOption(signOption())
    .addOption(tokenOption())
    .addOption(outputOption())
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => void surroundings.output.write(text),
      writeErr: (text) => void surroundings.output.stderr.write(text),
    })
    .showHelpAfterError('(--help says more)')
    .exitOverride()
    .hook('preAction', (_, command) => refuseTakenByNpm(command, surroundings.env))
    .addHelpText('after', `\n${settingsText()}${EXIT_HELP}`);
  for (const register of COMMANDS) register(program, surroundings);
  return program;
}

/**
 * Runs one command to its end; every failure is one sentence on standard error and an exit status.
 *
 * @param args the command's own arguments, without node and script
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    await programOf(await withHelp(args, surroundings)).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return failed(error, surroundings);
  }
}

/** Asked for help on what takes settings, the command knows them all; else it does without loading what knows them. */
async function withHelp(args: readonly string[], surroundings: Surroundings): Promise<Surroundings> {
  const asked = ['-h', '--help', 'help'].some((word) => args.includes(word));
  if (!asked || !['topic', 'route'].some((word) => args.includes(word))) return surroundings;
  const { settingsHelp } = await import('./settings-help.ts');
  return { ...surroundings, settingsHelp: await settingsHelp() };
}

function failed(error: unknown, { output, env }: Surroundings): ExitCode {
  // Raised by an action, where Commander does not look for it.
  if (error instanceof InvalidArgumentError) {
    output.problem(error.message);
    return EXIT.usage;
  }
  // Commander has said what was wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof AbortedError) return output.closed.aborted ? EXIT.ok : EXIT.interrupted;
  if (error instanceof MillraceError) {
    output.problem(error.message);
    if (env.MILLRACE_DEBUG) output.note(String(error.stack));
    return exitCodeOf(error.code, error instanceof ServerError ? error.status : undefined);
  }
  output.problem(
    `This should not have happened, please report it: ${error instanceof Error ? error.stack : String(error)}`,
  );
  return EXIT.failed;
}
