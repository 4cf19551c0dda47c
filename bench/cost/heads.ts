import type { Random } from '../../lib/bytes/index.ts';
import { openPlatform } from '../../lib/platform.ts';
import { type MetaStore, memoryStores, meteredStores, tieredStores } from '../../lib/store/index.ts';
import { isSmall } from './stores.ts';
import { SimulatedTime } from './time.ts';
import { eventsOf } from './world.ts';

/** What committing a flush writes, by partitions of the topic. */
export interface HeadWrites {
  readonly partitions: number;
  readonly ledgers: number;
  readonly flushes: number;
  /** Updates of heads that append a commit, and their units. */
  readonly commits: number;
  readonly unitsMean: number;
  readonly unitsMost: number;
}

const FLUSHES = 100;
const EVENTS = 200;
const PARTITIONS_PER_LEDGER = 32;

/** Counts the head writes of flushes whose events go to all partitions of a topic. */
export async function headWrites(partitions: number, random: Random): Promise<HeadWrites> {
  const memory = memoryStores();
  const units: number[] = [];
  const items: MetaStore = {
    get: (...what) => memory.items.get(...what),
    getMany: (...what) => memory.items.getMany(...what),
    query: (...what) => memory.items.query(...what),
    transact: (...what) => memory.items.transact(...what),
    async write(write) {
      const own = meteredStores(memory);
      const answer = await own.items.write(write);
      const commits = write.write === 'update' && write.actions.some((action) => action.do === 'append');
      if (commits) units.push(own.meters()['item.write'].units);
      return answer;
    },
  };
  const { clock } = new SimulatedTime(Date.UTC(2026, 10, 1));
  const stores = tieredStores({ ...memory, items }, isSmall);
  const platform = openPlatform({ stores, clock, random, background: false });
  await platform.topics.create('flushes', { partitions });
  for (let i = 0; i < FLUSHES; i++) {
    const events = eventsOf(EVENTS, 1_024, random).map((event, at) => ({ ...event, partition: at % partitions }));
    await platform.events.produce('flushes', events);
  }
  await platform.close();
  return {
    partitions,
    ledgers: Math.ceil(partitions / PARTITIONS_PER_LEDGER),
    flushes: FLUSHES,
    commits: units.length,
    unitsMean: units.reduce((sum, one) => sum + one, 0) / units.length,
    unitsMost: Math.max(...units),
  };
}
