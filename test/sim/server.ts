import { MillraceError } from '../../lib/bytes/index.ts';
import { httpApp } from '../../lib/http/index.ts';
import { type Gateway, GatewayCluster, openGateway } from '../../lib/kafka/index.ts';
import { type LogSettings, parseObjectKey } from '../../lib/log/index.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { type Stores, tieredStores } from '../../lib/store/index.ts';
import type { Process } from './process.ts';
import { chanceFor, newProcess, surprise, type World } from './world.ts';

export interface ServerOptions {
  readonly log: Partial<LogSettings>;
  /** Objects up to this size are items. 0: none. */
  readonly smallBytesMax: number;
  /** Whether the servers know each other, as gateways of a deployment do. */
  readonly cluster: boolean;
  /** Whether they deliver for routes, and tend the log by themselves. */
  readonly background: boolean;
  /** Whether they end transactions that took too long. */
  readonly sweepTransactions: boolean;
  /** Transactions that take more writes than that end in steps; undefined: more than any plan has. */
  readonly transactionEndWritesMax: number | undefined;
}

const RESTART_MS = 1_000;

/** One life of a server: from its start to its death. */
export interface Life {
  readonly process: Process;
  readonly platform: Platform;
  readonly gateway: Gateway;
  readonly app: ReturnType<typeof httpApp>;
}

/** The real platform, gateway and HTTP API, as one process of the simulation that can die and start again. */
export class Server {
  readonly name: string;
  readonly #world: World;
  readonly #options: ServerOptions;
  #life: Life;
  #lives = 0;

  constructor(world: World, name: string, options: ServerOptions, skewMs = 0) {
    this.name = name;
    this.#world = world;
    this.#options = options;
    this.#life = this.#begin(skewMs);
  }

  /** The present life, or the last one. */
  get life(): Life {
    return this.#life;
  }

  kill(): void {
    this.#life.process.kill();
  }

  /** Starts again, with a clock that is wrong by `skewMs`; nothing where the server lives. */
  start(skewMs = 0): void {
    if (!this.#life.process.alive) this.#life = this.#begin(skewMs);
  }

  #restart(process: Process): void {
    if (this.#life.process !== process) return;
    this.kill();
    this.start();
  }

  #begin(skewMs: number): Life {
    const world = this.#world;
    const { smallBytesMax, cluster, ...options } = this.#options;
    const name = `${this.name}.${this.#lives++}`;
    const process = newProcess(world, name, skewMs);
    const { clock } = process;
    const { random } = chanceFor(world, `ids of ${name}`);
    const chance = chanceFor(world, `stores of ${name}`);
    const stores = tiered(
      world.stores.of(process, chance, () => world.weather.stores(this.name)),
      smallBytesMax,
    );
    const onError = (error: unknown, doing: string) => {
      // Stores that fail are the simulation's own doing; what is not ours is a bug wherever it comes from.
      if (!(error instanceof MillraceError)) surprise(world, `${name}, ${doing}`, error);
    };
    const platform = openPlatform({ stores, clock, random, ...options, onError });
    const identity = { name: this.name, rack: null, listeners: { PLAINTEXT: { host: this.name, port: 9092 } } };
    const joined = cluster ? GatewayCluster.join({ items: stores.items, clock, random, onError }, identity) : undefined;
    // A gateway that cannot join ends, and whoever looks after it starts it again.
    joined?.catch(() => {
      world.scheduler.after(RESTART_MS, () => this.#restart(process));
    });
    const gateway = openGateway(platform, {
      onError,
      groupInitialRebalanceDelayMs: 500,
      ...(joined && { cluster: { view: async (session) => (await joined).view(session) } }),
    });
    return { process, platform, gateway, app: httpApp(platform, { onError }) };
  }
}

/** Stores of which the one for items has small objects, too. */
export function tiered(stores: Stores, smallBytesMax: number): Stores {
  if (smallBytesMax === 0) return stores;
  return tieredStores(stores, (key) => (parseObjectKey(key)?.sizeBytes ?? Number.POSITIVE_INFINITY) <= smallBytesMax);
}
