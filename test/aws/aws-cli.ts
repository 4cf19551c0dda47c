import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CACHE, installed, tool } from '../support/install.ts';

/** The first version; the second has no package. */
const PACKAGE = 'awscli==1.44.87';
const INSTALL_MS = 5 * 60_000;

/**
 * The folder of an AWS CLI for machines that have none, installed into the cache the first time.
 *
 * @returns undefined where the machine has one, which counts then
 */
export async function awsCli(): Promise<string | undefined> {
  const { error, status } = spawnSync('aws', ['--version'], { stdio: 'ignore', timeout: 30_000 });
  if (!error && status === 0) return undefined;
  const venv = join(CACHE, 'aws-cli');
  const python = tool('python3', ['-c', 'import ensurepip, venv'], 'Python 3.10 or newer with its venv module');
  await installed(venv, PACKAGE, INSTALL_MS, [
    [python, '-m', 'venv', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', PACKAGE],
  ]);
  return join(venv, 'bin');
}
