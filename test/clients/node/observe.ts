// What the Node programs share: steps that print what they saw.

import { readFileSync } from 'node:fs';
import type { ClientSecurity } from '../security.ts';

/** The bootstrap server, and the prefix of all names. */
export const [BOOTSTRAP, PREFIX] = process.argv.slice(-2) as [string, string];
/** How to get in; undefined where everybody may. */
export const SECURITY = JSON.parse(process.env.KAFKA_SECURITY ?? 'null') as ClientSecurity | null;
const STEPS = JSON.parse(process.env.STEPS ?? 'null') as readonly string[] | null;
const WAIT_MS = 60_000;
const POLL_MS = 20;

/** Runs the steps in order. One that goes wrong does not keep the next from its turn. */
export async function run(steps: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  for (const [step, look] of Object.entries(steps)) {
    if (STEPS && !STEPS.includes(step)) continue;
    try {
      print({ step, saw: await look() });
    } catch (error) {
      console.error(error);
      print({ step, threw: String(error) });
    }
  }
}

/** What Node needs for TLS, as its clients take it. */
export function tlsOptions({ ca, identity }: ClientSecurity): { ca: string; cert?: string; key?: string } {
  const own = identity && readFileSync(identity, 'utf8');
  return { ca: readFileSync(ca, 'utf8'), ...(own && { cert: own, key: own }) };
}

const print = (observation: object) => process.stdout.write(`${JSON.stringify(observation)}\n`);

const CHANGE_MS = Number(process.env.CHANGE_MS);

/** Gives Kafka's broker the moment that it needs to see a topic that was made. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

/** Gives every broker the time that it may take to see what another one has changed. */
export const changed = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, CHANGE_MS));

/** Waits until something holds. @throws where it does not within the limit */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Values that compress, and that no two indexes share. */
export const texts = (count: number, size: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    String(index)
      .padStart(6, '0')
      .padEnd(size, 'abcdefghij'[index % 10]),
  );

/** An operation's outcome: `done`, or what names its error. */
export async function outcome(work: Promise<unknown>, nameOf: (error: unknown) => string): Promise<string> {
  return work.then(() => 'done', nameOf);
}

/** The numbers from 0 to below the count, as text. */
export const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

export const sameList = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
