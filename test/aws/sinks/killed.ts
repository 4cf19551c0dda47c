import { jsonEvents, mortal, RouteWorld } from '../../route/world.ts';

/** Simulated time goes ten times as fast as real time: leases end soon, and calls to an emulator still take little. */
const STEP_MS = 50;
const REAL_STEP_MS = 5;
const STEPS_MAX = 12_000;

async function passUntil(world: RouteWorld, holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let step = 0; step < STEPS_MAX; step++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, REAL_STEP_MS));
    await world.clock.advance(STEP_MS);
  }
  throw new Error(`After ${STEPS_MAX * REAL_STEP_MS} ms there was not ${what}.`);
}

export type Pair = readonly [key: string | null, value: unknown];

/**
 * A route's worker is killed when the test says so, most likely behind a delivery and before its commit; another takes
 * its work over when the lease ends, and goes on to the end.
 *
 * @param kill calls its argument when the worker is to be killed
 * @param between what the test does while nobody works
 */
export async function killedInMidDelivery(
  config: Record<string, string>,
  pairs: readonly Pair[],
  { kill, between }: { kill: (now: () => void) => void; between: () => Promise<void> },
): Promise<void> {
  const world = new RouteWorld();
  const [first, second] = [mortal(world), world.process()];
  let killed = false;
  kill(() => {
    first.kill();
    killed = true;
  });
  await world.finish(first.topics.create('orders', { partitions: 1 }));
  await world.finish(second.events.produce('orders', jsonEvents(pairs)));
  await world.finish(first.routes.create('to-aws', { topics: 'orders', ...config }));
  first.routes.start();
  await passUntil(world, () => killed, 'the kill');
  await between();
  const { ended } = second.routes.start();
  const committed = async () => (await second.groups.committed('route.to-aws', 'orders'))[0]?.offset;
  await passUntil(world, async () => (await committed()) === pairs.length, 'the end of the topic committed');
  second.routes.close();
  await world.finish(ended);
}
