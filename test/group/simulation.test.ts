import { describe, expect, test } from 'vitest';
import type { Random } from '../../lib/bytes/index.ts';
import { readGroup } from '../../lib/group/group-store.ts';
import { GroupError, type Groups } from '../../lib/group/index.ts';
import { contains, countOf, type PartitionSet, union } from '../../lib/group/partitions.ts';
import { ownedBy } from '../../lib/group/state.ts';
import { StoreError } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { checkSingleOwners } from './states.ts';
import { type Fate, FatefulItems, World } from './world.ts';

/*
 * Consumers, good and bad, of one group, over two processes and a store that loses answers, all from one seed. What must
 * hold at every moment is checked after every step; what must come to hold in the end, after the faults end.
 */

const GROUP = 'simulated';
const SESSION_MS = 10_000;
const REBALANCE_MS = 15_000;
const STEPS = 300;
/** Rounds of heartbeats in which a group without further faults must have settled. */
const ROUNDS_MAX = 12;

/** One consumer, as a client library would keep it. */
interface Consumer {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly groups: Groups;
  epoch: number;
  held: { topicId: string; partitions: readonly number[] }[];
  /** Next offset per partition, from when it was told that it has it. */
  readonly positions: Map<number, number>;
  /** Does nothing until then: a long pause, after which it goes on as if nothing had been. */
  pausedUntilMs: number;
  stopped: boolean;
}

class Simulation {
  readonly world = new World();
  readonly random: Random;
  readonly consumers: Consumer[] = [];
  readonly trace: string[] = [];
  readonly #processes: readonly Groups[];
  readonly #stores: readonly FatefulItems[];
  readonly #plain: Groups;
  /** Metadata of commits that were refused: they must never be seen. */
  readonly #refused = new Set<string>();
  readonly #highest = new Map<number, number>();
  #names = 0;
  #faults = true;
  /** Processes that the store now refuses, after it has let their first write pass, late. */
  readonly #outages = new Set<number>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
    Object.assign(this.world.topics.get('orders')!, { partitions: 5, width: 2 });
    const stores = [0, 1].map((process) => new FatefulItems(this.world.items, () => this.#fate(process)));
    this.#stores = stores;
    this.#processes = stores.map((items, i) =>
      this.world.process({ items, seed: seed * 2 + i, topicRefreshMs: 2_000 }),
    );
    this.#plain = this.world.process({ seed });
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      await this.#step();
      await this.check();
    }
    this.#faults = false;
    for (const store of this.#stores) await store.deliver();
    await this.check();
    await this.#settle();
  }

  async #step(): Promise<void> {
    const dice = this.random.next();
    if (dice < 0.08 && this.consumers.filter(({ stopped }) => !stopped).length < 8) this.#start();
    else if (dice < 0.11) await this.#leave();
    else if (dice < 0.14) this.#kill();
    else if (dice < 0.18) this.#pause();
    else if (dice < 0.19) this.world.topics.get('orders')!.partitions++;
    else if (dice < 0.22) this.world.clock.jump(this.#pick([-60_000, -7_000, 7_000, 60_000]));
    else if (dice < 0.26) for (const store of this.#stores) await store.deliver();
    else if (dice < 0.28) this.#outages.add(this.#upTo(2));
    else if (dice < 0.31) this.#outages.clear();
    else if (dice < 0.5) await this.world.clock.advance(this.#upTo(3_000));
    else await this.#together();
  }

  /** Some consumers at once: each heartbeats or commits, as it happens. */
  async #together(): Promise<void> {
    const nowMs = this.world.clock.monotonicMs();
    const awake = this.consumers.filter(({ stopped, pausedUntilMs }) => !stopped && pausedUntilMs <= nowMs);
    const some = awake.filter(() => this.random.next() < 0.6);
    const work = some.map((consumer) =>
      consumer.epoch > 0 && this.random.next() < 0.5 ? this.#commit(consumer) : this.#beat(consumer),
    );
    await this.world.finish(Promise.all(work));
  }

  #start(): void {
    const name = `m${this.#names++}`;
    const instanceId = this.random.next() < 0.3 ? `i${this.#upTo(3)}` : undefined;
    this.consumers.push({
      memberId: name,
      instanceId,
      groups: this.#processes[this.#upTo(2)]!,
      epoch: 0,
      held: [],
      positions: new Map(),
      pausedUntilMs: 0,
      stopped: false,
    });
  }

