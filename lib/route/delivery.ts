import { AbortedError, type Clock, type Random } from '../bytes/index.ts';
import type { Events } from '../topic/index.ts';
import { deadLetter, type Failure } from './deadletter.ts';
import type { RouteEvent } from './envelope.ts';
import { reasonOf } from './errors.ts';
import type { LeasePlace } from './lease.ts';
import { ROUTE_LIMITS } from './limits.ts';
import type { Notices } from './notices.ts';
import type { Progress } from './progress.ts';
import { backoffMs } from './retry.ts';
import type { Outcome, Sink, SinkBatch, SinkContext } from './sink.ts';
import type { Slots } from './slots.ts';

/** What a route does about events that fail. Times in ms; names after Kafka Connect's `errors.*`. */
export interface ErrorPolicy {
  /** `none`: the task fails on the first event that cannot be delivered. `all`: it goes on without it. */
  readonly tolerance: 'none' | 'all';
  /** How long one event is tried again; -1 for as long as it takes. */
  readonly retryTimeoutMs: number;
  readonly retryDelayMaxMs: number;
  readonly deadLetters: { readonly topic: string; readonly contextHeaders: boolean } | undefined;
}

export interface DeliveryParts {
  readonly sink: Sink;
  readonly events: Events;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: ErrorPolicy;
  readonly context: SinkContext;
  readonly place: LeasePlace;
  /** Throws where another may have the lease by now, and delivers what comes later: nothing must come behind that. */
  readonly requireLease: () => void;
  readonly progress: Progress;
  readonly notices: Notices;
}

/** The task cannot go on; its message is the trace that the status shows. */
export class TaskFailure extends Error {}

/**
 * Delivers one batch until every event of it is delivered, dead-lettered or tolerated, and says so of each to `done`.
 * Holds a slot only while a delivery is under way, so that those who wait for their retry keep nobody else.
 *
 * @throws TaskFailure; AbortedError when the context's signal fires
 */
export async function deliver(
  parts: DeliveryParts,
  slots: Slots,
  batch: SinkBatch,
  done: (event: RouteEvent) => void,
): Promise<void> {
  try {
    await deliverAll(parts, slots, batch, done);
  } finally {
    parts.progress.settled(batch);
  }
}

async function deliverAll(
  parts: DeliveryParts,
  slots: Slots,
  batch: SinkBatch,
  done: (event: RouteEvent) => void,
): Promise<void> {
  const { clock, policy, context } = parts;
  const failing = new Failing(parts, batch);
  let startMs = clock.monotonicMs();
  let waiting: ReadonlySet<RouteEvent> = new Set();
  let left = batch.events;
  for (let attempt = 1; left.length > 0; attempt++) {
    const tried = left;
    const outcomes = await slots.with(context.signal, () =>
      attemptOnce(parts, { ...batch, events: tried, partial: tried.length < batch.events.length }),
    );
    const settled = await settle(parts, tried, outcomes, done);
    const { failed, last, askedMs } = settled;
    // Those that only waited until now begin their own tries.
    const begins = failed.every((event) => waiting.has(event));
    if (attempt > 1 && begins) [attempt, startMs] = [failed.length === 0 ? 0 : 1, clock.monotonicMs()];
    waiting = new Set(settled.waiting);
    const again = new Set([...failed, ...waiting]);
    left = tried.filter((event) => again.has(event));
    if (failed.length === 0) continue;
    // A sink that was stopped says what it has delivered; the rest did not fail.
    if (context.signal.aborted) throw new AbortedError();
    const waitMs = Math.max(askedMs, backoffMs(attempt, policy.retryDelayMaxMs, parts.random));
    const over = policy.retryTimeoutMs >= 0 && clock.monotonicMs() - startMs + waitMs > policy.retryTimeoutMs;
    if (over) {
      const after = ` (given up after ${attempt} ${attempt === 1 ? 'try' : 'tries'})`;
      for (const event of failed) {
        await giveUp(parts, event, putFailure(parts, 'RetriesExhausted', last, after));
        done(event);
      }
      left = settled.waiting;
      continue;
    }
    failing.again(failed[0]!, last, attempt, waitMs);
    await clock.sleep(waitMs, context.signal);
  }
}

interface Settled {
  readonly failed: readonly RouteEvent[];
  readonly waiting: readonly RouteEvent[];
  /** Why the last one of them failed. */
  readonly last: Refused;
  /** The longest pause that the destination asked for. */
  readonly askedMs: number;
}

/** Is done with what was delivered, gives up what is poison, and returns what is to be tried again. */
async function settle(
  parts: DeliveryParts,
  tried: readonly RouteEvent[],
  outcomes: readonly Outcome[],
  done: (event: RouteEvent) => void,
): Promise<Settled> {
  const failed: RouteEvent[] = [];
  const waiting: RouteEvent[] = [];
  let askedMs = 0;
  let last: Refused = { is: 'retry', reason: `${parts.sink.className} waits for nothing` };
  for (const [index, event] of tried.entries()) {
    const outcome: Outcome = outcomes[index] ?? { is: 'retry', reason: `${parts.sink.className} gave no outcome` };
    if (outcome.is === 'waits') {
      waiting.push(event);
    } else if (outcome.is === 'retry') {
      failed.push(event);
      askedMs = Math.max(askedMs, outcome.afterMs ?? 0);
      last = outcome;
    } else {
      if (outcome.is === 'poison') await giveUp(parts, event, putFailure(parts, 'PoisonEvent', outcome));
      done(event);
    }
  }
  // With nothing that comes first, there is nothing to wait for: without this, a sink's mistake would go round for ever.
  if (waiting.length === tried.length) return { failed: waiting, waiting: [], last, askedMs };
  return { failed, waiting, last, askedMs };
}

