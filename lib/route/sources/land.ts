import { createHash } from 'node:crypto';
import { MillraceError } from '../../bytes/index.ts';
import type { EventIn, Events } from '../../topic/index.ts';
import { reasonOf } from '../errors.ts';
import { SourceError } from './errors.ts';
import type { Deduplication } from './source.ts';

/** What came from a source or a queue in one piece: all its events land, or none. */
export interface Arrival {
  /** Unchanged when it is delivered again. */
  readonly id: string;
  readonly topic: string;
  /** Arrivals of one lane land in their order, and none while one before it has not. Undefined: no order. */
  readonly lane: string | undefined;
  readonly events: readonly EventIn[];
  /** An idempotency key that its sender gave. */
  readonly once?: { readonly key: string; readonly fingerprint: Uint8Array } | undefined;
  /** Why it can never land, where that is known already. */
  readonly refusal?: MillraceError | undefined;
}

/**
 * What became of an arrival:
 * - `landed`: durable in its topic.
 * - `deadLettered`: it can never be in its topic, and is durable in the dead-letter topic.
 * - `refused`: it can never land. `failed`: not now; it may when it comes again. `held`: it waits for one before it.
 */
export type Landing =
  | { readonly is: 'landed' }
  | { readonly is: 'deadLettered' | 'refused' | 'failed' | 'held'; readonly error: MillraceError };

export interface LandOptions {
  /** Begins idempotency keys: what tells this source from others. */
  readonly scope: string;
  readonly deduplicate: Deduplication;
  readonly deadLetterTopic?: string | undefined;
}

const LANDED: Landing = { is: 'landed' };

/**
 * Brings arrivals into their topics in as few flushes as possible, and says of each what became of it, in their order. All
 * calls that a flush can hold are made at the same moment, so that the log stores them as one object; what is refused is
 * found first and costs no flush. Never rejects for what one arrival or one topic is at fault for.
 *
 * @example
 * const landings = await land(events, arrivals, { scope: 'source/orders', deduplicate: 'batch' });
 */
export async function land(events: Events, arrivals: readonly Arrival[], options: LandOptions): Promise<Landing[]> {
  const landings: (Landing | undefined)[] = arrivals.map(() => undefined);
  await findRefused(events, arrivals, landings);
  // Before the others: were one of these not stored, what stands behind it in its lane would have to wait.
  if (options.deadLetterTopic !== undefined) {
    await deadLetter(events, arrivals, landings, { ...options, deadLetterTopic: options.deadLetterTopic });
  }
  holdBehind(arrivals, landings);
  const chains = chainsOf(arrivals, landings, options);
  await Promise.all(chains.map((chain) => runChain(events, chain, arrivals, landings)));
  return landings.map((landing) => landing ?? LANDED);
}

/** Marks what can never land as refused, and what is for a topic that cannot be asked for as failed. */
async function findRefused(
  events: Events,
  arrivals: readonly Arrival[],
  landings: (Landing | undefined)[],
): Promise<void> {
  const lost = new Map<string, MillraceError>();
  for (const [i, { topic, events: own, refusal }] of arrivals.entries()) {
    if (refusal) landings[i] = { is: 'refused', error: refusal };
    else if (lost.has(topic)) landings[i] = { is: 'failed', error: lost.get(topic)! };
    else {
      try {
        const error = (await events.refusals(topic, own)).find((one) => one !== undefined);
        if (error) landings[i] = { is: 'refused', error };
      } catch (thrown) {
        const error = asMillraceError(thrown);
        lost.set(topic, error);
        landings[i] = { is: 'failed', error };
      }
    }
  }
}

/** One produce for all that was refused and has events to keep; what the dead-letter topic refuses too stays refused. */
async function deadLetter(
  events: Events,
  arrivals: readonly Arrival[],
  landings: (Landing | undefined)[],
  { scope, deadLetterTopic }: { scope: string; deadLetterTopic: string },
): Promise<void> {
  const dead: { readonly i: number; readonly error: MillraceError }[] = [];
  const letters: EventIn[] = [];
  try {
    for (const [i, arrival] of arrivals.entries()) {
      const landing = landings[i];
      if (landing?.is !== 'refused' || arrival.events.length === 0) continue;
      const own = arrival.events.map((event) => letterOf(event, arrival, scope, landing.error));
      if ((await events.refusals(deadLetterTopic, own)).some((error) => error !== undefined)) continue;
      dead.push({ i, error: landing.error });
      letters.push(...own);
    }
    if (dead.length === 0) return;
    const ids = dead.map(({ i }) => arrivals[i]!.id);
    await events.produce(deadLetterTopic, letters, onceFor(`${scope}/dead`, ids));
    for (const { i, error } of dead) landings[i] = { is: 'deadLettered', error };
  } catch (thrown) {
    const error = new SourceError(
      'source_failed',
      `The dead-letter topic '${deadLetterTopic}' could not take it: ${reasonOf(thrown)}`,
      { cause: thrown },
    );
    arrivals.forEach((_, i) => {
      if (landings[i]?.is === 'refused') landings[i] = { is: 'failed', error };
    });
  }
}

