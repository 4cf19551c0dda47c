import { createHash } from 'node:crypto';
import type { Clock, Random } from '../bytes/index.ts';
import {
  type Append,
  type AppendAnswer,
  type Appended,
  type Beside,
  type Fetched,
  type FetchOptions,
  type Idempotency,
  type Isolation,
  type Log,
  LogError,
  type PartitionOffsets,
  type PartitionRef,
  type TimedOffset,
} from '../log/index.ts';
import { type Header, StickyPartitioner } from '../record/index.ts';
import { acceptBatches, buildBatches, eventRefusal } from './batches.ts';
import { TopicError } from './errors.ts';
import {
  decodePlacement,
  decodePlacements,
  encodePlacement,
  encodePlacements,
  type Placement,
  placeEvents,
} from './placement.ts';
import type { TopicInfo, Topics } from './topics.ts';

/** An event on its way in. */
export interface EventIn {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Milliseconds since 1970; now, unless given. */
  readonly timestampMs?: number;
  readonly headers?: readonly Header[];
  /** By the key, unless given. */
  readonly partition?: number;
}

/** What makes a produce request happen once; both or neither. */
export type ProduceOptions =
  | { readonly idempotencyKey?: undefined; readonly fingerprint?: undefined }
  | {
      /** A second request with the same key is answered as the first was, for a day. 1 to 512 bytes. */
      readonly idempotencyKey: string;
      /** A digest of the request: the same key with another one is refused. */
      readonly fingerprint: Uint8Array;
    };

/** Events for one topic of several. */
export interface TopicEvents {
  readonly topic: string;
  readonly events: readonly EventIn[];
}

/** Where an event landed. */
export interface Placed {
  readonly partition: number;
  readonly offset: number;
}

/** Where whole batches landed. */
export interface AppendedBatches extends Appended {
  /** The time that their records got, where the topic gives it (LogAppendTime). */
  readonly timestampMs: number | undefined;
}

/** A read of one partition of a topic, by name. */
export interface TopicRead {
  readonly topic: string;
  /** Where given, the topic of the name must still be this one, and not a later one. */
  readonly topicId?: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface TopicFetched extends Omit<Fetched, 'error'> {
  readonly error: (LogError | TopicError) | undefined;
}

/** Those that clients choose have up to 255 bytes; HTTP puts who sends them before. */
const IDEMPOTENCY_KEY_BYTES_MAX = 512;

/**
 * Events in and out of topics by name: what the protocols, routes and commands use.
 *
 * @example
 * const [placed] = await events.produce('orders', [{ key: Buffer.from('42'), value: Buffer.from('paid') }]);
 */
export class Events {
  readonly #topics: Topics;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #random: Random;
  /** One per topic, so that keyless requests move on to another partition each. */
  readonly #sticky = new Map<string, StickyPartitioner>();

