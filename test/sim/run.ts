import type { TopicInfo } from '../../lib/topic/index.ts';
import { type History, partitionName, type Read, Recorder } from '../checker/index.ts';
import { chanceOf } from './chance.ts';
import { admin, type GrowingTopic } from './clients/admin.ts';
import { classicConsumer } from './clients/classic-consumer.ts';
import { Client, type ClientProgram } from './clients/client.ts';
import { founder } from './clients/founder.ts';
import { httpConsumer } from './clients/http-consumer.ts';
import { httpProcessor } from './clients/http-processor.ts';
import { httpProducer } from './clients/http-producer.ts';
import { modernConsumer } from './clients/modern-consumer.ts';
import { onlooker } from './clients/onlooker.ts';
import { producer } from './clients/producer.ts';
import { auditor, reader } from './clients/reader.ts';
import { processor, transactional } from './clients/transactional.ts';
import { visitor } from './clients/visitor.ts';
import { readPartition } from './final-read.ts';
import { FINAL, judge } from './judge.ts';
import { Nemesis, Weather } from './nemesis.ts';
import { type ClientPlan, COPIES, EXPIRING, KEYED, type Plan, REBORN, SOURCE, TARGET } from './plan.ts';
import { Scheduler } from './scheduler.ts';
import { Server } from './server.ts';
import { SimulatedStores } from './stores.ts';
import { Trace } from './trace.ts';
import { WakeUps } from './wake-ups.ts';
import { surprise, type World } from './world.ts';

/** What came of a simulation. */
export interface Outcome {
  readonly seed: number;
  /** What is wrong; nothing, as it should be. */
  readonly problems: readonly string[];
  /** The same for the same plan, always. */
  readonly traceHash: string;
  readonly trace: readonly string[];
  readonly history: History;
  /** How long it was, in simulated time, and in happenings. */
  readonly simulatedMs: number;
  readonly happenings: number;
}

/** A simulation that takes more has run away: clients that storm, or code that never comes to an end. */
const HAPPENINGS_MAX = 400_000;
/** When the faults are over, clients have so long to finish what they began. */
const FINISH_MS = 180_000;
/** Servers that were paused, or had no answers, finish what nobody waits for any more within this. */
const LINGER_MS = 10_000;
const ROUTE = 'copy';
/** What each step of the end may take. */
const STEP_MS = 600_000;
/** Between rounds of tending at the end: longer than any age or grace of the plans. */
const TEND_EVERY_MS = 120_000;
const TEND_ROUNDS = 4;

/** Runs the simulation that a plan describes, from its beginning to its judgement. */
export function simulate(plan: Plan, { keepTrace = false } = {}): Promise<Outcome> {
  return new Simulation(plan, keepTrace).run();
}

class Simulation {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #weather: Weather;

