/**
 * An emulator of AWS to deploy to by hand: `npm run emulator`, or `npm run emulator -- localstack`. It says what another
 * terminal must export, and stays until Ctrl-C; everything deployed to it is gone then.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '../support/process.ts';
import { awsCli } from './aws-cli.ts';
import { startLocalStack } from './localstack.ts';
import { startMiniStack } from './ministack.ts';

interface Kind {
  readonly name: string;
  readonly start: () => Promise<RunningServer>;
  /** What the example app is told by way of `~/.cdk.json`. LocalStack has no HTTP API, and tells a function nothing of who asks. */
  readonly context: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  ministack: { name: 'MiniStack', start: startMiniStack, context: {} },
  localstack: { name: 'LocalStack', start: startLocalStack, context: { auth: 'none', api: 'rest' } },
};

const EXIT = { ok: 0, usage: 4, interrupted: 130 } as const;

async function run(args: readonly string[]): Promise<number> {
  const [wanted = 'ministack', ...more] = args;
  const kind = Object.hasOwn(KINDS, wanted) ? KINDS[wanted] : undefined;
  if (!kind || more.length > 0) {
    console.error(
      `There is no emulator "${args.join(' ')}": write npm run emulator, or npm run emulator -- localstack.`,
    );
    return EXIT.usage;
  }
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const home = mkdtempSync(join(tmpdir(), 'millrace-home-'));
  process.once('exit', () => rmSync(home, { recursive: true, force: true }));
  console.error(`Starting ${kind.name}; the first time it is installed into .cache, which takes a minute ...`);
  const path = await Promise.race([awsCli(join(home, 'bin')), stopped]);
  const emulator = path && (await Promise.race([kind.start(), stopped]));
  // What was started half ends with this process.
  if (!emulator) process.exit(EXIT.interrupted);
  // Nobody need approve what is worth nothing.
  const settings = JSON.stringify({ requireApproval: 'never', context: kind.context });
  writeFileSync(join(home, '.cdk.json'), settings);
  console.log(welcome(kind, emulator.url, home, settings));
  await stopped;
  console.error(`Ending ${kind.name} ...`);
  await emulator.stop();
  return EXIT.ok;
}

/**
 * What a shell must have so that the CDK, the AWS CLI and `millrace` find the emulator, and nothing of the machine's own account. HOME,
 * as the CDK remembers there which account a key belongs to, and all emulators share a key.
 */
function welcome({ name }: Kind, url: string, home: string, settings: string): string {
  return `${name} listens on ${url}. In another terminal, in this folder:

export AWS_ENDPOINT_URL=${url} AWS_ENDPOINT_URL_S3=${url}
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export HOME=${home} PATH=${home}/bin:$PATH

HOME is a folder of its own: the CDK keeps there which account a key belongs to, and reads ~/.cdk.json,
which says ${settings}. Ctrl-C ends it, and all in it is gone.`;
}

process.exitCode = await run(process.argv.slice(2));
