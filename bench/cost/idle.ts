import type { Random } from '../../lib/bytes/index.ts';
import { idleRound } from './duties.ts';
import { scaled } from './month.ts';
import { HOURS_PER_MONTH } from './prices.ts';
import type { Month } from './replay.ts';
import { IDLE } from './workloads.ts';
import { World } from './world.ts';

/** While nothing happens, `tend` is woken once a day, and does all of its duties. */
const ROUNDS_PER_MONTH = HOURS_PER_MONTH / 24;

/** A month in which nothing comes in: a topic and a route are there, nobody asks. */
export async function idleMonth(random: Random): Promise<Month> {
  const world = new World(IDLE, random);
  await world.done(world.setUp());
  const tick = await idleRound(world, 'tick');
  const collect = await idleRound(world, 'collect');
  return {
    name: IDLE.name,
    readers: IDLE.readers,
    workload: IDLE,
    replayed: { events: 0, times: ROUNDS_PER_MONTH },
    events: 0,
    uses: { tick: scaled(tick, ROUNDS_PER_MONTH), collect: scaled(collect, ROUNDS_PER_MONTH) },
    gatewayUnits: 0,
    sinkRequests: 0,
    queue: { sent: 0, received: 0, deleted: 0 },
    objectGb: 0,
    itemGb: 0,
    lagSeconds: 0,
    walks: 0,
  };
}
