import { describe, expect, test } from 'vitest';
import { AbortedError, type Random } from '../../lib/bytes/index.ts';
import { readGroup } from '../../lib/group/group-store.ts';
import { GroupError, type Groups, type JoinedGroup } from '../../lib/group/index.ts';
import { StoreError } from '../../lib/store/index.ts';
import { seededRandom, settle } from '../support/clock.ts';
import { bytes } from './classic-states.ts';
import { type Fate, FatefulItems, World } from './world.ts';

/*
 * Consumers by the classic protocol, good and bad, over two gateways that end and begin again, and a store that loses
 * answers, all from one seed. Each is a client library in little: it joins, syncs, beats its heart and commits, and does
 * what it is told. What must hold at every moment is checked after every step; what must come to hold, after the faults end.
 */

const GROUP = 'simulated';
const PARTITIONS = 5;
const SESSION_MS = 10_000;
const REBALANCE_MS = 15_000;
const STEPS = 150;

/** A gateway's life: requests that it holds end with it. */
interface Process {
  groups: Groups;
  life: AbortController;
}

class Client {
  readonly instanceId: string | undefined;
  readonly #run: Simulation;
  readonly #life = new AbortController();
  memberId = '';
  generation = -1;
  partitions: readonly number[] = [];
  /** Does nothing until then, and goes on as if nothing had been. */
  pausedUntilMs = 0;
  stopped = false;
  #joins = 0;

  constructor(run: Simulation, instanceId: string | undefined) {
    this.#run = run;
    this.instanceId = instanceId;
  }

  async live(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.#generation();
      } catch (error) {
        await this.#after(error);
      }
    }
  }

  /** Gone without a word. */
  kill(): void {
    this.stopped = true;
    this.#life.abort();
  }

  async leave(): Promise<void> {
    this.stopped = true;
    const { memberId, instanceId } = this;
    await this.#run
      .process()
      .groups.classic.leave(GROUP, [{ memberId, instanceId }])
      .catch(() => {});
    this.#life.abort();
  }

  /** One generation, from joining it to being asked to join the next. */
  async #generation(): Promise<void> {
    const { groups, signal } = this.#gateway();
    this.partitions = [];
    const joined = await groups.classic.join(GROUP, this.#request(), signal);
    await this.#awake();
    this.memberId = joined.memberId;
    if ('idOnly' in joined) return;
    this.generation = joined.generation;
    this.#run.sawGeneration(joined);
    const assignments = joined.leader === joined.memberId && joined.ledAs === undefined ? divided(joined) : new Map();
    const { memberId, generation, instanceId } = this;
    const actor = { memberId, generation, instanceId };
    const again = this.#gateway();
    const synced = await again.groups.classic.sync(GROUP, { ...actor, assignments }, again.signal);
    await this.#awake();
    const text = Buffer.from(synced.assignment).toString();
    this.partitions = text === '' ? [] : text.split(',').map(Number);
    this.#run.sawAssignment(generation, memberId, instanceId, this.partitions);
    for (;;) {
      await this.#run.world.clock.sleep(200 + this.#run.upTo(2_000), this.#life.signal);
      await this.#awake();
      if (this.#run.random.next() < 0.6) await this.#commit();
      await this.#gateway().groups.classic.heartbeat(GROUP, actor);
    }
  }

  #request() {
    const metadata = bytes(`orders ${this.#run.random.next() < 0.1 ? this.#joins++ : this.#joins}`);
    return {
      memberId: this.memberId,
      idFirst: true,
      instanceId: this.instanceId,
      clientId: 'c',
      clientHost: '/10.0.0.1',
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
      initialDelayMs: 1_000,
    };
  }

  async #commit(): Promise<void> {
    const { memberId, generation, instanceId } = this;
    const metadata = `${generation} ${memberId} ${this.#run.names++}`;
    const offset = this.#run.names;
    const offsets = this.partitions.map((partition) => ({ topic: 'orders', partition, offset, metadata }));
    if (offsets.length === 0) return;
    try {
      await this.#gateway().groups.commit(GROUP, offsets, { memberId, memberEpoch: generation, instanceId });
    } catch (error) {
      if (error instanceof GroupError && error.code !== 'group_conflict') this.#run.refused.add(metadata);
      throw error;
    }
  }

  async #after(error: unknown): Promise<void> {
    const passing = error instanceof AbortedError || error instanceof StoreError;
    if (!passing && !(error instanceof GroupError)) {
      this.stopped = true;
      this.#run.failures.push(error);
      return;
    }
    if (error instanceof GroupError) {
      const known = [
        'member_unknown',
        'instance_fenced',
        'group_rebalancing',
        'group_generation_illegal',
        'group_conflict',
      ];
      if (!known.includes(error.code)) this.#run.failures.push(error);
      if (error.code === 'member_unknown') this.memberId = '';
      if (error.code === 'instance_fenced') this.stopped = true;
    }
    // A client that is told to join again does so at once; after a failure it waits a little.
    const backOffMs = error instanceof GroupError ? 1 : 100;
    if (!this.stopped) await this.#run.world.clock.sleep(backOffMs, this.#life.signal).catch(() => {});
  }

  async #awake(): Promise<void> {
    const { clock } = this.#run.world;
    while (this.pausedUntilMs > clock.monotonicMs()) {
      await clock.sleep(this.pausedUntilMs - clock.monotonicMs(), this.#life.signal);
    }
    if (this.stopped) throw new AbortedError();
  }

  /** Whichever gateway it finds; the request ends with the client, or with the gateway. */
  #gateway(): { groups: Groups; signal: AbortSignal } {
    const { groups, life } = this.#run.process();
    return { groups, signal: AbortSignal.any([this.#life.signal, life.signal]) };
  }
}

/** Partitions dealt out to the members in turn. */
function divided({ members }: JoinedGroup): Map<string, Uint8Array> {
  return new Map(
    members.map(({ memberId }, i) => {
      const own = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
        (p) => p % members.length === i,
      );
      return [memberId, bytes(own.join())];
    }),
  );
}

