import { AbortedError } from '../lib/bytes/index.ts';
import type { BinaryRecord } from '../lib/client/index.ts';
import { type Client, segment } from './client.ts';
import { CliError, ServerError } from './errors.ts';
import { BINARY, type EventOut, eventOf } from './event.ts';
import { type Patience, passes, patiently, rest } from './patience.ts';

/** How long a poll waits for events; also how often the end is looked for. */
const POLL_MS = 1_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** After so long without a sign of life others get our partitions: long enough for a reader that pauses the pipe. */
const SESSION_MS = 30_000;
/** With `untilEnd`, a member that has no partition waits so many polls for one. */
const IDLE_POLLS_MAX = 5;
/** After so many polls without a partition a member says that it stands by: others take a poll to give theirs up. */
const STANDBY_POLLS = 2;
/** Before a member joins again: a server that fails at every poll is not asked without pause. */
const REJOIN_REST_MS = 250;
/** A member that ends gives up saying so after this; its session ends by itself. */
const LEAVE_MS = 5_000;

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
  /** Told when the member has no partition, as others have all, and when it gets some after that. */
  readonly onStandby: (standing: boolean) => void;
}

/**
 * Reads a topic as a member of a group, through a consumer instance. Offsets are committed after `onEvents`, so nothing
 * is passed over: at-least-once. A server that is away is waited for, and the member goes on: its state is in the store.
 * An instance about which there is doubt (an answer was lost, its session ended) is deleted, so that nobody waits for its
 * session to end, and a new one begins at what was committed. To seek back with the old one would not do: a poll whose
 * answer was lost may still be under way, and move positions after the seek.
 */
export async function readAsMember(client: Client, options: GroupReadOptions): Promise<void> {
  const { patience, signal } = options;
  let failingSinceMs: number | undefined;
  for (let left = options.countMax; left > 0 && !signal.aborted; ) {
    const member = new Member(client, options, left);
    try {
      await member.join();
      await member.run();
      await member.leave();
      return;
    } catch (error) {
      left = member.left;
      if (member.heard) failingSinceMs = undefined;
      failingSinceMs ??= performance.now();
      const inTime = performance.now() - failingSinceMs < patience.forMs;
      if (!(error instanceof CliError) || !doubtful(error) || !inTime || signal.aborted) {
        await member.leave();
        if (error instanceof AbortedError) return;
        throw error;
      }
      options.onRejoin(error);
      if (!(await givenUp(member, signal))) return;
    }
  }
}

/** Deletes the member's instance, and rests; false where `signal` came meanwhile. */
async function givenUp(member: Member, signal: AbortSignal): Promise<boolean> {
  try {
    await member.leavePatiently();
    await rest(REJOIN_REST_MS, signal);
    return true;
  } catch (error) {
    if (error instanceof AbortedError) return false;
    throw error;
  }
}

/** Whether the member may have lost its place, or records that it was to get. */
function doubtful(error: CliError): boolean {
  return passes(error) || (error instanceof ServerError && LOST.has(error.errorCode));
}

/** A request that was never made: the server is away, and nothing was lost. */
function away(error: CliError): boolean {
  return error.code === 'server_unreachable';
}

class Member {
  readonly #client: Client;
  readonly #options: GroupReadOptions;
  #path: string | undefined;
  #pollsWithout = 0;
  /** Whether the instance's positions may be further than what is committed. */
  #ahead = true;
  left: number;
  /** Whether one of its polls was answered. */
  heard = false;

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
    const subscription = { json: { topics: [topic] }, headers: V2 };
    await patiently(patience, () => this.#client.ask(`${this.#path}/subscription`, subscription));
  }

  async run(): Promise<void> {
    const { signal, untilEnd, onEvents } = this.#options;
    for (let idle = 0; this.left > 0 && !signal.aborted; ) {
      const records = await this.#poll();
      this.heard = true;
      if (records.length === 0) {
        const standsBy = await this.#standsBy();
        if (this.#ahead && !standsBy) await this.#commitPositions();
        if (untilEnd && (++idle >= IDLE_POLLS_MAX || !standsBy)) return;
        continue;
      }
      idle = 0;
      this.#noteStandby(false);
      const wanted = records.length > this.left ? records.slice(0, this.left) : records;
      await onEvents(wanted.map(eventOf));
      if (signal.aborted) return;
      await this.#commit(wanted);
      this.#ahead = true;
      this.left -= wanted.length;
    }
  }

  /** Gives the partitions to others at once. That it can't be told is no failure: its session ends by itself. */
  async leave(): Promise<void> {
    try {
      await this.#delete(LEAVE_MS);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
  }

  /** The same for one that joins again, and would wait for its own session: it waits for the server instead. */
  async leavePatiently(): Promise<void> {
    try {
      await patiently(this.#options.patience, () => this.#delete());
    } catch (error) {
      if (!(error instanceof ServerError) || passes(error)) throw error;
    }
  }

  async #delete(timeoutMs?: number): Promise<void> {
    if (this.#path === undefined) return;
    const ask = { method: 'DELETE', headers: V2, ...(timeoutMs && { timeoutMs }) } as const;
    await this.#client.ask(this.#path, ask);
  }

  /** Records, waited for; where the server is away, until it is back. Any other failure leaves a doubt: see above. */
  #poll(): Promise<readonly BinaryRecord[]> {
    const { patience, signal } = this.#options;
    const path = `${this.#path}/records?timeout=${POLL_MS}&max_bytes=${ANSWER_BYTES_MAX}`;
    const ask = { headers: { accept: BINARY }, signal };
    return patiently({ ...patience, signal, when: away }, () => this.#client.ask<BinaryRecord[]>(path, ask));
  }

  /** Whether it has no partition; says so where that lasts. */
  async #standsBy(): Promise<boolean> {
    const { patience, signal } = this.#options;
    const { partitions } = await patiently({ ...patience, signal }, () =>
      this.#client.ask<{ readonly partitions: readonly unknown[] }>(`${this.#path}/assignments`, { signal }),
    );
    this.#noteStandby(partitions.length === 0);
    return partitions.length === 0;
  }

  #noteStandby(without: boolean): void {
    const before = this.#pollsWithout;
    this.#pollsWithout = without ? before + 1 : 0;
    if (this.#pollsWithout === STANDBY_POLLS) this.#options.onStandby(true);
    else if (!without && before >= STANDBY_POLLS) this.#options.onStandby(false);
  }

  /** As in REST Proxy, what is named is the last record that was worked on. */
  async #commit(records: readonly BinaryRecord[]): Promise<void> {
    const last = new Map(records.map((record) => [record.partition, record]));
    const offsets = [...last.values()].map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    const path = `${this.#path}/offsets`;
    await patiently(this.#options.patience, () => this.#client.ask(path, { json: { offsets }, headers: V2 }));
  }

  /**
   * Commits where the instance stands after a poll without records: all that came before is written. That is behind the
   * ends of transactions, and what aborted ones left, so the lag comes to 0; and where a group begins at the end, it goes
   * on from there when it comes back. As in Kafka's consumers.
   */
  async #commitPositions(): Promise<void> {
    const ask = { method: 'POST', headers: V2 } as const;
    await patiently(this.#options.patience, () => this.#client.ask(`${this.#path}/offsets`, ask));
    this.#ahead = false;
  }
}

const V2 = { 'content-type': 'application/vnd.kafka.v2+json' };