/** The event whole, and what was wrong in headers named as Kafka Connect's DeadLetterQueueReporter does (KIP-298). */
function letterOf(event: EventIn, { id, topic }: Arrival, scope: string, error: MillraceError): EventIn {
  const context: [string, string][] = [
    ['topic', topic],
    ['connector.name', scope],
    ['stage', 'TASK_PUT'],
    ['exception.class.name', `millrace.${error.name}`],
    ['exception.message', error.message],
    ['record.id', id],
  ];
  const headers = context.map(([name, text]) => [`__connect.errors.${name}`, Buffer.from(text)] as const);
  const { partition: _, ...rest } = event;
  return { ...rest, headers: [...(event.headers ?? []), ...headers] };
}

/** What stands behind one that did not land in its lane waits for it. */
function holdBehind(arrivals: readonly Arrival[], landings: (Landing | undefined)[]): void {
  const blocked = new Map<string, string>();
  for (const [i, arrival] of arrivals.entries()) {
    const lane = laneOf(arrival);
    if (lane === undefined) continue;
    const landing = landings[i];
    const before = blocked.get(lane);
    if (before !== undefined) landings[i] = held(before);
    else if (landing?.is === 'refused' || landing?.is === 'failed') blocked.set(lane, arrival.id);
  }
}

function held(behind: string): Landing {
  return { is: 'held', error: new SourceError('source_failed', `It waits for ${behind}, which comes before it.`) };
}

/** One produce, of the arrivals with these indexes. */
interface Call {
  readonly topic: string;
  readonly indexes: readonly number[];
  readonly once: Once | undefined;
}

interface Once {
  readonly idempotencyKey: string;
  readonly fingerprint: Uint8Array;
}

/**
 * The calls to make: chains go side by side, the calls of one chain one after the other. All arrivals of a topic make one
 * call; those with keys of their own make one each, and so do all others of their lanes, which must keep their order.
 */
function chainsOf(
  arrivals: readonly Arrival[],
  landings: readonly (Landing | undefined)[],
  { scope, deduplicate }: LandOptions,
): Call[][] {
  const open = arrivals.map((arrival, i) => ({ arrival, i })).filter(({ i }) => landings[i] === undefined);
  const hasOwn = ({ once }: Arrival) => once !== undefined || deduplicate === 'record';
  const single = new Set(open.filter(({ arrival }) => hasOwn(arrival)).map(({ arrival }) => laneOf(arrival)));
  const chains = new Map<string, Call[]>();
  const together = new Map<string, number[]>();
  for (const { arrival, i } of open) {
    const { id, topic, once } = arrival;
    const lane = laneOf(arrival);
    if (!hasOwn(arrival) && (lane === undefined || !single.has(lane))) {
      append(together, topic, i);
      continue;
    }
    const own = once
      ? { idempotencyKey: once.key, fingerprint: once.fingerprint }
      : deduplicate === 'record'
        ? onceFor(scope, [id])
        : undefined;
    append(chains, lane ?? `alone/${i}`, { topic, indexes: [i], once: own });
  }
  const calls = [...together].map(([topic, indexes]): Call[] => {
    const ids = indexes.map((i) => arrivals[i]!.id);
    return [{ topic, indexes, once: deduplicate === 'batch' ? onceFor(scope, ids) : undefined }];
  });
  return [...calls, ...chains.values()];
}

async function runChain(
  events: Events,
  chain: readonly Call[],
  arrivals: readonly Arrival[],
  landings: (Landing | undefined)[],
): Promise<void> {
  let stoppedAt: string | undefined;
  for (const { topic, indexes, once } of chain) {
    if (stoppedAt !== undefined) {
      for (const i of indexes) landings[i] = held(stoppedAt);
      continue;
    }
    try {
      await produce(
        events,
        topic,
        indexes.flatMap((i) => arrivals[i]!.events),
        once,
      );
    } catch (thrown) {
      const error = asMillraceError(thrown);
      // Its sender used the key for something else before: that can never land.
      const is = error.code === 'idempotency_mismatch' ? 'refused' : 'failed';
      for (const i of indexes) landings[i] = { is, error };
      stoppedAt = arrivals[indexes[0]!]!.id;
    }
  }
}

async function produce(events: Events, topic: string, all: readonly EventIn[], once: Once | undefined): Promise<void> {
  try {
    await events.produce(topic, all, once ?? {});
  } catch (thrown) {
    // More ledgers than a key can span, as a topic of thousands of partitions has: better twice than never.
    if (!(thrown instanceof MillraceError) || thrown.code !== 'idempotency_too_wide') throw thrown;
    await events.produce(topic, all);
  }
}

/** The key says all: what it was first used for is what landed, even if the settings have changed since. */
function onceFor(scope: string, ids: readonly string[]): Once {
  const digest = createHash('sha256');
  for (const id of ids) digest.update(id).update('\n');
  const idempotencyKey = `${scope}/${digest.digest('base64url')}`;
  return { idempotencyKey, fingerprint: Buffer.from(idempotencyKey) };
}

/** Order is kept within a topic: what is in two topics has none. */
function laneOf({ lane, topic }: Arrival): string | undefined {
  return lane === undefined ? undefined : `${topic}/${lane}`;
}

function append<T>(map: Map<string, T[]>, name: string, value: T): void {
  const list = map.get(name);
  if (list) list.push(value);
  else map.set(name, [value]);
}

function asMillraceError(thrown: unknown): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  return new SourceError('source_failed', `Storing failed in an unexpected way: ${reasonOf(thrown)}`, {
    cause: thrown,
  });
}
