import type { Chance } from '../chance.ts';
import { KafkaConnection } from '../kafka-connection.ts';
import type { Process } from '../process.ts';
import type { Server } from '../server.ts';
import { chanceFor, newProcess, surprise, type World } from '../world.ts';

/** What a client program has: its process, its draws, and the servers that it may ask. */
export interface ClientParts {
  readonly world: World;
  readonly process: Process;
  readonly chance: Chance;
  readonly servers: readonly Server[];
  /** How often a client goes to another server although the one that it has answers. */
  readonly wanders: number;
  /** Set when the client should come to an end: what was begun is finished. */
  readonly ending: () => boolean;
}

/** A program that runs in a client's process until it is done. It should not end before `ending`, other than for good. */
export type ClientProgram = (parts: ClientParts) => Promise<void>;

/** A client: a program that is killed and started again, as a new process each time. */
export class Client {
  readonly name: string;
  readonly #world: World;
  readonly #servers: readonly Server[];
  readonly #program: ClientProgram;
  readonly #wanders: number;
  #process: Process;
  #lives = 0;
  #isEnding = false;
  #isDone = false;

  constructor(
    world: World,
    name: string,
    options: { servers: readonly Server[]; program: ClientProgram; wanders: number },
  ) {
    this.#world = world;
    this.name = name;
    this.#servers = options.servers;
    this.#program = options.program;
    this.#wanders = options.wanders;
    this.#process = this.#begin();
  }

  get process(): Process {
    return this.#process;
  }

  /** Whether its present life has come to its end. */
  get isDone(): boolean {
    return this.#isDone;
  }

  end(): void {
    this.#isEnding = true;
  }

  kill(): void {
    this.#process.kill();
  }

  start(): void {
    if (!this.#process.alive) this.#process = this.#begin();
  }

  #begin(): Process {
    const name = `${this.name}.${this.#lives++}`;
    const process = newProcess(this.#world, name);
    this.#isDone = false;
    const done = () => {
      this.#isDone = true;
    };
    const parts: ClientParts = {
      world: this.#world,
      process,
      chance: chanceFor(this.#world, name),
      servers: this.#servers,
      wanders: this.#wanders,
      ending: () => this.#isEnding,
    };
    process.after(0, () => {
      this.#program(parts).then(done, (error) => {
        done();
        surprise(this.#world, name, error);
      });
    });
    return process;
  }
}

/** A client's way to the servers by Kafka's protocol: one connection, made anew when it breaks, to any server. */
export class KafkaLink {
  readonly #parts: ClientParts;
  #connection: KafkaConnection | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  get connection(): KafkaConnection {
    const { world, process, chance, servers, wanders } = this.#parts;
    if (this.#connection?.isOpen && !chance.is(wanders)) return this.#connection;
    this.#connection?.close();
    this.#connection = new KafkaConnection(world, process, chance.pick(servers), { chance, clientId: process.name });
    return this.#connection;
  }

  /** Goes to another server next time. */
  drop(): void {
    this.#connection?.close();
  }
}

/** A pause before the next try: it grows, so that a client does not storm servers that are down. */
export async function backOff({ process, chance }: ClientParts, tries: number): Promise<void> {
  await process.clock.sleep(chance.between(50, 100) * 2 ** Math.min(tries, 4));
}
