import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tool } from '../support/install.ts';
import { GO_PROGRAMS, JARS, JAVA_CLASSES } from './installations.ts';

const run = promisify(execFile);
const BUILD_MS = 8 * 60_000;
const HERE = import.meta.dirname;

/** Compiles our Java programs. They are few, so each run compiles them all. */
export async function buildJava(): Promise<void> {
  const folder = join(HERE, 'java');
  const sources = readdirSync(folder).filter((file) => file.endsWith('.java'));
  rmSync(JAVA_CLASSES, { recursive: true, force: true });
  mkdirSync(JAVA_CLASSES, { recursive: true });
  const paths = sources.map((file) => join(folder, file));
  await run('javac', ['-nowarn', '-cp', join(JARS, '*'), '-d', JAVA_CLASSES, ...paths], limits());
}

/** Builds our Go programs with franz-go and sarama from the module proxy. Go keeps what it has built. */
export async function buildGo(): Promise<void> {
  const go = tool('go', ['version'], 'Go 1.26 or newer');
  mkdirSync(GO_PROGRAMS, { recursive: true });
  await run(go, ['build', '-o', `${GO_PROGRAMS}/`, './...'], { ...limits(), cwd: join(HERE, 'go') });
}

function limits() {
  return { timeout: BUILD_MS, killSignal: 'SIGKILL' as const, maxBuffer: 4 * 1024 * 1024 };
}
