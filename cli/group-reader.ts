import { AbortedError } from '../lib/bytes/index.ts';
import { type Client, segment } from './client.ts';
import { CliError, ServerError } from './errors.ts';
import { BINARY, type EventOut, eventOf, type WireRecord } from './event.ts';
import { type Patience, passes, patiently } from './patience.ts';

/** How long a poll waits for events; also how often the end is looked for. */
const POLL_MS = 1_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** After so long without a sign of life others get our partitions: long enough for a reader that pauses the pipe. */
const SESSION_MS = 30_000;
/** With `untilEnd`, a member that has no partition waits so many polls for one. */
const IDLE_POLLS_MAX = 5;

/** Answers after which the instance, or its membership, is no more: REST Proxy's numbers. */
const LOST: ReadonlySet<number> = new Set([40403, 40904]);

export interface GroupReadOptions {
  readonly topic: string;
  readonly group: string;
  readonly from: 'earliest' | 'latest';
  readonly countMax: number;
  /** Whether to end where every partition of this member has been read to its end. */
  readonly untilEnd: boolean;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** Resolves when the events were written; they are committed after that. */
  readonly onEvents: (events: readonly EventOut[]) => Promise<void>;
  /** Told when the member lost its place and joins again: what it wrote last may come again. */
  readonly onRejoin: (error: CliError) => void;
}

/**
 * Reads a topic as a member of a group, through a consumer instance. Offsets are committed after `onEvents`, so nothing
 * is passed over: at-least-once. An instance about which there is doubt (an answer was lost, its session ended) is given
 * up for a new one, which begins at what was committed.
 */
export async function readAsMember(client: Client, options: GroupReadOptions): Promise<void> {
  for (let left = options.countMax; left > 0 && !options.signal.aborted; ) {
    const member = new Member(client, options, left);
    try {
      await member.join();
      await member.run();
      return;
    } catch (error) {
      left = member.left;
      if (error instanceof AbortedError) return;
      if (!(error instanceof CliError) || !lost(error)) throw error;
      options.onRejoin(error);
    } finally {
      await member.leave();
    }
  }
}

function lost(error: CliError): boolean {
  return error instanceof ServerError
    ? LOST.has(error.errorCode)
    : passes(error) && error.code !== 'server_unreachable';
}

class Member {
  readonly #client: Client;
  readonly #options: GroupReadOptions;
  #path: string | undefined;
  left: number;

  constructor(client: Client, options: GroupReadOptions, left: number) {
    this.#client = client;
    this.#options = options;
    this.left = left;
  }

  async join(): Promise<void> {
    const { group, topic, from, patience } = this.#options;
    const json = {
      format: 'binary',
      'auto.offset.reset': from,
      'auto.commit.enable': false,
      'session.timeout.ms': SESSION_MS,
    };
    const made = await patiently(patience, () =>
      this.#client.ask<{ readonly instance_id: string }>(`/consumers/${segment(group)}`, { json, headers: V2 }),
    );
    this.#path = `/consumers/${segment(group)}/instances/${segment(made.instance_id)}`;
    await this.#client.ask(`${this.#path}/subscription`, { json: { topics: [topic] }, headers: V2 });
  }

  async run(): Promise<void> {
    const { signal, untilEnd, onEvents } = this.#options;
    for (let idle = 0; this.left > 0 && !signal.aborted; ) {
      const records = await this.#poll();
      if (records.length === 0) {
        if (untilEnd && (++idle >= IDLE_POLLS_MAX || (await this.#hasPartitions()))) return;
        continue;
      }
      idle = 0;
      const wanted = records.length > this.left ? records.slice(0, this.left) : records;
      await onEvents(wanted.map(eventOf));
      if (signal.aborted) return;
      await this.#commit(wanted);
      this.left -= wanted.length;
    }
  }

  /** Gives the partitions to others at once. That it can't be told is no failure: its session ends by itself. */
  async leave(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      await this.#client.ask(this.#path, { method: 'DELETE', headers: V2, timeoutMs: 5_000 });
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
  }

  #poll(): Promise<readonly WireRecord[]> {
    const path = `${this.#path}/records?timeout=${POLL_MS}&max_bytes=${ANSWER_BYTES_MAX}`;
    return this.#client.ask<WireRecord[]>(path, { headers: { accept: BINARY }, signal: this.#options.signal });
  }

  async #hasPartitions(): Promise<boolean> {
    const { partitions } = await this.#client.ask<{ readonly partitions: readonly unknown[] }>(
      `${this.#path}/assignments`,
    );
    return partitions.length > 0;
  }

  /** As in REST Proxy, what is named is the last record that was worked on. */
  async #commit(records: readonly WireRecord[]): Promise<void> {
    const last = new Map(records.map((record) => [record.partition, record]));
    const offsets = [...last.values()].map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    const path = `${this.#path}/offsets`;
    await patiently(this.#options.patience, () => this.#client.ask(path, { json: { offsets }, headers: V2 }));
  }
}

const V2 = { 'content-type': 'application/vnd.kafka.v2+json' };
