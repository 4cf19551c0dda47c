import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup } from '../support/process.ts';
import { javaArgs, PYTHON } from './installations.ts';
import { eventually } from './topic-lines.ts';

/** What a producer or a member tells; partitions by number, time by the machine's clock. */
export type MemberEvent = { readonly name: string; readonly atMs: number } & (
  | { readonly event: 'joining'; readonly what: null }
  | { readonly event: 'stopped'; readonly what: null }
  | { readonly event: 'assigned'; readonly what: readonly number[] }
  | { readonly event: 'revoked'; readonly what: readonly number[] }
  | { readonly event: 'lost'; readonly what: readonly number[] }
  /** A record that was acknowledged. */
  | { readonly event: 'sent'; readonly what: Placed }
  | { readonly event: 'read'; readonly what: readonly Placed[] }
  /** The offsets that a commit was acknowledged for, by partition. */
  | { readonly event: 'committed'; readonly what: Readonly<Record<string, number>> }
  /** So many records, in one transaction. */
  | { readonly event: 'moved'; readonly what: number }
  /** A transaction came to nothing, and is made again. */
  | { readonly event: 'moved again'; readonly what: string }
  /** As a rebalance refuses a commit. */
  | { readonly event: 'not committed'; readonly what: string }
  /** A record that was given up. */
  | { readonly event: 'refused'; readonly what: string }
  /** It ended by an error. */
  | { readonly event: 'failed'; readonly what: string }
);

/** Partition, offset, value. */
export type Placed = readonly [number, number, string];

export interface Work {
  readonly name: string;
  readonly topic: string;
  /** The client's own settings. */
  readonly config: Readonly<Record<string, string>>;
}

const OUTPUT_CHARS = 20_000;
/** A program that is asked what its threads do has told by then. */
const TELL_MS = 2_000;
const PROGRAMS = {
  java: ['java', ...javaArgs('Members')],
  librdkafka: [PYTHON, join(import.meta.dirname, 'python', 'members.py')],
} as const;

/**
 * A process of producers and members of groups that work until they are told to stop: they outlive what happens to
 * servers meanwhile.
 *
 * @example
 * const members = new Members('java');
 * members.produce({ name: 'p', topic: 't', config: { 'bootstrap.servers': url }, partitions: 4, everyMs: 5 });
 * await members.until('a hundred records', () => members.of('sent', 'p').length > 100);
 * await members.stop('p');
 * members.end();
 */
export class Members {
  /** What each told, by its name. There is much of it, so whoever asks again and again asks for one. */
  readonly #told = new Map<string, MemberEvent[]>();
  #failed: MemberEvent | undefined;
  readonly #child: ChildProcess;
  #said = '';

  constructor(library: keyof typeof PROGRAMS) {
    const [command, ...args] = PROGRAMS[library];
    this.#child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    process.once('exit', this.end);
    const keep = (text: string) => {
      this.#said = (this.#said + text).slice(-OUTPUT_CHARS);
    };
    this.#child.stderr!.on('data', (chunk: Buffer) => keep(String(chunk)));
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"name"')) return keep(`${line}\n`);
      const event = JSON.parse(line) as MemberEvent;
      if (event.event === 'failed') this.#failed = event;
      const told = this.#told.get(event.name);
      if (told) told.push(event);
      else this.#told.set(event.name, [event]);
    });
  }

  /** Sends `name:0`, `name:1` and so on to partition after partition. */
  produce(work: Work & { readonly partitions: number; readonly everyMs: number }): void {
    this.#tell({ do: 'produce', ...work });
  }

  consume(work: Work): void {
    this.#tell({ do: 'consume', ...work });
  }

  /** Moves what comes into another topic, in transactions that take the group's offsets along. */
  move(work: Work & { readonly to: string; readonly producer: Work['config'] }): void {
    this.#tell({ do: 'move', ...work });
  }

  #tell(command: object): void {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  /** Has one finish what is under way, and waits for it. */
  async stop(name: string): Promise<void> {
    this.#tell({ do: 'stop', name });
    await this.until(`${name} having stopped`, () => this.of('stopped', name).length > 0);
  }

  /** All that one told, in order. */
  told(name: string): readonly MemberEvent[] {
    return this.#told.get(name) ?? [];
  }

  /** What one told of one kind. */
  of<Kind extends MemberEvent['event']>(kind: Kind, name: string): Extract<MemberEvent, { event: Kind }>[] {
    return this.told(name).filter((one): one is Extract<MemberEvent, { event: Kind }> => one.event === kind);
  }

  /** @throws Error at once where one ended by an error */
  async until(what: string, holds: () => boolean, waitMs?: number): Promise<void> {
    await eventually(what, async () => this.hasFailed || holds(), waitMs);
    this.requireNoFailure();
  }

  /** Whether one ended by an error: whoever waits for something, waits in vain. */
  get hasFailed(): boolean {
    return this.#failed !== undefined;
  }

  /** @throws Error what one ended by */
  requireNoFailure(): void {
    if (this.#failed) throw new Error(`${this.#failed.name} failed: ${this.#failed.what}\n${this.#said}`);
  }

  /** What its threads are doing, and what it said before: for whoever has waited in vain. */
  async state(): Promise<string> {
    this.#child.kill('SIGQUIT');
    await sleep(TELL_MS);
    return this.#said;
  }

  /** Ends the process at once. */
  readonly end = (): void => {
    process.off('exit', this.end);
    endGroup(this.#child, 'SIGKILL');
  };
}
