import { MillraceError } from '../../lib/bytes/index.ts';
import { type LedgerRef, ledgerOfHead } from '../../lib/log/index.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { routeOfItem, type Work } from '../../lib/route/index.ts';
import type { ItemKey } from '../../lib/store/index.ts';
import type { Chance } from './chance.ts';
import type { Process } from './process.ts';
import { type Server, type ServerOptions, tiered } from './server.ts';
import { chanceFor, newProcess, surprise, type World } from './world.ts';

/** What may happen to a wake-up, and to what it wakes: chances from 0 to 1. */
export interface WakeUpChances {
  readonly lost: number;
  readonly twice: number;
  /** It comes so late that others have overtaken it. */
  readonly late: number;
  /** An invocation's process ends in the middle of it. */
  readonly killed: number;
  /** It stops in the middle, for longer than a lease at times. */
  readonly frozen: number;
}

export const NO_WAKE_UP_CHANCES: WakeUpChances = { lost: 0, twice: 0, late: 0, killed: 0, frozen: 0 };

export interface WakeUpPlan extends WakeUpChances {
  /** Invocations at once. */
  readonly atOnce: number;
  /** What an invocation has; then its process is killed. */
  readonly timeMs: number;
  /** How often the schedule wakes what sweeps and tends. */
  readonly everyMs: number;
}

/** What a function is invoked with. */
type Task =
  | { readonly do: 'dispatch'; readonly ledgers: readonly LedgerRef[]; readonly routes: readonly string[] }
  | { readonly do: 'deliver'; readonly work: Work }
  | { readonly do: 'tend'; readonly collect: boolean };

/** One execution environment: a process that serves one invocation at a time, and stands still between them. */
interface Environment {
  readonly process: Process;
  readonly platform: Platform;
  /** While it serves one. */
  isBusy: boolean;
}

/** How long the table's stream gathers what changed. */
const BATCH_MS = [5, 100] as const;
const SOON_MS = [5, 200] as const;
const LATE_MS = [1_000, 40_000] as const;
/** When an invocation's process is struck after it began, and for how long it stops: a lease lasts 30 s. */
const STRUCK_MS = [0, 4_000] as const;
const FROZEN_MS = [500, 12_000, 45_000] as const;
/** An invocation that finds no environment free, or that fails, comes again: a second time, and a third. */
const BUSY_MS = 500;
const AGAIN_MS = 2_000;
const AGAIN_MAX = 2;
/** Before an invocation's time is over, it reads no more, and then lets go. */
const ENOUGH = 0.6;
const STOP = 0.9;
/** Each so many-th time that upkeep is woken it collects, too. */
const COLLECT_EACH = 3;
/** As the functions of AWS have it (functions/open.ts). */
const LINGER_MS = 100;

/**
 * The routes as on AWS: nobody keeps watch. The table's stream wakes what dispatches, that starts deliveries, and a schedule
 * wakes what sweeps and tends; each may come late, after later ones, twice and at once, or not at all. What wakes long polls,
 * the log's bus, has all of it, too: a server hears of commits of others, twice, and when they are long past.
 *
 * What runs is what `functions/dispatch.ts`, `deliver.ts` and `tend.ts` call: `OnDemand` and `Platform.tend`. The functions
 * themselves cannot run here, as they have clients of AWS and timers of the real time.
 */
export class WakeUps {
  readonly #world: World;
  readonly #plan: WakeUpPlan;
  readonly #options: ServerOptions;
  readonly #servers: readonly Server[];
  readonly #chance: Chance;
  readonly #environments: Environment[] = [];
  readonly #ledgers = new Map<string, LedgerRef>();
  readonly #routes = new Set<string>();
  #begun = 0;
  #ticks = 0;
  #isOver = false;

  constructor(world: World, plan: WakeUpPlan, options: ServerOptions, servers: readonly Server[]) {
    this.#world = world;
    this.#plan = plan;
    this.#options = options;
    this.#servers = servers;
    this.#chance = chanceFor(world, 'wake-ups');
    world.stores.table.onStored = (key) => this.#stored(key);
    this.#tick();
  }

  /** Nothing is woken any more, and what works ends where it stands. */
  end(): void {
    this.#isOver = true;
    this.#world.stores.table.onStored = undefined;
    for (const { process } of this.#environments) process.kill();
  }

  get #chances(): WakeUpChances {
    return this.#world.weather.wakeUps;
  }

  #stored(key: ItemKey): void {
    const ledger = ledgerOfHead(key);
    const route = routeOfItem(key);
    if (!ledger && route === undefined) return;
    if (this.#ledgers.size + this.#routes.size === 0) this.#after(BATCH_MS, () => this.#flush());
    if (ledger) this.#ledgers.set(key.pk, ledger);
    if (route !== undefined) this.#routes.add(route);
  }

  #flush(): void {
    const ledgers = [...this.#ledgers.values()];
    this.#wake({ do: 'dispatch', ledgers, routes: [...this.#routes] });
    this.#ledgers.clear();
    this.#routes.clear();
    for (const server of this.#servers) this.#send(() => this.#wakePolls(server, ledgers));
  }

  #wakePolls({ life: { process, platform } }: Server, ledgers: readonly LedgerRef[]): void {
    // Past what others of the log's floor may use: there is no other way to a wake-up without a commit.
    process.deliver(() => {
      for (const ledger of ledgers) platform.log.parts.bus.committed(ledger);
    });
  }