  async #leave(): Promise<void> {
    const consumer = this.#any();
    if (!consumer) return;
    consumer.stopped = true;
    const { memberId, instanceId, groups } = consumer;
    const keepPlace = this.random.next() < 0.5;
    await this.world.finish(this.#tried(groups.leave(GROUP, { memberId, instanceId, keepPlace })));
  }

  #kill(): void {
    const consumer = this.#any();
    if (consumer) consumer.stopped = true;
  }

  #pause(): void {
    const consumer = this.#any();
    if (consumer) consumer.pausedUntilMs = this.world.clock.monotonicMs() + this.#upTo(25_000);
  }

  async #beat(consumer: Consumer): Promise<void> {
    const { memberId, instanceId, groups, epoch, held } = consumer;
    const answer = await this.#tried(
      groups.heartbeat(GROUP, {
        memberId,
        instanceId,
        memberEpoch: epoch,
        subscription: { topics: ['orders'] },
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        ownedPartitions: held,
      }),
    );
    if (answer instanceof GroupError) this.#cast(consumer, answer);
    if (!answer || answer instanceof GroupError) return;
    if (this.#faults && this.random.next() < 0.1) return; // lost between the process and its client
    this.trace.push(`${memberId} in ${answer.memberEpoch} has ${JSON.stringify(answer.assignment)}`);
    // Some take their time to give up what they should.
    const slow = this.#faults && this.random.next() < 0.3;
    consumer.held = [...answer.assignment, ...(slow ? answer.revoking : [])];
    consumer.epoch = answer.memberEpoch;
    const partitions = new Set(consumer.held.flatMap((topic) => topic.partitions));
    for (const partition of consumer.positions.keys())
      if (!partitions.has(partition)) consumer.positions.delete(partition);
    const committed = await groups.committed(GROUP, 'orders');
    for (const partition of partitions) {
      if (consumer.positions.has(partition)) continue;
      consumer.positions.set(partition, committed.find((other) => other.partition === partition)?.offset ?? 0);
    }
  }

  async #commit(consumer: Consumer): Promise<void> {
    const { memberId, instanceId, groups, epoch, positions } = consumer;
    const metadata = `${memberId} ${this.#names++}`;
    const offsets = [...positions]
      .filter(() => this.random.next() < 0.7)
      .map(([partition, position]) => ({ topic: 'orders', partition, offset: position + 1 + this.#upTo(9), metadata }));
    for (const { partition, offset } of offsets) positions.set(partition, offset);
    const answer = await this.#tried(
      groups.commit(GROUP, offsets, { memberId, memberEpoch: epoch, instanceId }).then(() => undefined),
    );
    if (!(answer instanceof GroupError) || answer.code === 'group_conflict') return;
    this.#refused.add(metadata);
    // Fenced in an epoch that its answer was lost of, or for good: the next heartbeat tells.
    this.trace.push(`${memberId} in ${epoch} fenced: ${answer.code}`);
  }

  #cast(consumer: Consumer, error: GroupError): void {
    if (error.code === 'group_conflict') return;
    expect(['member_unknown', 'group_fenced', 'instance_fenced']).toContain(error.code);
    consumer.held = [];
    consumer.positions.clear();
    consumer.epoch = 0;
    if (error.code === 'instance_fenced') consumer.stopped = true;
  }

  /** The answer, or the domain's error; undefined where the store gave none. */
  async #tried<T>(call: Promise<T>): Promise<T | GroupError | undefined> {
    return call.catch((error: unknown) => {
      if (error instanceof GroupError) return error;
      if (error instanceof StoreError) return undefined;
      throw error;
    });
  }

  /** What must hold at every moment. */
  async check(): Promise<void> {
    const stored = await readGroup({ items: this.world.items, clock: this.world.clock, random: this.random }, GROUP);
    if (!stored) return;
    const { state } = stored;
    checkSingleOwners(state);
    const topicId = this.world.topics.get('orders')!.topicId;
    for (const { memberId, epoch, held } of this.consumers) {
      const member = state.members.get(memberId);
      // One that is fenced is no owner any more, whatever it believes: its commits can't land.
      if (member) expect(epoch, `what ${memberId} was told is stored`).toBeLessThanOrEqual(member.epoch);
      if (!member || epoch === 0 || (epoch !== member.epoch && epoch !== member.previousEpoch)) continue;
      const owned: PartitionSet = ownedBy(member).reduce(union);
      for (const { partitions } of held) {
        for (const partition of partitions)
          expect(contains(owned, topicId, partition), `${memberId} ${partition}`).toBe(true);
      }
    }
    for (const { partition, offset, metadata } of await this.#plain.committed(GROUP, 'orders')) {
      expect(this.#refused.has(metadata!), `${metadata} was refused, and is stored`).toBe(false);
      expect(offset).toBeGreaterThanOrEqual(this.#highest.get(partition) ?? 0);
      this.#highest.set(partition, offset);
    }
  }

  /** What must come to hold once faults end and those who are alive heartbeat. */
  async #settle(): Promise<void> {
    this.#start();
    // Sessions of the dead end; a clock that went back costs one more.
    for (let rounds = 0; rounds < 8; rounds++) await this.#round(SESSION_MS / 3);
    let rounds = 0;
    while ((await this.#plain.describe(GROUP)).state !== 'stable' || !(await this.#balanced())) {
      expect(rounds++).toBeLessThan(ROUNDS_MAX);
      await this.#round(500);
    }
    const alive = this.consumers.filter(({ stopped }) => !stopped);
    expect((await this.#plain.describe(GROUP)).members.map(({ memberId }) => memberId).sort()).toEqual(
      alive.map(({ memberId }) => memberId).sort(),
    );
  }

  async #round(pauseMs: number): Promise<void> {
    await this.world.clock.advance(pauseMs);
    for (const consumer of this.consumers) {
      if (!consumer.stopped) await this.world.finish(this.#beat(consumer));
    }
    await this.check();
  }

  async #balanced(): Promise<boolean> {
    const stored = await readGroup({ items: this.world.items, clock: this.world.clock, random: this.random }, GROUP);
    const counts = [...stored!.state.members.values()].map((member) => countOf(member.assigned));
    const all = counts.reduce((sum, count) => sum + count, 0);
    const { partitions } = this.world.topics.get('orders')!;
    return all === partitions && Math.max(...counts) - Math.min(...counts) <= 1;
  }

  #fate(process: number): Fate {
    if (this.#faults && this.#outages.has(process)) return this.random.next() < 0.1 ? 'late' : 'refused';
    if (!this.#faults || this.random.next() < 0.8) return 'fine';
    return this.#pick<Fate>(['refused', 'lost', 'unanswered', 'late']);
  }

  #any(): Consumer | undefined {
    const alive = this.consumers.filter(({ stopped }) => !stopped);
    return alive[this.#upTo(alive.length)];
  }

  #upTo(end: number): number {
    return Math.floor(this.random.next() * end);
  }

  #pick<T>(of: readonly T[]): T {
    return of[this.#upTo(of.length)]!;
  }
}

describe('a group in a storm of joins, deaths, pauses, jumps and lost answers', () => {
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

  test.each(seeds)('never has two owners, never lets a fenced commit land, and settles (seed %i)', async (seed) => {
    await new Simulation(seed).run();
  });

  test('goes the same way again from the same seed', async () => {
    const [one, two] = [new Simulation(77), new Simulation(77)];
    await one.run();
    await two.run();
    expect(one.trace.length).toBeGreaterThan(20);
    expect(two.trace).toEqual(one.trace);
  });
});
