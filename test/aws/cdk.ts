import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { endGroup } from '../support/process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CLI = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const OUTPUT_CHARS = 6_000;
const BOOTSTRAP_MS = 3 * 60_000;
const DEPLOY_MS = 8 * 60_000;

/** Values of a deployed stack's outputs, by name, by stack. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface CdkSettings {
  /** An emulator's. Left out, the account that the machine's own settings name is used. */
  readonly endpoint?: string;
  /** The command that synthesizes, run in the project's folder. `node` is the Node that runs this. */
  readonly app: string;
  /** For the app, in addition to the machine's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly context?: Readonly<Record<string, string>>;
}

/** The CDK's own command line on one account. */
export interface Cdk {
  bootstrap(): Promise<void>;
  /** Deploys all stacks of the app; `context` adds to the settings', for an update. Returns the outputs. */
  deploy(context?: Readonly<Record<string, string>>): Promise<Outputs>;
  destroy(): Promise<void>;
  /** What the last deployment gave. */
  outputs(): Outputs;
  /** Removes its folder. */
  close(): void;
}

/**
 * Runs the CDK's command line of `node_modules` against an endpoint, with a home and an output folder of its own: the CLI
 * remembers in its home which account a key belongs to, and all emulators share a key.
 *
 * @throws Error with the CLI's last output, when it fails or takes too long; then all that it started is ended.
 * @example
 * const cdk = cdkRunner({ endpoint: emulator.url, app: 'node infra/app.ts' });
 * await cdk.bootstrap();
 * const { Millrace } = await cdk.deploy();
 */
export function cdkRunner(settings: CdkSettings): Cdk {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cdk-'));
  const outputsFile = join(folder, 'outputs.json');
  const env = environment(settings, folder);
  const cdk = (limitMs: number, context: Readonly<Record<string, string>>, ...args: string[]) => {
    const all = Object.entries({ ...settings.context, ...context });
    const given = all.flatMap(([name, value]) => ['--context', `${name}=${value}`]);
    return run([...args, '--app', settings.app, '--output', join(folder, 'cdk.out'), ...given], env, limitMs);
  };
  const outputs = () => JSON.parse(readFileSync(outputsFile, 'utf8')) as Outputs;
  return {
    bootstrap: () => cdk(BOOTSTRAP_MS, {}, 'bootstrap'),
    deploy: async (context = {}) => {
      await cdk(
        DEPLOY_MS,
        context,
        ...['deploy', '--all', '--require-approval', 'never', '--outputs-file', outputsFile],
      );
      return outputs();
    },
    destroy: () => cdk(DEPLOY_MS, {}, 'destroy', '--all', '--force'),
    outputs,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function environment({ endpoint, env }: CdkSettings, folder: string): NodeJS.ProcessEnv {
  const plain = {
    ...process.env,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    CI: 'true',
    NO_COLOR: '1',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    ...env,
  };
  if (endpoint === undefined) return plain;
  return {
    ...plain,
    HOME: folder,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function run(args: readonly string[], env: NodeJS.ProcessEnv, limitMs: number): Promise<void> {
  const command = ['--no-notices', '--no-version-reporting', ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...command], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: the app and its bundlers end with it.
      detached: true,
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk).slice(-OUTPUT_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const kill = () => endGroup(child, 'SIGKILL');
    process.once('exit', kill);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, limitMs);
    const settle = (why: string | undefined) => {
      clearTimeout(timer);
      process.off('exit', kill);
      if (why === undefined) resolve();
      else reject(new Error(`cdk ${command.join(' ')} ${why}. Its last output:\n${output}`));
    };
    child.once('error', (error) => settle(`did not start: ${error.message}`));
    child.once('close', (code) => {
      if (late) settle(`took longer than ${limitMs / 1_000} s`);
      else settle(code === 0 ? undefined : `ended with ${code}`);
    });
  });
}
