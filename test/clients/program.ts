import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { endGroup } from '../support/process.ts';
import type { ClientSecurity } from './security.ts';

/**
 * A client's program. It is run as `command ...args BOOTSTRAP PREFIX`, names all it makes with the prefix, and prints a
 * line of JSON for each step: `{"step":"produce.gzip","saw":…}`, or `threw` in place of `saw` where the step went wrong
 * in a way that it did not expect. What it saw holds nothing that differs between two runs on one server: no times, no
 * generated ids, no prefix.
 */
export interface ClientProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a program is run. */
export interface Way {
  readonly bootstrap: string;
  readonly security?: ClientSecurity;
  /** The only steps that it takes, which it finds as a JSON list in the variable STEPS; all, unless given. */
  readonly steps?: readonly string[];
  /** How long each broker may take to see what another one has changed; programs find it in CHANGE_MS. */
  readonly changeMs?: number;
}

/** What a program saw in each of its steps, in their order. */
export type Observations = ReadonlyMap<string, Observation>;

export interface Observation {
  readonly step: string;
  readonly saw?: unknown;
  readonly threw?: string;
}

/** Against a server that answers, the slowest program takes a quarter of this. */
const PROGRAM_MS_MAX = 300_000;
/** Kafka's broker, and a single Millrace, see a change at once, or nearly. */
const CHANGE_MS = 500;
const PREFIX_BYTES = 4;
const OUTPUT_CHARS = 2_000;
/** The step that stands for a program that did not come to its end. */
export const THE_END = 'the program ends by itself';

/** Runs a program to its end, or to its time limit: what it had seen by then is kept. */
export async function observe(
  program: ClientProgram,
  { bootstrap, security, steps, changeMs = CHANGE_MS }: Way,
): Promise<Observations> {
  const prefix = `${program.name}-${randomBytes(PREFIX_BYTES).toString('hex')}`;
  // A group of its own, so that what it starts itself is ended with it.
  const child = spawn(program.command, [...program.args, bootstrap, prefix], {
    env: {
      ...process.env,
      ...program.env,
      CHANGE_MS: String(changeMs),
      ...(security && { KAFKA_SECURITY: JSON.stringify(security) }),
      ...(steps && { STEPS: JSON.stringify(steps) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const endWithUs = () => endGroup(child, 'SIGKILL');
  process.once('exit', endWithUs);
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-OUTPUT_CHARS);
  });
  const observations = new Map<string, Observation>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{"step"')) return;
    const observation = JSON.parse(line) as Observation;
    observations.set(observation.step, observation);
  });
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    endWithUs();
  }, PROGRAM_MS_MAX);
  const code = await closed.finally(() => {
    clearTimeout(limit);
    process.off('exit', endWithUs);
  });
  const how = late ? `ran longer than ${PROGRAM_MS_MAX / 1_000} s` : `ended with ${code}`;
  observations.set(
    THE_END,
    code === 0 ? { step: THE_END, saw: 'yes' } : { step: THE_END, threw: `${how}. It said last:\n${said}` },
  );
  return observations;
}