  constructor(plan: Plan, keepTrace: boolean) {
    this.#plan = plan;
    const scheduler = new Scheduler();
    const trace = new Trace({ keep: keepTrace });
    this.#weather = new Weather(plan);
    this.#world = {
      seed: plan.seed,
      scheduler,
      trace,
      stores: new SimulatedStores(scheduler, trace),
      recorder: new Recorder(() => scheduler.nowMs),
      weather: this.#weather,
      surprises: [],
    };
  }

  async run(): Promise<Outcome> {
    const plan = this.#plan;
    const world = this.#world;
    const problems = world.surprises;
    const chance = chanceOf(plan.seed, 'run');
    const servers = Array.from({ length: plan.servers }, (_, i) => {
      return new Server(world, `s${i}`, plan.options, chance.between(-plan.skewMs, plan.skewMs));
    });
    await this.#step('making the topics', () => this.#makeTopics(servers[0]!));
    // All clients hear of partitions that are added.
    const known = plan.topics.map((topic): GrowingTopic => ({ ...topic }));
    const clients = plan.clients.map((client) => {
      const wanders = chance.pick([0, 0.05, 0.3]);
      return new Client(world, client.name, { servers, program: programOf(client, plan, known), wanders });
    });
    const wakeUps = plan.wakeUps && new WakeUps(world, plan.wakeUps, plan.options, servers);
    const nemesis = new Nemesis(world, this.#weather, servers, clients);
    const startMs = world.scheduler.nowMs;
    nemesis.begin(plan.faults);
    await this.#until(() => false, startMs + plan.chaosMs);
    nemesis.end();
    await this.#finish(clients, (kind) =>
      ['producer', 'http-producer', 'transactional', 'admin', 'founder'].includes(kind),
    );
    await this.#until(() => false, world.scheduler.nowMs + LINGER_MS);
    // What was given up may still come to be: groups have to read that, too.
    await this.#until(() => world.stores.outstanding === 0, world.scheduler.nowMs + STEP_MS);
    await this.#catchUp(servers[0]!);
    await this.#finish(clients, () => true);
    // Those that went through all of it have to show it all, from what they keep in memory, too.
    for (const server of servers)
      await this.#step(`reading by ${server.name}`, () => this.#readAll(server, server.name));
    wakeUps?.end();
    for (const server of servers) server.kill();
    const topics = await this.#conclude(problems);
    const history = world.recorder.history();
    problems.push(...judge({ plan, stores: world.stores, topics, history }));
    return {
      seed: plan.seed,
      problems,
      traceHash: world.trace.hash,
      trace: world.trace.lines ?? [],
      history,
      simulatedMs: world.scheduler.nowMs,
      happenings: world.scheduler.happened,
    };
  }

  /** Time passes; what is left is tended; servers that know nothing look at everything. */
  async #conclude(problems: string[]): Promise<readonly TopicInfo[]> {
    const { scheduler } = this.#world;
    const options = { ...this.#plan.options, cluster: false, background: false, sweepTransactions: false };
    const [one, other] = ['one', 'other'].map((name) => new Server(this.#world, name, options));
    await this.#until(() => false, scheduler.nowMs + aheadMs(this.#plan));
    for (let round = 0; round < TEND_ROUNDS; round++) {
      await this.#until(() => false, scheduler.nowMs + TEND_EVERY_MS);
      await this.#step('tending', async () => {
        const { failures } = await (round % 2 === 0 ? one : other)!.life.platform.tend();
        for (const { error } of failures) surprise(this.#world, 'tending at the end', error);
      });
    }
    for (const server of [one!, other!])
      await this.#step('reading at the end', () => this.#readAll(server, FINAL + server.name));
    const { platform } = one!.life;
    await this.#step('verifying', async () => {
      const report = await platform.verify();
      for (const { ledger, message } of report.problems) problems.push(`verify, ${ledger}: ${message}`);
      if (report.unnamedObjects > 0) problems.push(`verify: ${report.unnamedObjects} objects are named by nobody`);
    });
    return (await this.#step('listing topics', () => platform.topics.list())) ?? [];
  }

  /** Clients of these kinds come to their end: what they began, they finish. */
  async #finish(clients: readonly Client[], isMeant: (kind: ClientPlan['kind']) => boolean): Promise<void> {
    const { scheduler, surprises } = this.#world;
    const names = new Set(this.#plan.clients.filter(({ kind }) => isMeant(kind)).map(({ name }) => name));
    const meant = clients.filter(({ name }) => names.has(name));
    for (const client of meant) client.end();
    if (await this.#until(() => meant.every(({ isDone }) => isDone), scheduler.nowMs + FINISH_MS)) return;
    const late = meant.filter(({ isDone }) => !isDone).map(({ name }) => name);
    surprises.push(`${late.join(', ')} did not come to an end within ${FINISH_MS} ms after the faults were over`);
  }

  /** Waits until every group has committed all that there is: nobody disturbs them any more. */
  async #catchUp(server: Server): Promise<void> {
    const { scheduler, surprises } = this.#world;
    const groups = new Set(groupsOf(this.#plan));
    if (this.#plan.route) groups.add(`route.${ROUTE}`);
    // A transaction that a client left open began, by a clock that was ahead, later than it did: so it is aborted later.
    const untilMs = scheduler.nowMs + FINISH_MS + aheadMs(this.#plan);
    for (const group of groups) {
      const ask = () => this.#step(`asking group ${group}`, () => behind(server, group));
      let late = (await ask()) ?? [];
      while (late.length > 0 && scheduler.nowMs < untilMs) {
        await this.#until(() => false, scheduler.nowMs + 1_000);
        late = (await ask()) ?? [];
      }
      if (late.length > 0) surprises.push(`group ${group} came to a halt: ${late.join(', ')}`);
    }
  }

  async #makeTopics({ life }: Server): Promise<void> {
    for (const { name, partitions, config } of this.#plan.topics) {
      await life.platform.topics.create(name, { partitions, config });
    }
    if (!this.#plan.route) return;
    const copy = { 'connector.class': 'topic', topics: SOURCE, 'topic.name': COPIES, 'errors.retry.timeout': '-1' };
    await life.platform.routes.create(ROUTE, copy);
  }

  /** Every record that a server shows of each partition, and its high watermark. */
  async #readAll({ life }: Server, reader: string): Promise<void> {
    const { topics, log } = life.platform;
    for (const topic of await topics.list()) {
      // Nobody sent what the route has copied: the history knows nothing of it.
      if (topic.name === COPIES) continue;
      for (let partition = 0; partition < topic.partitions; partition++) {
        for (const isolation of ['committed', 'uncommitted'] as const) {
          const { records, from, to } = await readPartition(log, { ...topic, partition }, { isolation });
          const of = partitionName(topic.name, partition);
          const read: Read = { kind: 'read', partition: of, isolation, from, to, records };
          // When all is over, nothing changes while it is read.
          this.#world.recorder.note(reader, reader.startsWith(FINAL) ? { ...read, still: true, isStart: true } : read);
        }
      }
    }
  }

  /** Lets things happen until `isOver`, or until the moment. */
  #until(isOver: () => boolean, endMs: number): Promise<boolean> {
    return this.#world.scheduler.run({ until: isOver, endMs, mostHappenings: HAPPENINGS_MAX });
  }

  /** Work of the simulation itself that has to come to an end. */
  async #step<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    let ended = false;
    let result: T | undefined;
    work().then(
      (value) => {
        ended = true;
        result = value;
      },
      (error) => {
        ended = true;
        surprise(this.#world, what, error);
      },
    );
    if (!(await this.#until(() => ended, this.#world.scheduler.nowMs + STEP_MS))) {
      this.#world.surprises.push(`${what} came to no end within ${STEP_MS} ms, or ${HAPPENINGS_MAX} happenings`);
    }
    return result;
  }
}

/** Where a group has not committed yet what there is for it to read, or might still come to be. */
async function behind({ life }: Server, group: string): Promise<string[]> {
  const { topics, log, groups } = life.platform;
  const committed = await groups.committed(group, SOURCE);
  const topic = await topics.describe(SOURCE);
  const late: string[] = [];
  for (let partition = 0; partition < topic.partitions; partition++) {
    const from = committed.find((one) => one.partition === partition)?.offset ?? 0;
    const left = await readPartition(log, { ...topic, partition }, { isolation: 'committed', from });
    const isLate = left.records.length > 0 || left.to < left.highWatermark;
    if (isLate) late.push(`${partitionName(SOURCE, partition)} at ${from} of ${left.to}, ${left.highWatermark}`);
  }
  return late;
}

/** How far ahead clocks may have been: what was dated by them is old enough to be collected after that. */
function aheadMs({ skewMs, faults }: Plan): number {
  return faults.reduce((sum, fault) => sum + (fault.do === 'jump' ? Math.max(0, fault.byMs) : 0), skewMs);
}

function groupsOf({ clients }: Plan): string[] {
  return [...new Set(clients.flatMap((client) => ('group' in client ? client.group : [])))];
}

function configOf({ topics }: Plan, topic: string): Readonly<Record<string, string>> {
  return topics.find(({ name }) => name === topic)!.config;
}

function programOf(client: ClientPlan, plan: Plan, known: readonly GrowingTopic[]): ClientProgram {
  const topics = known.filter(({ name }) => name === SOURCE);
  const produced = known.filter(({ name }) => [SOURCE, KEYED, EXPIRING].includes(name));
  const all = known.filter(({ name }) => name !== COPIES && name !== REBORN);
  const targets = known.filter(({ name }) => name === TARGET);
  const reborn = known.filter(({ name }) => name === REBORN);
  switch (client.kind) {
    case 'producer':
      return producer({ topics: client.to === REBORN ? reborn : produced, ...client });
    case 'founder':
      return founder({ topic: reborn[0]!, config: configOf(plan, REBORN), ...client });
    case 'visitor':
      return visitor({ topic: reborn[0]!, group: REBORN, ...client });
    case 'http-producer':
      return httpProducer({ topics: produced, ...client });
    case 'classic':
      return classicConsumer({ topics, ...client });
    case 'modern':
      return modernConsumer({ topics, ...client });
    case 'http-consumer':
      return httpConsumer({ topics, ...client });
    case 'http-processor':
      return httpProcessor({ from: topics, ...client, topics: targets });
    case 'transactional':
      return transactional({ topics: all, ...client });
    case 'processor':
      return processor({ from: topics, ...client, topics: targets });
    case 'reader':
      return reader({ topics: all, ...client });
    case 'auditor':
      return auditor({ topics: all, ...client });
    case 'onlooker':
      return onlooker({ ...client, topic: topics[0]!, groups: groupsOf(plan) });
    case 'admin':
      return admin({ ...client, topic: topics[0]!, groups: groupsOf(plan) });
  }
}
