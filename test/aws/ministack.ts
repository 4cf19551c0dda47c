import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { CACHE, installed, tool } from '../support/install.ts';
import { type RunningServer, started } from '../support/process.ts';

/** S3, DynamoDB and more in one Python process. */
const PACKAGES = ['ministack==1.5.33', 'boto3', 'cryptography'];
const INSTALL_MS = 5 * 60_000;
const START_MS = 60_000;

/** Installs MiniStack into the cache (the first time) and starts it on a free port of 127.0.0.1. */
export async function startMiniStack(): Promise<RunningServer> {
  const venv = join(CACHE, 'ministack');
  const python = tool(
    'python3',
    ['-c', 'import ensurepip, venv'],
    'Python 3.10 or newer with its venv module (Debian: apt install python3-venv)',
  );
  await installed(venv, PACKAGES.join(' '), INSTALL_MS, [
    [python, '-m', 'venv', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', ...PACKAGES],
  ]);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return started({
    name: 'MiniStack',
    command: join(venv, 'bin/ministack'),
    args: [],
    env: () => ({
      // Functions run by the first `node` there: the one that runs this.
      PATH: [join(venv, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
    }),
    url,
    health: `${url}/_ministack/health`,
    startMs: START_MS,
  });
}
