import type { RouteEvent } from '../envelope.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, WAITS } from '../sink.ts';
import { type CallFailure, type CallTarget, callFailure, tooLarge } from './aws-calls.ts';

/** What one call of a service takes. */
export interface EntryLimits {
  /** What an entry is called, for the sentence about one that is too large: `a message of SQS`. */
  readonly what: string;
  readonly entriesMax: number;
  /** No entry may be larger, whatever the destination's own settings say. */
  readonly entryBytesMax: number;
  /** Where a destination may have a lower limit: what is larger than this, and refused by itself, is too large for it. */
  readonly usualEntryBytesMax: number;
  /** All entries of a call together; one that is larger has a call of its own. */
  readonly callBytesMax: number;
  /** Calls under way at the same time. */
  readonly callsAtOnce: number;
  /** What a service calls an entry that it will never take, whoever asks. */
  readonly finalCodes: ReadonlySet<string>;
}

/** An event made ready for the service, with the bytes that the service counts. */
export interface Entry<Content> {
  readonly content: Content;
  readonly sizeBytes: number;
}

/** How a sink puts events into calls. */
export interface EntryCalls<Content> {
  readonly limits: EntryLimits;
  readonly target: CallTarget;
  /** The event as an entry, or why it can never be one. */
  make(event: RouteEvent, batch: SinkBatch, context: SinkContext): Entry<Content> | Outcome;
  /**
   * Where the destination keeps order: what it keeps it by (a group, a partition key). Of events with the same one, the
   * next is sent when the one before is delivered. Undefined: this event is ordered against nothing.
   */
  laneOf(event: RouteEvent): string | undefined;
  /** One call. For each content undefined where it was taken, else why not. A rejection is about the whole call. */
  send(contents: readonly Content[], signal: AbortSignal): Promise<readonly (CallFailure | undefined)[]>;
}

interface Waiting<Content> extends Entry<Content> {
  readonly index: number;
  readonly lane: string | undefined;
}

/**
 * A sink that delivers by calls of many entries. `order` is `partition`: batches mix keys, so that calls fill, and then
 * only batches one after the other keep the order of each key.
 */
export function entrySink<Content>(className: string, batchBytesMax: number, calls: EntryCalls<Content>): Sink {
  return {
    className,
    order: 'partition',
    sameBatches: false,
    batchEventsMax: calls.limits.entriesMax * calls.limits.callsAtOnce,
    batchBytesMax,
    deliver: (batch, context) => deliverEntries(batch, calls, context),
  };
}

/**
 * Delivers a batch by as few calls as its service's limits allow, and says of each event what became of it.
 *
 * Order: services carry out the entries of a call one by one, and go on behind one that fails (Kinesis says so of
 * PutRecords). So a call holds one event of each lane at most, and the next of the lane goes when that one is delivered;
 * what stands behind a failed or poisonous one of its lane is not sent: it `waits`.
 *
 * A call that fails as a whole ends the batch for now, unless the service refused what it was sent: then each of its
 * entries goes by itself, so that one that spoils a call spoils it for itself alone.
 */
export async function deliverEntries<Content>(
  batch: SinkBatch,
  calls: EntryCalls<Content>,
  context: SinkContext,
): Promise<readonly Outcome[]> {
  const { events } = batch;
  const { signal } = context;
  const outcomes = new Array<Outcome | undefined>(events.length).fill(undefined);
  const stuckLanes = new Set<string>();
  const settle = (index: number, lane: string | undefined, outcome: Outcome) => {
    outcomes[index] = outcome;
    if (outcome.is !== 'delivered' && lane !== undefined) stuckLanes.add(lane);
  };
  let left = madeReady(batch, calls, context);
  while (left.length > 0) {
    const wave: Waiting<Content>[] = [];
    const later: typeof left = [];
    const seen = new Set<string>();
    for (const one of left) {
      const { lane } = one;
      if (lane !== undefined && stuckLanes.has(lane)) outcomes[one.index] = WAITS;
      else if (lane !== undefined && seen.has(lane)) later.push(one);
      else if ('poison' in one) settle(one.index, lane, one.poison);
      else wave.push(one);
      if (lane !== undefined) seen.add(lane);
    }
    const stopped = await sendWave(packed(wave, calls.limits), calls, signal, (one, outcome) =>
      settle(one.index, one.lane, outcome),
    );
    if (stopped) return outcomes.map((outcome) => outcome ?? stopped);
    left = later;
  }
  return outcomes.map((outcome) => outcome ?? lost(calls.target));
}

function madeReady<Content>(
  batch: SinkBatch,
  calls: EntryCalls<Content>,
  context: SinkContext,
): (Waiting<Content> | { readonly index: number; readonly lane: string | undefined; readonly poison: Outcome })[] {
  const { limits } = calls;
  return batch.events.map((event, index) => {
    const lane = calls.laneOf(event);
    const made = calls.make(event, batch, context);
    if ('is' in made) return { index, lane, poison: made };
    if (made.sizeBytes > limits.entryBytesMax) {
      return { index, lane, poison: tooLarge(made.sizeBytes, { ...limits, limitBytes: limits.entryBytesMax }) };
    }
    return { ...made, index, lane };
  });
}

/**
 * Entries in calls within the limits, in order.
 *
 * @example
 * packed([{ sizeBytes: 6 }, { sizeBytes: 6 }, { sizeBytes: 1 }], { entriesMax: 10, callBytesMax: 10 }); // [[6], [6, 1]]
 */