class Simulation {
  readonly world = new World();
  readonly random: Random;
  readonly clients: Client[] = [];
  readonly refused = new Set<string>();
  readonly failures: unknown[] = [];
  readonly trace: string[] = [];
  names = 0;
  readonly #stores: readonly FatefulItems[];
  readonly #processes: Process[];
  readonly #plain: Groups;
  readonly #leaders = new Map<number, string>();
  /** Generation → partition → who has it: a member, or the static instance that it is. */
  readonly #owners = new Map<number, Map<number, string>>();
  /** What was committed at the last check, per partition, and in which generation. */
  readonly #committed = new Map<number, string>();
  readonly #latest = new Map<number, number>();
  /** The group's, at the last check. */
  #generation = 0;
  #faults = true;
  /** Gateways that the store now refuses, after it has let some of their writes pass, late. */
  readonly #outages = new Set<number>();
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed * 1_000;
    this.random = seededRandom(seed);
    Object.assign(this.world.topics.get('orders')!, { partitions: PARTITIONS, width: 2 });
    this.#stores = [0, 1].map((process) => new FatefulItems(this.world.items, () => this.#fate(process)));
    this.#processes = this.#stores.map((items) => this.#newProcess(items));
    this.#plain = this.world.process({ seed });
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      await this.#step();
      await this.world.clock.advance(this.upTo(1_500));
      await this.#check();
    }
    this.#faults = false;
    this.#outages.clear();
    for (const store of this.#stores) await store.deliver();
    await this.#check();
    await this.#settle();
    await this.#end();
  }

  process(): Process {
    return this.#processes[this.upTo(2)]!;
  }

  upTo(end: number): number {
    return Math.floor(this.random.next() * end);
  }

  /** All members of a generation must be told the same. */
  sawGeneration({ memberId, generation, leader, ledAs }: JoinedGroup): void {
    this.trace.push(`${memberId} in ${generation} led by ${leader}`);
    if (leader === '' || ledAs !== undefined) return;
    // A static leader that came back leads on under its new id.
    const known = this.#leaders.get(generation);
    const isStatic = leader.startsWith('static');
    if (known !== undefined && !isStatic) expect(leader, `the leader of generation ${generation}`).toBe(known);
    this.#leaders.set(generation, leader);
  }

  sawAssignment(
    generation: number,
    memberId: string,
    instanceId: string | undefined,
    partitions: readonly number[],
  ): void {
    const owner = instanceId ?? memberId;
    this.trace.push(`${memberId} in ${generation} has ${partitions}`);
    const owners = this.#owners.get(generation) ?? new Map<number, string>();
    for (const partition of partitions) {
      expect(owners.get(partition) ?? owner, `who has partition ${partition} in generation ${generation}`).toBe(owner);
      owners.set(partition, owner);
    }
    this.#owners.set(generation, owners);
  }

  async #step(): Promise<void> {
    const dice = this.random.next();
    const alive = this.clients.filter(({ stopped }) => !stopped);
    const one = alive[this.upTo(alive.length)];
    if (dice < 0.15 && alive.length < 6) this.#start();
    else if (dice < 0.2) void one?.leave();
    else if (dice < 0.25) one?.kill();
    else if (dice < 0.33 && one) one.pausedUntilMs = this.world.clock.monotonicMs() + this.upTo(30_000);
    else if (dice < 0.38) this.world.clock.jump([-60_000, -7_000, 7_000, 60_000][this.upTo(4)]!);
    else if (dice < 0.45) for (const store of this.#stores) await store.deliver();
    else if (dice < 0.5) this.#restart(this.upTo(2));
    else if (dice < 0.54) this.#outages.add(this.upTo(2));
    else if (dice < 0.58) this.#outages.clear();
  }

  #start(): void {
    const instanceId = this.random.next() < 0.3 ? `static${this.upTo(3)}` : undefined;
    const client = new Client(this, instanceId);
    this.clients.push(client);
    void client.live();
  }

  /** A gateway is killed with all that it holds, and another begins in its place. */
  #restart(i: number): void {
    this.#processes[i]!.life.abort();
    this.#processes[i] = this.#newProcess(this.#stores[i]!);
  }

  #newProcess(items: FatefulItems): Process {
    return { groups: this.world.process({ items, seed: this.#seed++ }), life: new AbortController() };
  }

  async #check(): Promise<void> {
    await settle();
    expect(this.failures).toEqual([]);
    const stored = await readGroup({ items: this.world.items, clock: this.world.clock, random: this.random }, GROUP);
    for (const { partition, metadata } of await this.#plain.committed(GROUP, 'orders')) {
      expect(this.refused.has(metadata!), `${metadata} was refused, and is stored`).toBe(false);
      const generation = Number(metadata!.split(' ')[0]);
      if (metadata === this.#committed.get(partition)) continue;
      // Whoever was fenced by a later generation never commits once that stands, be it that it was long on its way.
      expect(generation, `of ${metadata}`).toBeGreaterThanOrEqual(this.#generation);
      this.#committed.set(partition, metadata!);
      this.#latest.set(partition, generation);
    }
    this.#generation = stored?.state.classic?.generation ?? 0;
  }

  /** What must come to hold once faults end: those who are alive, and they alone, are in one generation with everything. */
  async #settle(): Promise<void> {
    this.#start();
    for (const client of this.clients) client.pausedUntilMs = 0;
    // Sessions of the dead end, and rebalances with them; a clock that went back costs one more of each.
    for (let i = 0; i < 200 && !(await this.#isSettled()); i++) await this.world.clock.advance(500);
    await this.#check();
    expect(await this.#isSettled(), 'the group has settled').toBe(true);
    const { generation } = await this.#plain.describe(GROUP);
    await this.world.clock.advance(30_000);
    await this.#check();
    // And they get on with their work, undisturbed.
    expect([...this.#latest.values()]).toEqual(Array.from({ length: PARTITIONS }, () => generation));
  }

  async #isSettled(): Promise<boolean> {
    const stored = await readGroup({ items: this.world.items, clock: this.world.clock, random: this.random }, GROUP);
    const group = stored?.state.classic;
    const alive = this.clients.filter(({ stopped }) => !stopped);
    if (group?.phase !== 'stable' || group.members.size !== alive.length) return false;
    const owned = alive
      .filter(({ generation }) => generation === group.generation)
      .flatMap(({ partitions }) => partitions);
    return owned.sort().join() === Array.from({ length: PARTITIONS }, (_, partition) => partition).join();
  }

  async #end(): Promise<void> {
    for (const client of this.clients) client.kill();
    for (const { life } of this.#processes) life.abort();
    for (let i = 0; i < 50 && this.world.clock.sleepers > 0; i++) await this.world.clock.advance(1_000);
    expect(this.world.clock.sleepers, 'nobody waits for anything any more').toBe(0);
    expect(this.failures).toEqual([]);
  }

  #fate(process: number): Fate {
    if (this.#faults && this.#outages.has(process)) return this.random.next() < 0.2 ? 'late' : 'refused';
    if (!this.#faults || this.random.next() < 0.85) return 'fine';
    return (['refused', 'lost', 'unanswered', 'late'] as const)[this.upTo(4)]!;
  }
}

describe('a classic group in a storm of joins, deaths, pauses, jumps, lost answers and gateways that end', () => {
  const seeds = Array.from({ length: 14 }, (_, i) => i + 1);

  test.each(seeds)(
    'gives each partition to one member, takes no commit of a fenced one, and settles (seed %i)',
    async (seed) => {
      await new Simulation(seed).run();
    },
  );

  test('goes the same way again from the same seed', async () => {
    const [one, two] = [new Simulation(77), new Simulation(77)];
    await one.run();
    await two.run();
    expect(one.trace.length).toBeGreaterThan(20);
    expect(two.trace).toEqual(one.trace);
  });
});
