import type { Clock } from '../../lib/bytes/index.ts';
import { GroupError, Groups } from '../../lib/group/index.ts';
import type { LogOffsets, TopicDirectory } from '../../lib/group/port.ts';
import { type MetaStore, memoryStores, StoreError, type Write } from '../../lib/store/index.ts';
import { TopicError } from '../../lib/topic/index.ts';
import { type SimulatedClock, seededRandom, settle, simulatedClock } from '../support/clock.ts';
import { ORDERS, PAYMENTS } from './states.ts';

interface TopicInWorld {
  topicId: string;
  partitions: number;
  width: number;
}

/** Topics and what their partitions hold, as a test sets them. */
export class World implements TopicDirectory, LogOffsets {
  readonly clock: SimulatedClock = simulatedClock();
  readonly items: MetaStore = memoryStores().items;
  readonly topics = new Map<string, TopicInWorld>([
    ['orders', { topicId: ORDERS, partitions: 4, width: 2 }],
    ['payments', { topicId: PAYMENTS, partitions: 2, width: 2 }],
  ]);
  /** The same range for every partition. */
  range = { logStartOffset: 10, highWatermark: 100 };

  async layout(name: string) {
    const topic = this.topics.get(name);
    return topic && { ...topic };
  }

  async names() {
    return [...this.topics.keys()];
  }

  async offsets(refs: readonly unknown[]) {
    return refs.map(() => ({ ...this.range, lastStableOffset: this.range.highWatermark }));
  }

  /** Record n has the timestamp n × 1,000. */
  async offsetForTime(_: unknown, timestampMs: number) {
    const offset = Math.max(this.range.logStartOffset, Math.ceil(timestampMs / 1_000));
    return offset < this.range.highWatermark ? { offset, timestampMs: offset * 1_000 } : undefined;
  }

  /** A process: its own Groups over the one store. */
  process({ seed = 1, items = this.items, topicRefreshMs = 0, clock = this.clock as Clock } = {}): Groups {
    return new Groups({ items, directory: this, log: this, clock, random: seededRandom(seed), topicRefreshMs });
  }

  /** Lets work run to its end, moving time on where it sleeps. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    while (!done) {
      await settle(1);
      if (!done && this.clock.sleepers > 0) await this.clock.step();
    }
    return work;
  }
}

/** What may happen to a write on its way. `late` takes effect when `deliver` is called. */
export type Fate = 'fine' | 'refused' | 'lost' | 'unanswered' | 'late';

/** A store whose writes meet the fates that the test deals out. */
export class FatefulItems implements MetaStore {
  readonly #items: MetaStore;
  readonly #fate: () => Fate;
  readonly #late: (() => Promise<unknown>)[] = [];

  constructor(items: MetaStore, fate: () => Fate) {
    this.#items = items;
    this.#fate = fate;
  }

  get: MetaStore['get'] = (key, options) => this.#items.get(key, options);
  getMany: MetaStore['getMany'] = (keys, options) => this.#items.getMany(keys, options);
  query: MetaStore['query'] = (pk, options) => this.#items.query(pk, options);
  write: MetaStore['write'] = (write) => this.#meet(() => this.#items.write(write));
  transact: MetaStore['transact'] = (writes: readonly Write[]) => this.#meet(() => this.#items.transact(writes));

  /** Lets all writes land that are still under way. */
  async deliver(): Promise<void> {
    for (const write of this.#late.splice(0)) await write();
  }

  async #meet<T>(write: () => Promise<T>): Promise<T> {
    const fate = this.#fate();
    if (fate === 'refused') throw new StoreError('store_unavailable', 'Throttled, as the test wants it.');
    if (fate === 'late') this.#late.push(write);
    const answer = fate === 'fine' || fate === 'unanswered' ? await write() : undefined;
    if (answer !== undefined && fate === 'fine') return answer;
    throw new StoreError('store_unknown', `No answer (${fate}), as the test wants it.`);
  }
}

/** What a member of these tests joins with. */
export const ON_ORDERS = { subscription: { topics: ['orders'] }, sessionTimeoutMs: 10_000 } as const;

/** The code that a call is refused with. */
export async function refused(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error('The call was taken.'),
    (reason: unknown) => reason,
  );
  if (error instanceof GroupError || error instanceof TopicError) return error.code;
  throw error;
}

export async function joined(groups: Groups, group: string, memberId: string) {
  const { memberEpoch } = await groups.heartbeat(group, { ...ON_ORDERS, memberId });
  return { memberId, memberEpoch };
}

export function partitions({ assignment }: Awaited<ReturnType<Groups['heartbeat']>>): number[] {
  return assignment.flatMap((topic) => topic.partitions);
}
