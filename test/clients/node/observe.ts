/** What the Node programs share: steps that print what they saw. */

/** The bootstrap server, and the prefix of all names. */
export const [BOOTSTRAP, PREFIX] = process.argv.slice(-2) as [string, string];
const WAIT_MS = 20_000;
const POLL_MS = 20;

/** Runs the steps in order. One that goes wrong does not keep the next from its turn. */
export async function run(steps: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  for (const [step, look] of Object.entries(steps)) {
    try {
      print({ step, saw: await look() });
    } catch (error) {
      console.error(error);
      print({ step, threw: String(error) });
    }
  }
}

const print = (observation: object) => process.stdout.write(`${JSON.stringify(observation)}\n`);

/** Gives a change the moment that Kafka's brokers need to see it. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

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
