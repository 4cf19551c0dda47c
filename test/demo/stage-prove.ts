import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Cast } from './cast.ts';

const MILLRACE = fileURLToPath(new URL('../../cli/millrace.ts', import.meta.url));

/** Stops the server as an operator would, and has every byte of the log proved. */
export async function prove(cast: Cast): Promise<void> {
  const { screen, verdict, facts, installation, group } = cast;
  screen.stage('Stopped, and every byte checked');
  screen.checks();
  group.close();
  const { code } = await installation.server.stop();
  verdict.expect('exit code after SIGTERM', code ?? -1, 0);
  const args = [MILLRACE, 'verify', '--data', installation.data, '--output', 'json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) screen.bad(stderr.trim());
  verdict.expect('exit code of millrace verify', status ?? -1, 0);
  const report = status === 0 ? (JSON.parse(stdout) as { records: number }) : { records: 0 };
  verdict.expect('events whose bytes are right', report.records, facts.count);
}
