import type { BinaryRecord } from '../lib/client/index.ts';
import { type Client, segment } from './client.ts';
import { ServerError } from './errors.ts';
import { BINARY, type EventOut, eventOf } from './event.ts';
import { type Patience, patiently } from './patience.ts';
import { offsetRange, partitionPath } from './topic-info.ts';

/** Partitions that are read at the same moment; more take turns. */
const LANES_MAX = 64;
/** Of all answers together that may be in memory here. */
const ANSWERS_BYTES_MAX = 32 * 1024 * 1024;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** The most that the server gives at once. */
const COUNT_MAX = 10_000;
/** A partition that has a lane to itself waits so long for new events; those that share one, so long for a round. */
const POLL_MS = 20_000;
const ROUND_MS = 2_000;
/** REST Proxy's number for an offset that the partition does not have (any more). */
const OUT_OF_RANGE = 416;

/** A partition that is read from `next` up to `end`, or without end. */
export interface Reading {
  readonly partition: number;
  next: number;
  readonly end: number;
}

export interface ReadOptions {
  readonly topic: string;
  readonly readings: readonly Reading[];
  /** Events in all. */
  readonly countMax: number;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** Gets the events of one answer, in order; the next answer of that partition waits for it. */
  readonly onEvents: (events: readonly EventOut[]) => Promise<void>;
  /** Told once, when the end of every partition was met. */
  readonly onCaughtUp?: () => void;
  /** Told where events were deleted before they could be read. */
  readonly onGap: (partition: number, from: number, to: number) => void;
}

/**
 * Reads partitions of a topic side by side: in order within each, as they come between them. It keeps no state on the
 * server, so any request can be made again. Ends when all `end`s or `countMax` are reached, or `signal` fires.
 */
export async function readPartitions(client: Client, options: ReadOptions): Promise<void> {
  const { readings, signal } = options;
  const lanes = Math.min(LANES_MAX, readings.length);
  const enough = new AbortController();
  const reader = new Reader(client, options, lanes, AbortSignal.any([signal, enough.signal]), () => enough.abort());
  const shares = Array.from({ length: lanes }, (_, lane) => readings.filter((_, i) => i % lanes === lane));
  try {
    await Promise.all(shares.map((share) => reader.lane(share)));
  } catch (error) {
    enough.abort();
    if (reader.done || signal.aborted) return;
    throw error;
  }
}

class Reader {
  readonly #client: Client;
  readonly #options: ReadOptions;
  readonly #bytesMax: number;
  readonly #signal: AbortSignal;
  readonly #enough: () => void;
  readonly #behind: Set<Reading>;
  #left: number;

  constructor(client: Client, options: ReadOptions, lanes: number, signal: AbortSignal, enough: () => void) {
    this.#client = client;
    this.#options = options;
    this.#bytesMax = Math.min(ANSWER_BYTES_MAX, Math.floor(ANSWERS_BYTES_MAX / Math.max(1, lanes)));
    this.#signal = signal;
    this.#enough = enough;
    this.#behind = new Set(options.readings);
    this.#left = options.countMax;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /** Reads the partitions of one lane in turns until none is left. */
  async lane(share: readonly Reading[]): Promise<void> {
    let open = share.filter((reading) => reading.next < reading.end);
    for (const reading of share) if (!open.includes(reading)) this.#caughtUp(reading);
    while (open.length > 0 && !this.#signal.aborted && !this.done) {
      const waitMs = open.some((reading) => this.#behind.has(reading))
        ? 0
        : open.length === 1
          ? POLL_MS
          : ROUND_MS / open.length;
      for (const reading of open) {
        if (this.#signal.aborted || this.done) return;
        await this.#read(reading, Math.floor(waitMs));
      }
      open = open.filter((reading) => reading.next < reading.end);
    }
  }

  async #read(reading: Reading, waitMs: number): Promise<void> {
    const records = await this.#fetch(reading, waitMs);
    if (records === undefined) return;
    const events = this.#wanted(records, reading.end).map(eventOf);
    const last = records.at(-1);
    if (last) reading.next = last.offset + 1;
    // Where compaction took the last offsets before the end, nothing is left to come.
    else if (waitMs === 0 && reading.end !== Number.POSITIVE_INFINITY) reading.next = reading.end;
    if (!last || reading.next >= reading.end) this.#caughtUp(reading);
    this.#left -= events.length;
    const over = this.done;
    if (events.length > 0) await this.#options.onEvents(events);
    if (over) this.#enough();
  }

  #wanted(records: readonly BinaryRecord[], end: number): readonly BinaryRecord[] {
    const before =
      records.at(-1) && records.at(-1)!.offset >= end ? records.filter((record) => record.offset < end) : records;
    return before.length > this.#left ? before.slice(0, this.#left) : before;
  }

  /** The records from `next` on, or undefined where `next` had to be moved first. */
  async #fetch(reading: Reading, waitMs: number): Promise<readonly BinaryRecord[] | undefined> {
    const { topic, patience } = this.#options;
    const count = Math.min(COUNT_MAX, this.#left);
    const query = `offset=${reading.next}&count=${count}&max_bytes=${this.#bytesMax}&timeout=${waitMs}`;
    const path = `${partitionPath(topic, reading.partition)}/records?${query}`;
    const ask = { headers: { accept: BINARY }, timeoutMs: waitMs + 30_000, signal: this.#signal };
    try {
      return await patiently({ ...patience, signal: this.#signal }, () => this.#client.ask<BinaryRecord[]>(path, ask));
    } catch (error) {
      if (!(error instanceof ServerError) || error.status !== OUT_OF_RANGE) throw error;
      const { beginning_offset } = await offsetRange(this.#client, topic, reading.partition);
      if (reading.next >= beginning_offset) throw error;
      this.#options.onGap(reading.partition, reading.next, beginning_offset);
      reading.next = beginning_offset;
      return undefined;
    }
  }

  #caughtUp(reading: Reading): void {
    if (this.#behind.delete(reading) && this.#behind.size === 0) this.#options.onCaughtUp?.();
  }
}

/** Asks the server for the first event at `timeMs` or later; undefined where there is none. */
export async function offsetForTime(
  client: Client,
  topic: string,
  partition: number,
  timeMs: number,
): Promise<number | undefined> {
  const path = `/topics/${segment(topic)}/partitions/${partition}/offsets?timestamp=${timeMs}`;
  const { timestamp_offset } = await client.ask<{ readonly timestamp_offset: number | null }>(path);
  return timestamp_offset ?? undefined;
}
