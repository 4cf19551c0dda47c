import { type History, partitionName, type Read, Recorder } from '../checker/index.ts';
import { chanceOf } from './chance.ts';
import { Client, type ClientProgram } from './clients/client.ts';
import { producer } from './clients/producer.ts';
import { reader } from './clients/reader.ts';
import { readPartition } from './final-read.ts';
import { judge } from './judge.ts';
import { Nemesis, Weather } from './nemesis.ts';
import type { ClientPlan, Plan } from './plan.ts';
import { Scheduler } from './scheduler.ts';
import { Server } from './server.ts';
import { SimulatedStores } from './stores.ts';
import { Trace } from './trace.ts';
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
    const clients = plan.clients.map((client) => {
      const wanders = chance.pick([0, 0.05, 0.3]);
      return new Client(world, client.name, { servers, program: programOf(client, plan), wanders });
    });
    const nemesis = new Nemesis(world, this.#weather, servers, clients);
    const startMs = world.scheduler.nowMs;
    nemesis.begin(plan.faults);
    await this.#until(() => false, startMs + plan.chaosMs);
    nemesis.end();
    for (const client of clients) client.end();
    const areDone = await this.#until(() => clients.every(({ isDone }) => isDone), world.scheduler.nowMs + FINISH_MS);
    if (!areDone) {
      const late = clients.filter(({ isDone }) => !isDone).map(({ name }) => name);
      problems.push(`${late.join(', ')} did not come to an end within ${FINISH_MS} ms after the faults were over`);
    }
    await this.#until(() => world.stores.outstanding === 0, world.scheduler.nowMs + STEP_MS);
    await this.#until(() => false, world.scheduler.nowMs + aheadMs(plan));
    for (let round = 0; round < TEND_ROUNDS; round++) {
      await this.#until(() => false, world.scheduler.nowMs + TEND_EVERY_MS);
      const { platform } = servers[round % servers.length]!.life;
      await this.#step('tending', async () => {
        for (const { error } of (await platform.tend()).failures) surprise(world, 'tending at the end', error);
      });
    }
    const fresh = new Server(world, 'fresh', plan.options);
    for (const server of [...servers, fresh])
      await this.#step(`reading by ${server.name}`, () => this.#readAll(server));
    await this.#step('verifying', async () => {
      const report = await fresh.life.platform.verify();
      for (const { ledger, message } of report.problems) problems.push(`verify, ${ledger}: ${message}`);
      if (report.unnamedObjects > 0) problems.push(`verify: ${report.unnamedObjects} objects are named by nobody`);
    });
    const topics = await this.#step('listing topics', () => fresh.life.platform.topics.list());
    const history = world.recorder.history();
    problems.push(...judge({ stores: world.stores, topics: topics ?? [], history }));
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

  async #makeTopics({ life }: Server): Promise<void> {
    for (const { name, partitions, config } of this.#plan.topics) {
      await life.platform.topics.create(name, { partitions, config });
    }
  }

  /** Every record that a server shows of each partition, and its high watermark. */
  async #readAll({ name, life }: Server): Promise<void> {
    const { topics, log } = life.platform;
    for (const topic of await topics.list()) {
      for (let partition = 0; partition < topic.partitions; partition++) {
        const { records, from, to } = await readPartition(log, { ...topic, partition });
        const of = partitionName(topic.name, partition);
        this.#world.recorder.note<Read>(`reading by ${name}`, {
          kind: 'read',
          partition: of,
          isolation: 'uncommitted',
          from,
          to,
          records,
        });
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

/** How far ahead clocks may have been: what was dated by them is old enough to be collected after that. */
function aheadMs({ skewMs, faults }: Plan): number {
  return faults.reduce((sum, fault) => sum + (fault.do === 'jump' ? Math.max(0, fault.byMs) : 0), skewMs);
}

function programOf(client: ClientPlan, { topics }: Plan): ClientProgram {
  switch (client.kind) {
    case 'producer':
      return producer({ topics, ...client });
    case 'reader':
      return reader({ topics, isolation: 'uncommitted', thinkMs: client.thinkMs });
  }
}