export function packed<One extends { readonly sizeBytes: number }>(
  entries: readonly One[],
  { entriesMax, callBytesMax }: Pick<EntryLimits, 'entriesMax' | 'callBytesMax'>,
): One[][] {
  const calls: One[][] = [];
  let sizeBytes = 0;
  for (const entry of entries) {
    const open = calls.at(-1);
    if (open && open.length < entriesMax && sizeBytes + entry.sizeBytes <= callBytesMax) {
      open.push(entry);
      sizeBytes += entry.sizeBytes;
    } else {
      calls.push([entry]);
      sizeBytes = entry.sizeBytes;
    }
  }
  return calls;
}

/** Sends calls, several at once. Returns what befell a call as a whole, after which no more were sent. */
async function sendWave<Content>(
  packs: readonly (readonly Waiting<Content>[])[],
  calls: EntryCalls<Content>,
  signal: AbortSignal,
  settle: (one: Waiting<Content>, outcome: Outcome) => void,
): Promise<Outcome | undefined> {
  for (let at = 0; at < packs.length; at += calls.limits.callsAtOnce) {
    if (signal.aborted) return { is: 'retry', reason: STOPPED.reason };
    const answers = await Promise.all(
      packs.slice(at, at + calls.limits.callsAtOnce).map((pack) => sendCall(pack, calls, signal, settle)),
    );
    const stopped = answers.find((answer) => answer !== undefined);
    if (stopped) return stopped;
  }
  return undefined;
}

/** One call, and where it is refused as a whole, one for each entry. */
async function sendCall<Content>(
  pack: readonly Waiting<Content>[],
  calls: EntryCalls<Content>,
  signal: AbortSignal,
  settle: (one: Waiting<Content>, outcome: Outcome) => void,
): Promise<Outcome | undefined> {
  const answer = await answered(pack, calls, signal);
  if (Array.isArray(answer)) {
    for (const [index, one] of pack.entries()) {
      const failure = answer[index];
      settle(one, failure === undefined ? DELIVERED : refusedOutcome(failure, one.sizeBytes, calls.limits));
    }
    return undefined;
  }
  if (answer.kind !== 'invalid') return { is: 'retry', reason: answer.reason, detail: answer.detail };
  if (pack.length > 1) return sendSingly(pack, calls, signal, settle);
  const [only] = pack as readonly [Waiting<Content>];
  settle(only, refusedOutcome(answer, only.sizeBytes, calls.limits));
  return undefined;
}

/** Refusals that are nobody's fault for certain, with nothing taken before: then it is the destination's. */
const REFUSED_SINGLY_MAX = 3;

/** Each entry of a call that was refused by itself, so that only the one that spoilt it is refused. */
async function sendSingly<Content>(
  pack: readonly Waiting<Content>[],
  calls: EntryCalls<Content>,
  signal: AbortSignal,
  settle: (one: Waiting<Content>, outcome: Outcome) => void,
): Promise<Outcome | undefined> {
  let taken = false;
  let refused = 0;
  for (const one of pack) {
    if (signal.aborted) return { is: 'retry', reason: STOPPED.reason };
    let became: Outcome = DELIVERED;
    const stopped = await sendCall([one], calls, signal, (_, outcome) => {
      became = outcome;
      settle(one, outcome);
    });
    if (stopped) return stopped;
    if (became.is === 'delivered') taken = true;
    if (became.is === 'retry' && ++refused === REFUSED_SINGLY_MAX && !taken) return became;
  }
  return undefined;
}

/** An answer per entry, or why there is none. */
async function answered<Content>(
  pack: readonly Waiting<Content>[],
  calls: EntryCalls<Content>,
  signal: AbortSignal,
): Promise<(CallFailure | undefined)[] | CallFailure> {
  try {
    const answers = await calls.send(
      pack.map(({ content }) => content),
      signal,
    );
    // What the service does not mention it may not have taken.
    return pack.map((_, index) => (index < answers.length ? answers[index] : unmentioned(calls.target)));
  } catch (thrown) {
    // Not rejected, so that what other calls have delivered is known.
    return signal.aborted ? STOPPED : callFailure(thrown, calls.target);
  }
}

/**
 * What becomes of an event that was refused by itself. Poison only what certainly is: a service also calls invalid what
 * an operator can mend, such as a destination's own setting, and then no event may be lost.
 */
function refusedOutcome(failure: CallFailure, sizeBytes: number, limits: EntryLimits): Outcome {
  const { kind, code, reason, detail } = failure;
  if (kind !== 'invalid') return { is: 'retry', reason, detail };
  if (sizeBytes > limits.usualEntryBytesMax) {
    const { reason: large } = tooLarge(sizeBytes, { ...limits, limitBytes: limits.usualEntryBytesMax });
    return { is: 'poison', reason: `${large} unless its destination is set to take more; ${reason}`, detail };
  }
  if (limits.finalCodes.has(code))
    return { is: 'poison', reason: `${reason}; the event takes ${sizeBytes} bytes`, detail };
  return { is: 'retry', reason, detail };
}

const STOPPED: CallFailure = { kind: 'lost', code: 'Stopped', reason: 'the route is being stopped', detail: '' };

function lost({ target }: CallTarget): Outcome {
  return { is: 'retry', reason: `${target} said nothing of it` };
}

function unmentioned({ target }: CallTarget): CallFailure {
  return { kind: 'lost', code: 'NoAnswer', reason: `${target} said nothing of it`, detail: '' };
}
