import { MillraceError } from '../../lib/bytes/index.ts';
import type { Client } from './clients/client.ts';
import type { Fault, Storm } from './faults.ts';
import type { Plan } from './plan.ts';
import type { Server } from './server.ts';
import type { StoreChances } from './stores.ts';
import { NO_CHANCES } from './stores.ts';
import { NO_WAKE_UP_CHANCES, type WakeUpChances } from './wake-ups.ts';
import { surprise, type World } from './world.ts';

/** In a storm, so many calls suffer its fault. */
const STORM_CHANCE = 0.8;

/** What happens to calls and messages, as the plan has it and the nemesis changes it. */
export class Weather {
  readonly #plan: Plan;
  #isCalm = true;
  #cuts = 0;
  readonly #storms = new Set<{ whom: string | undefined; kind: Storm }>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** From now on, or until now, things fail. */
  set calm(calm: boolean) {
    this.#isCalm = calm;
  }

  get network() {
    if (this.#isCalm) return { requestLost: 0, answerLost: 0, slow: 0 };
    return this.#cuts === 0 ? this.#plan.network : { ...this.#plan.network, requestLost: STORM_CHANCE };
  }

  get wakeUps(): WakeUpChances {
    return this.#isCalm ? NO_WAKE_UP_CHANCES : (this.#plan.wakeUps ?? NO_WAKE_UP_CHANCES);
  }

  stores(process: string): StoreChances {
    if (this.#isCalm) return NO_CHANCES;
    let { chances } = this.#plan;
    for (const { whom, kind } of this.#storms) {
      if (whom === undefined || whom === process) chances = { ...NO_CHANCES, slow: chances.slow, [kind]: STORM_CHANCE };
    }
    return chances;
  }

  /** Returns what ends it. */
  cut(): () => void {
    this.#cuts++;
    return () => {
      this.#cuts--;
    };
  }

  storm(whom: string | undefined, kind: Storm): () => void {
    const storm = { whom, kind };
    this.#storms.add(storm);
    return () => this.#storms.delete(storm);
  }
}

/** Lets the plan's faults happen, and ends them all when it is told to. */
export class Nemesis {
  readonly #world: World;
  readonly #weather: Weather;
  readonly #servers: ReadonlyMap<string, Server>;
  readonly #clients: ReadonlyMap<string, Client>;
  #isOver = false;

  constructor(world: World, weather: Weather, servers: readonly Server[], clients: readonly Client[]) {
    this.#world = world;
    this.#weather = weather;
    this.#servers = new Map(servers.map((server) => [server.name, server]));
    this.#clients = new Map(clients.map((client) => [client.name, client]));
  }

  begin(faults: readonly Fault[]): void {
    this.#weather.calm = false;
    for (const fault of faults) this.#later(fault.atMs, () => this.#strike(fault));
  }

  /** The faults are over: everybody lives and goes on, with the right time. */
  end(): void {
    this.#isOver = true;
    this.#weather.calm = true;
    for (const server of this.#servers.values()) {
      server.life.process.resume();
      server.life.process.correctClock();
      server.start();
    }
    for (const client of this.#clients.values()) {
      client.process.resume();
      client.start();
    }
  }

  #later(ms: number, work: () => void): void {
    this.#world.scheduler.after(ms, () => {
      if (!this.#isOver) work();
    });
  }

  #strike(fault: Fault): void {
    this.#world.trace.note(`${this.#world.scheduler.nowMs.toFixed(2)} ${JSON.stringify(fault)}`);
    switch (fault.do) {
      case 'kill':
        this.#one(fault.whom)?.kill();
        this.#later(fault.downMs, () => this.#one(fault.whom)?.start());
        break;
      case 'pause': {
        const process = this.#process(fault.whom);
        process?.pause();
        this.#later(fault.forMs, () => process?.resume());
        break;
      }
      case 'jump':
        this.#process(fault.whom)?.jump(fault.byMs);
        break;
      case 'storm':
        this.#later(fault.forMs, this.#weather.storm(fault.whom, fault.kind));
        break;
      case 'cut':
        this.#later(fault.forMs, this.#weather.cut());
        break;
      case 'tend':
        this.#tend(fault.whom, fault.collect);
        break;
    }
  }

  #tend(whom: string, collect: boolean): void {
    const server = this.#servers.get(whom);
    if (!server) return;
    const { process, platform } = server.life;
    process.deliver(() => {
      platform.tend({ collect }).then(
        ({ failures }) => {
          for (const { error } of failures) this.#judge(whom, error);
        },
        (error) => this.#judge(whom, error),
      );
    });
  }

  #judge(whom: string, error: unknown): void {
    if (!(error instanceof MillraceError)) surprise(this.#world, `${whom} tending`, error);
  }

  #one(whom: string): Server | Client | undefined {
    return this.#servers.get(whom) ?? this.#clients.get(whom);
  }

  #process(whom: string) {
    return this.#servers.get(whom)?.life.process ?? this.#clients.get(whom)?.process;
  }
}