  #tick(): void {
    this.#wake({ do: 'tend', collect: ++this.#ticks % COLLECT_EACH === 0 });
    this.#after([this.#plan.everyMs, this.#plan.everyMs], () => this.#tick());
  }

  #wake(task: Task): void {
    this.#send(() => this.#invoke(task, 0));
  }

  /** A message on its way: lost, or there soon, or late; once or twice. */
  #send(arrive: () => void): void {
    const chance = this.#chance;
    const { lost, twice, late } = this.#chances;
    if (chance.is(lost)) return;
    for (let copies = chance.is(twice) ? 2 : 1; copies > 0; copies--) {
      this.#after(chance.is(late) ? LATE_MS : SOON_MS, arrive);
    }
  }

  #after([least, most]: readonly [number, number], work: () => void): void {
    this.#world.scheduler.after(this.#chance.between(least, most), () => {
      if (!this.#isOver) work();
    });
  }

  #invoke(task: Task, earlier: number): void {
    const environment = this.#free();
    if (!environment) {
      this.#after([BUSY_MS, 2 * BUSY_MS], () => this.#invoke(task, earlier));
      return;
    }
    const { process, platform } = environment;
    environment.isBusy = true;
    this.#note(process, `is to ${JSON.stringify(task)}`);
    let isDone = false;
    const done = () => {
      isDone = true;
      environment.isBusy = false;
      if (!this.#isOver) process.pause();
    };
    // Who invokes does not wait: an end without an answer is a failure, after which it is tried again.
    process.onDeath(() => {
      if (!isDone) this.#again(task, earlier);
    });
    const { timeMs } = this.#plan;
    this.#after([timeMs, timeMs], () => {
      if (!isDone) process.kill();
    });
    this.#strike(process, () => isDone);
    process.resume();
    process.deliver(() => {
      this.#run(task, process, platform).then(done, (error: unknown) => {
        if (!(error instanceof MillraceError)) surprise(this.#world, `${process.name}, to ${task.do}`, error);
        done();
        this.#again(task, earlier);
      });
    });
  }

  #again(task: Task, earlier: number): void {
    if (earlier < AGAIN_MAX && !this.#isOver)
      this.#after([AGAIN_MS, 2 * AGAIN_MS], () => this.#invoke(task, earlier + 1));
  }

  #strike(process: Process, isDone: () => boolean): void {
    const chance = this.#chance;
    const { killed, frozen } = this.#chances;
    const strike = (work: () => void) =>
      this.#after(STRUCK_MS, () => {
        if (!isDone()) work();
      });
    if (chance.is(killed)) strike(() => process.kill());
    else if (chance.is(frozen)) {
      const forMs = chance.pick(FROZEN_MS);
      strike(() => {
        process.pause();
        this.#after([forMs, forMs], () => {
          if (!isDone()) process.resume();
        });
      });
    }
  }

  async #run(task: Task, process: Process, platform: Platform): Promise<void> {
    const { onDemand } = platform.routes;
    switch (task.do) {
      case 'dispatch':
        for (const { worker: _, ...work } of await onDemand.readersOf(task.ledgers, task.routes))
          this.#wake({ do: 'deliver', work });
        return;
      case 'deliver': {
        const { end } = await onDemand.deliver(task.work, {
          stop: this.#in(STOP, process),
          enough: this.#in(ENOUGH, process),
        });
        this.#note(process, `delivered: ${end}`);
        if (end === 'stopped') this.#wake(task);
        return;
      }
      case 'tend': {
        const { works } = await onDemand.behind();
        for (const { worker: _, ...work } of works) this.#wake({ do: 'deliver', work });
        const { failures } = await platform.tend({ collect: task.collect, signal: this.#in(STOP, process) });
        for (const { error } of failures) if (!(error instanceof MillraceError)) throw error;
      }
    }
  }

  #note({ name }: Process, what: string): void {
    this.#world.trace.note(`${this.#world.scheduler.nowMs.toFixed(2)} ${name} ${what}`);
  }

  /** Fires when so much of the time of an invocation that begins now is over. */
  #in(part: number, process: Process): AbortSignal {
    const controller = new AbortController();
    process.after(this.#plan.timeMs * part, () => controller.abort());
    return controller.signal;
  }

  #free(): Environment | undefined {
    const alive = this.#environments.filter(({ process }) => process.alive);
    const idle = alive.filter(({ isBusy }) => !isBusy);
    if (idle.length > 0) return this.#chance.pick(idle);
    return alive.length < this.#plan.atOnce ? this.#begin() : undefined;
  }

  #begin(): Environment {
    const world = this.#world;
    const name = `woken.${this.#begun++}`;
    const process = newProcess(world, name);
    const { log, smallBytesMax, transactionEndWritesMax } = this.#options;
    const stores = world.stores.of(process, chanceFor(world, `stores of ${name}`), () => world.weather.stores('woken'));
    const platform = openPlatform({
      stores: tiered(stores, smallBytesMax),
      clock: process.clock,
      random: chanceFor(world, `ids of ${name}`).random,
      log,
      background: false,
      transactionEndWritesMax,
      lingerMs: LINGER_MS,
      onError: (error, doing) => {
        if (!(error instanceof MillraceError)) surprise(world, `${name}, ${doing}`, error);
      },
    });
    const environment = { process, platform, isBusy: false };
    this.#environments.push(environment);
    return environment;
  }
}
