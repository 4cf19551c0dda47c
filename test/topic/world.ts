import { openLog } from '../../lib/log/index.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { Events, Topics } from '../../lib/topic/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';

/** The services of this floor over stores in memory, on a simulated clock. */
export function topicWorld(stores = memoryStores(), seed = 1) {
  const clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = seededRandom(seed);
  const log = openLog({ stores, clock, random });
  const topics = new Topics({ items: stores.items, log, clock, random });
  const events = new Events({ topics, log, clock, random });
  return { stores, clock, random, log, topics, events };
}
