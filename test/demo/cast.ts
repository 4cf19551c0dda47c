import type { Facts } from './facts.ts';
import type { Group } from './group.ts';
import type { Installation } from './installation.ts';
import type { Producer } from './producer.ts';
import type { Receiver } from './receiver.ts';
import type { Screen } from './screen.ts';
import type { Verdict } from './verdict.ts';

export const TOPIC = 'flights';
/** One fewer than members, so that one stands by. */
export const PARTITIONS = 2;

const LOOK_EVERY_MS = 100;
/** So long without anything going forward means that it never will. */
const STUCK_MS = 60_000;

/** What the stages of the demo share. */
export interface Cast {
  readonly screen: Screen;
  readonly verdict: Verdict;
  readonly facts: Facts;
  readonly installation: Installation;
  readonly receiver: Receiver;
  readonly group: Group;
  readonly producer: Producer;
  /** Rejects when a part of the demo itself breaks. */
  readonly broken: Promise<never>;
}

/** Looks at the routes until `done`, with what they have archived and what still waits. */
export async function settle(
  cast: Cast,
  done: (seen: { archived: number; waiting: number }) => boolean,
): Promise<void> {
  const { installation, group, producer, receiver } = cast;
  let seen = { archived: 0, waiting: 1 };
  const look = async () => {
    const [archive, delayed] = [
      await installation.routeProgress('archive'),
      await installation.routeProgress('delayed'),
    ];
    seen = { archived: archive.done, waiting: archive.lag + delayed.lag };
    return done(seen);
  };
  const marks = () =>
    [seen.archived, seen.waiting, group.read.total, producer.acknowledged.total, receiver.seen.total].join();
  await until(cast, look, marks);
}

/** Waits until `done`; gives up when `mark` has not changed for long. */
export async function until(cast: Cast, done: () => boolean | Promise<boolean>, mark: () => unknown): Promise<void> {
  let [last, lastMs] = [mark(), performance.now()];
  while (!(await Promise.race([done(), cast.broken]))) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    if (mark() !== last) [last, lastMs] = [mark(), performance.now()];
    if (performance.now() - lastMs > STUCK_MS)
      throw new Error(`Nothing has gone forward for ${STUCK_MS / 1_000} s (at ${last}).`);
  }
}
