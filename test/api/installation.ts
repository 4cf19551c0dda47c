import { join } from 'node:path';
import { CACHE, installed, tool } from '../support/install.ts';

const VERSION = 'schemathesis==4.32.5';
const INSTALL_MS = 5 * 60_000;
const FOLDER = join(CACHE, 'schemathesis');

export const SCHEMATHESIS = join(FOLDER, 'bin', 'schemathesis');

/** From PyPI, in an environment of its own: about a minute, 100 MB. */
export async function installSchemathesis(): Promise<void> {
  const what = 'Python 3.10 or newer with venv (Debian: apt install python3-venv)';
  const python = tool('python3', ['-m', 'venv', '-h'], what);
  await installed(FOLDER, VERSION, INSTALL_MS, [
    [python, '-m', 'venv', FOLDER],
    [join(FOLDER, 'bin', 'python'), '-m', 'pip', 'install', '-q', '--disable-pip-version-check', VERSION],
  ]);
}
