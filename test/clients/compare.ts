import { describe, expect, inject, test } from 'vitest';
import { DIFFERENCES, type Difference } from './differences.ts';
import { type ClientProgram, type Observation, type Observations, observe } from './program.ts';
import { ADMIN } from './security.ts';

/** A place in an observation, and what each server showed there; undefined where it showed nothing. */
interface Contrast {
  readonly at: string;
  readonly kafka: unknown;
  readonly millrace: unknown;
}

/** A gateway keeps topics for two seconds, and access rules for five, before it looks at them again. */
const GATEWAYS_SEE_MS = 5_500;

/** What of a client's program is compared, and what is known to differ there. */
interface Comparison {
  readonly title: string;
  readonly kafka: Observations;
  readonly millrace: Observations;
  readonly listed: readonly Difference[];
}

/**
 * Runs a client's program against Kafka, against Millrace and against two gateways at the same time, and makes a test of
 * each of its steps: it went well on Kafka, and elsewhere it was no different but for what the list of differences says.
 *
 * @example
 * await compareOnBoth({ name: 'kafkajs', command: process.execPath, args: ['test/clients/node/kafkajs.ts'] });
 */
export async function compareOnBoth(program: ClientProgram): Promise<void> {
  const [kafka, millrace, gateways] = await Promise.all([
    observe(program, { bootstrap: inject('kafka') }),
    observe(program, { bootstrap: inject('millrace') }),
    observe(program, { bootstrap: inject('gateways'), changeMs: GATEWAYS_SEE_MS }),
  ]);
  const listed = DIFFERENCES.filter(({ clients }) => clients === 'all' || clients.includes(program.name));
  const ofAll = listed.filter(({ ofGateways }) => !ofGateways);
  compareSteps({ title: program.name, kafka, millrace, listed: ofAll });
  compareSteps({ title: `${program.name} through two gateways`, kafka, millrace: gateways, listed });
}

/**
 * Runs some steps of a client's program where it must show a password, or a certificate, and compares what it sees.
 *
 * @example
 * await compareSecured(program, 'SCRAM-SHA-512', ['produce with every codec']);
 */
export async function compareSecured(
  program: ClientProgram,
  by: 'PLAIN' | 'SCRAM-SHA-512' | 'a certificate',
  steps: readonly string[],
): Promise<void> {
  const { ca, client } = inject('certificates');
  const bare = by === 'a certificate';
  const servers = inject(bare ? 'tls' : 'sasl');
  const security = bare ? { ca, identity: client } : { ca, sasl: { mechanism: by, ...ADMIN } };
  const [kafka, millrace] = await Promise.all(
    [servers.kafka, servers.millrace].map((bootstrap) => observe(program, { bootstrap, security, steps })),
  );
  const title = `${program.name} by ${bare ? 'mutual TLS' : `SASL_SSL and ${by}`}`;
  compareSteps({ title, kafka: kafka!, millrace: millrace!, listed: [] });
}

function compareSteps({ title, kafka, millrace, listed }: Comparison): void {
  describe(title, () => {
    for (const step of new Set([...kafka.keys(), ...millrace.keys()])) {
      const here = listed.filter((difference) => difference.step === step);
      test(step, () => compareStep(step, kafka.get(step), millrace.get(step), here));
    }
    test('every listed difference is still there', () => {
      const gone = listed
        .flatMap(({ step, at }) => at.map((place) => ({ step, place })))
        .filter(
          ({ step, place }) => !contrasts(kafka.get(step), millrace.get(step)).some(({ at }) => within(at, place)),
        )
        .map(({ step, place }) => `${step}: ${place}`);
      expect(gone).toEqual([]);
    });
  });
}

function compareStep(
  step: string,
  kafka: Observation | undefined,
  millrace: Observation | undefined,
  listed: readonly Difference[],
): void {
  expect(kafka, 'Kafka, the reference').toMatchObject({ step });
  expect(kafka?.threw, 'what went wrong on Kafka, the reference').toBeUndefined();
  const unlisted = contrasts(kafka, millrace)
    .filter((contrast) => !listed.some(({ at }) => at.some((place) => within(contrast.at, place))))
    .map(({ at, kafka, millrace }) => `${at}: Kafka ${JSON.stringify(kafka)}, Millrace ${JSON.stringify(millrace)}`);
  expect(unlisted).toEqual([]);
}

/** Whether a place is the one that a difference names, or inside it. */
const within = (place: string, at: string) => place === at || place.startsWith(`${at}.`);

function contrasts(kafka: Observation | undefined, millrace: Observation | undefined): readonly Contrast[] {
  // Beside what went wrong, all that was not seen for it would say nothing.
  if (millrace?.threw) return [{ at: 'threw', kafka: kafka?.threw, millrace: millrace.threw }];
  const [onKafka, onMillrace] = [leaves(kafka), leaves(millrace)];
  return [...new Set([...onKafka.keys(), ...onMillrace.keys()])]
    .map((at) => ({ at, kafka: onKafka.get(at), millrace: onMillrace.get(at) }))
    .filter((contrast) => contrast.kafka !== contrast.millrace);
}

/** The values of an observation by their places (`saw.gzip.count`); empty lists and objects count as values. */
function leaves(value: unknown, at = '', found = new Map<string, unknown>()): Map<string, unknown> {
  const parts = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (parts.length === 0) return found.set(at, typeof value === 'object' ? JSON.stringify(value) : value);
  for (const [name, part] of parts) leaves(part, at === '' ? name : `${at}.${name}`, found);
  return found;
}