  constructor(parts: { topics: Topics; log: Log; clock: Clock; random: Random }) {
    this.#topics = parts.topics;
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /**
   * Stores events durably and says where each landed, in their order. Events of one call keep their order in each
   * partition. With an idempotency key it is all or nothing, and a retry is answered as the first call was.
   *
   * @throws TopicError; LogError
   */
  async produce(topicName: string, events: readonly EventIn[], options: ProduceOptions = {}): Promise<Placed[]> {
    const topic = await this.#topics.describe(topicName);
    const placement = { partitions: topic.partitions, keyless: this.#nextKeyless(topic) };
    const once = onceFor(topic, placement, options);
    const plan = planOf(events, placement);
    const appends = this.#build(topic, events, plan);
    const answer = await this.#append([topic], appends, once);
    // A retry's answer follows from what the first request saw: the topic may have got more partitions since.
    const first = answer.replayed && answer.note ? planOf(events, decodePlacement(answer.note)) : plan;
    return placedBy(first, answer.appended);
  }

  /**
   * Stores events of several topics, and what is `beside` them, in one transaction of the store: all of it happens, or nothing,
   * and readers see either. Says where each event landed, topic by topic. With an idempotency key a retry is answered as the
   * first call was; so it is, then, where there are no events, but only what is beside them.
   *
   * @throws TopicError; LogError, among them `transaction_too_wide`; what `beside` throws
   * @example
   * const beside = await groups.consumed([{ group, as: member, offsets: [{ topic: 'orders', partition: 0, offset: 18, from: 17 }] }]);
   * await events.transact([{ topic: 'invoices', events: [{ key, value }] }], beside);
   */
  async transact(all: readonly TopicEvents[], beside: Beside, options: ProduceOptions = {}): Promise<Placed[][]> {
    const topics = await Promise.all(all.map(({ topic }) => this.#topics.describe(topic)));
    const placements = topics.map((topic) => ({ partitions: topic.partitions, keyless: this.#nextKeyless(topic) }));
    const plans = all.map(({ events }, i) => planOf(events, placements[i]!));
    const appends = all.flatMap(({ events }, i) => this.#build(topics[i]!, events, plans[i]!));
    const once = onceWith('transaction', encodePlacements(placements), options);
    const answer = await this.#append(topics, appends, once, beside);
    const seen = answer.replayed && answer.note ? decodePlacements(answer.note) : placements;
    let at = 0;
    return all.map(({ events }, i) => {
      const plan = planOf(events, seen[i]!);
      const own = answer.appended.slice(at, at + plan.groups.size);
      at += plan.groups.size;
      return placedBy(plan, own);
    });
  }

  /**
   * Which of the events `produce` would refuse, whatever is tried again, and why: too large, no key for a compacted
   * topic, a partition that is not there. Stores nothing; who takes events from a queue tells the bad ones apart so.
   *
   * @throws TopicError `topic_unknown`
   * @example
   * await events.refusals('latest-by-key', [{ key: null, value }]); // [TopicError key_required]
   */
  async refusals(topicName: string, events: readonly EventIn[]): Promise<(TopicError | undefined)[]> {
    const topic = await this.#topics.describe(topicName);
    return events.map((event, index) => {
      const misplaced = event.partition === undefined ? undefined : partitionError(topic, event.partition);
      return misplaced ?? eventRefusal(topic, event, index);
    });
  }

  /**
   * Stores whole record batches, as Kafka clients send them, in one partition; the bytes are the log's from then on.
   *
   * @throws TopicError; LogError; RecordError
   */
  async produceBatches(topicName: string, partition: number, batches: Uint8Array): Promise<AppendedBatches> {
    return this.appendBatches(await this.#topics.describe(topicName), partition, batches);
  }

  /**
   * As `produceBatches`, for a topic that the caller has described. What is wrong with the batches is found, and their
   * place in the log's order taken, before this returns: calls made one after the other are stored in that order.
   */
  async appendBatches(topic: TopicInfo, partition: number, batches: Uint8Array): Promise<AppendedBatches> {
    requirePartition(topic, partition);
    const nowMs = this.#clock.nowMs();
    const accepted = acceptBatches(topic, batches, nowMs);
    const answer = await this.#append([topic], [{ to: refOf(topic, partition), ...accepted }]);
    const stamped = topic.settings.timestampType === 'LogAppendTime';
    return { ...answer.appended[0]!, timestampMs: stamped ? nowMs : undefined };
  }

  /**
   * Of batches that cannot be stored now, for a reason that may pass: what their producer has sent behind them must not pass
   * them, as if `appendBatches` had been called and had failed.
   * @throws TopicError; RecordError: what `appendBatches` would refuse in any case
   */
  holdBatches(topic: TopicInfo, partition: number, batches: Uint8Array): void {
    requirePartition(topic, partition);
    const accepted = acceptBatches(topic, batches, this.#clock.nowMs());
    this.#log.hold([{ to: refOf(topic, partition), ...accepted }]);
  }

  /** Reads several partitions at once, waiting at their ends if asked to. A read that fails does so alone. */
  async fetch(reads: readonly TopicRead[], options: FetchOptions): Promise<TopicFetched[]> {
    const known = await Promise.all(reads.map((read) => this.#topics.layout(read.topic)));
    const errors = reads.map((read, i) => readError(read, known[i]));
    const asked = reads.flatMap((read, i) =>
      errors[i] ? [] : [{ from: refOf(known[i]!, read.partition), offset: read.offset, maxBytes: read.maxBytes }],
    );
    // What cannot be read is told at once, rather than after the others' wait.
    const waiting = asked.length < reads.length ? { ...options, maxWaitMs: 0 } : options;
    const found = asked.length > 0 ? await this.#log.fetch(asked, waiting) : [];
    let next = 0;
    return errors.map((error, i) => (error ? failed(error) : named(found[next++]!, reads[i]!)));
  }

  /** Log start and high watermark of the partitions given, or of all. @throws TopicError */
  async offsets(topicName: string, partitions?: readonly number[]): Promise<PartitionOffsets[]> {
    const topic = await this.#topics.describe(topicName);
    const asked = partitions ?? Array.from({ length: topic.partitions }, (_, partition) => partition);
    for (const partition of asked) requirePartition(topic, partition);
    return this.#log.offsets(asked.map((partition) => refOf(topic, partition)));
  }

  /**
   * The first event of a partition at or after a time, of those before the last stable offset unless all are asked for.
   * @throws TopicError
   */
  async offsetForTime(
    topicName: string,
    partition: number,
    timestampMs: number,
    isolation?: Isolation,
  ): Promise<TimedOffset | undefined> {
    const topic = await this.#topics.describe(topicName);
    requirePartition(topic, partition);
    return this.#log.offsetForTime(refOf(topic, partition), timestampMs, isolation);
  }

  /** The first event of a partition among those with its latest time; undefined where it has none. @throws TopicError */
  async offsetOfLatestTime(topicName: string, partition: number): Promise<TimedOffset | undefined> {
    const topic = await this.#topics.describe(topicName);
    requirePartition(topic, partition);
    return this.#log.offsetOfLatestTime(refOf(topic, partition));
  }

  /** Makes what is before `offset` unreadable. Returns the new log start. @throws TopicError; LogError */
  async deleteRecords(topicName: string, partition: number, offset: number): Promise<number> {
    const topic = await this.#topics.describe(topicName);
    requirePartition(topic, partition);
    return this.#log.deleteRecords(refOf(topic, partition), offset);
  }

  #build(topic: TopicInfo, events: readonly EventIn[], plan: Plan): Append[] {
    const nowMs = this.#clock.nowMs();
    return [...plan.groups].map(([partition, indexes]) => ({
      to: refOf(topic, partition),
      ...buildBatches(topic, events, indexes, nowMs),
    }));
  }

  async #append(
    topics: readonly TopicInfo[],
    appends: readonly Append[],
    once?: Idempotency,
    beside?: Beside,
  ): Promise<AppendAnswer> {
    try {
      return await this.#log.append(appends, once, beside);
    } catch (error) {
      if (error instanceof LogError && error.code === 'ledger_missing') {
        const names = topics.map(({ name }) => `'${name}'`).join(', ');
        const what = topics.length === 1 ? `Topic ${names}` : `One of the topics ${names}`;
        throw new TopicError('topic_unknown', `${what} was deleted.`, { cause: error });
      }
      throw error;
    }
  }

  #nextKeyless(topic: TopicInfo): number {
    let sticky = this.#sticky.get(topic.topicId);
    if (!sticky) {
      sticky = new StickyPartitioner(this.#random);
      this.#sticky.set(topic.topicId, sticky);
    }
    return sticky.next(topic.partitions);
  }
}

/** Which events go to which partition: their indexes, in their order. */
interface Plan {
  places: Int32Array;
  groups: Map<number, number[]>;
}

function planOf(events: readonly EventIn[], placement: Placement): Plan {
  const places = placeEvents(events, placement);
  const groups = new Map<number, number[]>();
  for (let i = 0; i < places.length; i++) {
    const group = groups.get(places[i]!);
    if (group) group.push(i);
    else groups.set(places[i]!, [i]);
  }
  return { places, groups };
}

function placedBy(plan: Plan, appended: readonly Appended[]): Placed[] {
  const placed = new Array<Placed>(plan.places.length);
  let at = 0;
  for (const [partition, indexes] of plan.groups) {
    const { baseOffset } = appended[at++]!;
    for (let i = 0; i < indexes.length; i++) placed[indexes[i]!] = { partition, offset: baseOffset + i };
  }
  return placed;
}

function onceFor(topic: TopicInfo, placement: Placement, options: ProduceOptions): Idempotency | undefined {
  return onceWith(topic.topicId, encodePlacement(placement), options);
}

/** `scope` keeps keys apart that were chosen for different things. */
function onceWith(scope: string, note: Uint8Array, options: ProduceOptions): Idempotency | undefined {
  const { idempotencyKey, fingerprint } = options;
  if (idempotencyKey === undefined) return undefined;
  const bytes = Buffer.byteLength(idempotencyKey);
  if (bytes < 1 || bytes > IDEMPOTENCY_KEY_BYTES_MAX) {
    throw new TopicError(
      'event_invalid',
      `An Idempotency-Key has 1 to ${IDEMPOTENCY_KEY_BYTES_MAX} bytes; this one has ${bytes}.`,
    );
  }
  const key = createHash('sha256').update(scope).update('/').update(idempotencyKey).digest('base64url');
  return { key, fingerprint, note };
}

function refOf(topic: TopicInfo, partition: number): PartitionRef {
  return { topicId: topic.topicId, width: topic.width, partition };
}

function requirePartition(topic: TopicInfo, partition: number): void {
  const error = partitionError(topic, partition);
  if (error) throw error;
}

function partitionError({ name, partitions }: TopicInfo, partition: number): TopicError | undefined {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return undefined;
  return new TopicError(
    'partition_unknown',
    `Topic '${name}' has partitions 0 to ${partitions - 1}; there is no ${partition}.`,
  );
}

function readError(read: TopicRead, topic: TopicInfo | undefined): TopicError | undefined {
  if (!topic) return new TopicError('topic_unknown', `Topic '${read.topic}' does not exist.`);
  if (read.topicId !== undefined && read.topicId !== topic.topicId) {
    return new TopicError('topic_unknown', `Topic '${read.topic}' of the id ${read.topicId} does not exist any more.`);
  }
  return partitionError(topic, read.partition);
}

/** Damage is told with the topic's name, which the log does not know. */
function named(found: Fetched, { topic, partition }: TopicRead): Fetched {
  if (found.error?.code !== 'log_corrupt') return found;
  const message = `Partition ${partition} of topic "${topic}" is damaged. ${found.error.message}`;
  return { ...found, error: new LogError('log_corrupt', message, { cause: found.error }) };
}

function failed(error: TopicError): TopicFetched {
  const unknown = { nextOffset: -1, lastStableOffset: -1, highWatermark: -1, logStartOffset: -1 };
  return { batches: [], bytes: 0, aborted: [], ...unknown, error };
}
