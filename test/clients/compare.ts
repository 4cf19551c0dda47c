import { describe, expect, inject, test } from 'vitest';
import { DIFFERENCES, type Difference } from './differences.ts';
import { type ClientProgram, type Observation, type Observations, observe } from './program.ts';

/** A place in an observation, and what each server showed there; undefined where it showed nothing. */
interface Contrast {
  readonly at: string;
  readonly kafka: unknown;
  readonly millrace: unknown;
}

/**
 * Runs a client's program against Kafka and against Millrace at the same time, and makes a test of each of its steps: it
 * went well on Kafka, and on Millrace it was no different but for what the list of differences says.
 *
 * @example
 * await compareOnBoth({ name: 'kafkajs', command: process.execPath, args: ['test/clients/node/kafkajs.ts'] });
 */
export async function compareOnBoth(program: ClientProgram): Promise<void> {
  const [kafka, millrace] = await Promise.all([
    observe(program, inject('kafka')),
    observe(program, inject('millrace')),
  ]);
  describe(program.name, () => {
    for (const step of new Set([...kafka.keys(), ...millrace.keys()])) {
      test(step, () => compareStep(program.name, step, kafka, millrace));
    }
    test('every listed difference is still there', () => {
      const gone = DIFFERENCES.filter((difference) => concerns(difference, program.name))
        .flatMap(({ step, at }) => at.map((place) => ({ step, place })))
        .filter(
          ({ step, place }) => !contrasts(kafka.get(step), millrace.get(step)).some(({ at }) => within(at, place)),
        )
        .map(({ step, place }) => `${step}: ${place}`);
      expect(gone).toEqual([]);
    });
  });
}

function compareStep(client: string, step: string, kafka: Observations, millrace: Observations): void {
  expect(kafka.get(step), 'Kafka, the reference').toMatchObject({ step });
  expect(kafka.get(step)?.threw, 'what went wrong on Kafka, the reference').toBeUndefined();
  const listed = DIFFERENCES.filter((difference) => concerns(difference, client) && difference.step === step);
  const unlisted = contrasts(kafka.get(step), millrace.get(step))
    .filter((contrast) => !listed.some(({ at }) => at.some((place) => within(contrast.at, place))))
    .map(({ at, kafka, millrace }) => `${at}: Kafka ${JSON.stringify(kafka)}, Millrace ${JSON.stringify(millrace)}`);
  expect(unlisted).toEqual([]);
}

const concerns = ({ clients }: Difference, client: string) => clients === 'all' || clients.includes(client);

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