/**
 * What happens to an event that cannot be delivered: the task fails where errors are not tolerated; else it goes to the
 * dead letters, if the route has any. Landing there is retried, and happens once.
 *
 * @throws TaskFailure
 */
export async function giveUp(parts: DeliveryParts, event: RouteEvent, failure: Failure): Promise<void> {
  const { policy, context, clock, random, progress, notices } = parts;
  const where = placeOf(event);
  if (policy.tolerance === 'none') {
    notices.tell(context.route, 'task_failed', `Task stopped at ${where}: ${failure.brief}`);
    throw new TaskFailure(`${failure.stage} failed at ${where}: ${failure.message}`);
  }
  if (!policy.deadLetters) {
    progress.counts.dropped++;
    notices.tell(context.route, 'event_dropped', `Dropped ${where}: ${failure.brief}`);
    return;
  }
  const { topic, contextHeaders } = policy.deadLetters;
  const letter = deadLetter(event.original ?? event, failure, {
    task: { route: context.route, taskId: parts.place.ledger },
    contextHeaders,
  });
  const idempotencyKey = `route/${context.run}/dead/${parts.place.topicId}/${event.partition}/${event.offset}`;
  const failing = new Failing(parts, event);
  for (let attempt = 1; ; attempt++) {
    if (context.signal.aborted) throw new AbortedError();
    try {
      await parts.events.produce(topic, [letter], { idempotencyKey, fingerprint: Buffer.from(idempotencyKey) });
      break;
    } catch (thrown) {
      const reason = `Dead letter for topic "${topic}": ${reasonOf(thrown)}`;
      if (isFinal(thrown)) throw new TaskFailure(`${reason} (of ${where})`);
      const waitMs = backoffMs(attempt, policy.retryDelayMaxMs, random);
      failing.again(event, { is: 'retry', reason }, attempt, waitMs);
      await clock.sleep(waitMs, context.signal);
    }
  }
  progress.settled(event);
  progress.counts.deadLettered++;
  notices.tell(context.route, 'event_dead_lettered', `Dead letter of ${where} in "${topic}": ${failure.brief}`);
}

type Refused = Extract<Outcome, { is: 'retry' | 'poison' }>;

/** Tells progress and notices of one delivery that fails again and again. */
class Failing {
  readonly #parts: DeliveryParts;
  readonly #delivery: object;
  #sinceMs: number | undefined;

  constructor(parts: DeliveryParts, delivery: object) {
    this.#parts = parts;
    this.#delivery = delivery;
  }

  again(event: RouteEvent, refused: Refused, tries: number, waitMs: number): void {
    const { clock, progress, notices, context } = this.#parts;
    const nowMs = clock.nowMs();
    this.#sinceMs ??= nowMs;
    const reason = `${wholeReason(refused)} (${placeOf(event)})`.slice(0, ROUTE_LIMITS.retryReasonMax);
    progress.failed(this.#delivery, { reason, sinceMs: this.#sinceMs, tries, nextMs: nowMs + waitMs });
    notices.tell(context.route, 'delivery_retried', `Trying ${placeOf(event)} again: ${refused.reason}`);
  }
}

function placeOf({ topic, partition, offset }: RouteEvent): string {
  return `${topic}-${partition} offset ${offset}`;
}

function wholeReason({ reason, detail }: Refused): string {
  return detail ? `${reason}: ${detail}` : reason;
}

/** Codes of produce errors that no retry changes. */
const FINAL: ReadonlySet<string> = new Set([
  'topic_unknown',
  'message_too_large',
  'append_too_large',
  'key_required',
  'event_invalid',
  'partition_unknown',
  'idempotency_mismatch',
  'idempotency_too_wide',
  'transaction_too_wide',
]);

/** Whether producing would fail with the same error again. */
export function isFinal(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && FINAL.has(String(thrown.code));
}

async function attemptOnce(
  { sink, context, requireLease }: DeliveryParts,
  batch: SinkBatch,
): Promise<readonly Outcome[]> {
  requireLease();
  try {
    return await sink.deliver(batch, context);
  } catch (thrown) {
    if (context.signal.aborted) throw new AbortedError();
    const outcome: Outcome = { is: 'retry', reason: reasonOf(thrown) };
    return batch.events.map(() => outcome);
  }
}

function putFailure({ sink }: DeliveryParts, exception: string, refused: Refused, after = ''): Failure {
  const [message, brief] = [wholeReason(refused) + after, refused.reason + after];
  return { stage: 'TASK_PUT', className: sink.className, exception: `millrace.${exception}`, message, brief };
}
