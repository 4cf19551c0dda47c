import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, installed, tool } from '../support/install.ts';

/** The first version; the second has no package. */
const PACKAGE = 'awscli==1.45.11';
const INSTALL_MS = 5 * 60_000;

/**
 * Puts an `aws` into a folder: the machine's own, or, where there is none, one that is installed into the cache the first time.
 * It hands on the endpoint of its environment, which version 1 does not look at for SQS.
 *
 * @returns the folder, to stand first in PATH
 */
export async function awsCli(folder: string): Promise<string> {
  const command = machines() ?? (await ours());
  mkdirSync(folder, { recursive: true });
  const script = join(folder, 'aws');
  writeFileSync(script, `#!/bin/sh\nexec '${command}' \${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"\n`);
  chmodSync(script, 0o755);
  return folder;
}

/** Its path, where it runs. */
function machines(): string | undefined {
  const { stdout, status } = spawnSync('sh', ['-c', 'command -v aws && aws --version >&2'], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return status === 0 ? stdout.trim() : undefined;
}

async function ours(): Promise<string> {
  const venv = join(CACHE, 'aws-cli');
  const python = tool('python3', ['-c', 'import ensurepip, venv'], 'Python 3.10 or newer with its venv module');
  await installed(venv, PACKAGE, INSTALL_MS, [
    [python, '-m', 'venv', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', PACKAGE],
  ]);
  return join(venv, 'bin/aws');
}
