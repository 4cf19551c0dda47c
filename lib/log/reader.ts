import { Lease } from '../bytes/index.ts';
import { RecordError } from '../record/index.ts';
import { StoreError } from '../store/index.ts';
import { wakeOrTimeout } from './bus.ts';
import { type ChunkBytes, takeBatches } from './chunks.ts';
import type { Head } from './head.ts';
import { intactOnly } from './intact.ts';
import { FETCH_BYTES_MAX } from './limits.ts';
import type { WantedChunk } from './loader.ts';
import { type Located, locate } from './locate.ts';
import { LogError, ledgerName, ledgerOf, type PartitionRef, slotOf } from './model.ts';
import { isMissing, isOutdated, lookTwice, lost } from './outdated.ts';
import type { LogParts } from './parts.ts';
import {
  type AbortedTransaction,
  abortedBetween,
  asServed,
  committedOnly,
  hasTransactions,
} from './transactions/aborted.ts';
import { readOutcomes } from './transactions/decision.ts';
import { type Outcomes, stableOffset } from './transactions/open.ts';

/** What a reader wants of one partition. */
export interface Read {
  from: PartitionRef;
  /** The first offset wanted. Inside a batch, the whole batch is returned. */
  offset: number;
  maxBytes: number;
}

/**
 * What a reader sees of transactions. The first two are Kafka's:
 * - `read_uncommitted`: all that is there;
 * - `read_committed`: up to the last stable offset, aborted events and markers among them, and which are aborted;
 * - `committed_only`: as that, without aborted events and markers: for readers that know nothing of transactions, nor look
 *   at a batch's CRC-32C: they get what is before a damaged batch, and then `log_corrupt`.
 */
export type Isolation = 'read_uncommitted' | 'read_committed' | 'committed_only';

export interface FetchOptions {
  /** `committed_only` unless given. */
  isolation?: Isolation | undefined;
  /** Over all partitions; the first batch is returned even where it is larger. */
  maxBytes: number;
  /** Waits until this much is there, or `maxWaitMs` have passed. 1 unless given. */
  minBytes?: number;
  /** 0, no waiting, unless given. */
  maxWaitMs?: number;
  signal?: AbortSignal;
  /**
   * Holds the memory of what is returned, which copies nothing then, and lasts until it is released; without it the bytes are
   * the caller's for good.
   */
  lease?: Lease;
}

export interface Fetched {
  /** Views of one or more whole batches each, base offsets set. They are shared: never written to. */
  batches: readonly Uint8Array[];
  bytes: number;
  /** Where the next read goes on: behind the last batch, or behind records that keyed compaction removed. */
  nextOffset: number;
  /** With `read_committed`, the aborted transactions that have something among the batches. */
  aborted: readonly AbortedTransaction[];
  /** Before it stands nothing of a transaction that may still end either way; -1 where an error kept it from being known. */
  lastStableOffset: number;
  /** This and the log start: -1 where an error kept them from being known. */
  highWatermark: number;
  logStartOffset: number;
  /** Why this partition gave nothing, and `nextOffset` is -1; the others are not affected. */
  error: LogError | undefined;
}

/** Serves fetches: heads first, then pages, then ranged reads of objects, all through caches, waiting at the end. */
export class Reader {
  readonly #parts: LogParts;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  async fetch(reads: readonly Read[], options: FetchOptions): Promise<Fetched[]> {
    const { bus, clock, settings } = this.#parts;
    const { minBytes = 1, maxWaitMs = 0, isolation = 'committed_only', signal, lease } = options;
    const maxBytes = Math.min(options.maxBytes, FETCH_BYTES_MAX);
    const deadlineMs = clock.monotonicMs() + maxWaitMs;
    let at = reads;
    for (;;) {
      // Listening begins before the look, so that a commit between look and wait is not missed.
      const listening = maxWaitMs > 0 ? bus.listen(reads.map((read) => ledgerName(ledgerOf(read.from)))) : undefined;
      const looking = new Lease();
      try {
        const found = await this.#look(at, { maxBytes, isolation, lease: looking });
        const leftMs = deadlineMs - clock.monotonicMs();
        const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
        const moved = found.some((one, i) => one.error || one.nextOffset > at[i]!.offset);
        if (
          isolation === 'committed_only' &&
          moved &&
          bytes === 0 &&
          !signal?.aborted &&
          !found.some(({ error }) => error)
        ) {
          // Nothing but what is left out, as much as the answer may hold: who asks from here again would never pass it.
          at = reads.map((read, i) => ({ ...read, offset: found[i]!.nextOffset }));
          continue;
        }
        if (!listening || leftMs <= 0 || bytes >= minBytes || (moved && bytes === 0)) {
          if (!lease) return found.map((one) => owned(one, looking));
          lease.join(looking);
          return found;
        }
        looking.release();
        await wakeOrTimeout(listening.woken, Math.min(leftMs, settings.headPollMs ?? leftMs), clock, signal);
      } finally {
        looking.release();
        listening?.stop();
      }
    }
  }

  /**
   * One look without waiting. Where it came to the end of a head that was seen a while ago, others may have written since:
   * then that head is read, and looked at again. Who reads from the beginning must not miss the end for a minute.
   */
  async #look(reads: readonly Read[], how: Omit<Look, 'fresh'>): Promise<Fetched[]> {
    const { maxBytes } = how;
    const ledgers = reads.map((read) => ledgerOf(read.from));
    const at = (fresh: boolean) => this.#lookOnce(reads, { ...how, fresh });
    const look = () => lookTwice(this.#parts.pages, ledgers, at);
    const found = await look();
    const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
    return bytes < maxBytes && (await this.#endMoved(reads, found)) ? look() : found;
  }

  /** Whether an answer ends where its partition did, and no longer does. Where all writers are here, heads are never old. */
  async #endMoved(reads: readonly Read[], found: readonly Fetched[]): Promise<boolean> {
    const { heads, settings } = this.#parts;
    const { headPollMs } = settings;
    if (headPollMs === undefined) return false;
    const moved = await Promise.all(
      reads.map(async ({ from, offset, maxBytes }, i) => {
        const { error, nextOffset, highWatermark, lastStableOffset, bytes } = found[i]!;
        const drained = !error && nextOffset > offset && nextOffset >= lastStableOffset && bytes < maxBytes;
        if (!drained || heads.peek(ledgerOf(from), headPollMs)) return false;
        const head = await heads.fresh(ledgerOf(from));
        return (head.nextOffsets[slotOf(from)] ?? 0) > highWatermark;
      }),
    );
    return moved.includes(true);
  }

  async #lookOnce(reads: readonly Read[], { maxBytes, isolation, lease, fresh }: Look): Promise<Fetched[]> {
    const seen = await Promise.all(reads.map((read) => this.#see(read, isolation, fresh)));
    const places: (Located | LogError | undefined)[] = [];
    let planned = 0;
    for (const [i, read] of reads.entries()) {
      const { head, end, error } = seen[i]!;
      const slot = slotOf(read.from);
      const wanted = head && !error && read.offset < end && planned < maxBytes;
      const ref = { ledger: ledgerOf(read.from), partition: read.from, slot };
      const bytes = Math.min(read.maxBytes, maxBytes - planned);
      const place = wanted ? await alone(locate(this.#parts, head, ref, read.offset, bytes, end), fresh) : undefined;
      places.push(place);
      for (const { chunk } of wantedOf(place)) planned += chunk.lengthBytes;
    }
    const loaded = await this.#load(places, lease, fresh);
    let left = maxBytes;
    const filled = reads.map((read, i) => {
      const [sight, place, bytes] = [seen[i]!, places[i], loaded[i]!];
      const answer = emptyAnswer(sight, slotOf(read.from), read.offset);
      if (sight.error) return failed(answer, sight.error);
      if (place instanceof LogError) return failed(answer, place);
      if (bytes instanceof LogError) return failed(answer, bytes);
      if (!place) return answer;
      try {
        const limits = { maxBytes: Math.min(read.maxBytes, left), first: left === maxBytes, until: sight.end };
        const one = fill(answer, place, bytes, limits);
        left -= one.bytes;
        return one;
      } catch (damage) {
        return failed(answer, ownFailure(damage));
      }
    });
    if (isolation === 'read_uncommitted') return filled;
    const whole = isolation === 'committed_only' ? filled.map(intactOnly) : filled;
    return Promise.all(whole.map((answer, i) => this.#isolate(reads[i]!, answer, seen[i]!, isolation, fresh)));
  }

  /** Adds which transactions among the batches were aborted, or leaves those out. */
  async #isolate(read: Read, answer: Fetched, { head, outcomes }: Sight, isolation: Isolation, fresh: boolean) {
    if (!head || answer.error || !answer.batches.some(hasTransactions)) return answer;
    const at = { ledger: ledgerOf(read.from), slot: slotOf(read.from) };
    const range = { from: read.offset, until: answer.nextOffset };
    const aborted = await alone(abortedBetween(this.#parts.pages, head, at, range, outcomes), fresh);
    if (aborted instanceof LogError) return failed({ ...answer, batches: [], bytes: 0 }, aborted);
    if (isolation === 'read_committed') return { ...answer, aborted: asServed(answer.batches, aborted) };
    const batches = committedOnly(answer.batches, aborted);
    return { ...answer, batches, bytes: batches.reduce((sum, { length }) => sum + length, 0) };
  }

  /** What stands in the places: all is asked for at once, so that neighbours come together, whosever they are. */
  #load(
    places: readonly (Located | LogError | undefined)[],
    lease: Lease,
    fresh: boolean,
  ): Promise<(ChunkBytes[] | LogError)[]> {
    const wanted = places.map(wantedOf);
    const loading = this.#parts.loader.load(wanted.flat(), lease);
    let next = 0;
    return Promise.all(
      wanted.map(({ length }) => {
        const own = loading.slice(next, next + length);
        next += length;
        return alone(Promise.all(own), fresh);
      }),
    );
  }

  /** The head as cached where it already proves that there is more to read, else as it is now; and why not to read by it. */
  async #see(read: Read, isolation: Isolation, fresh: boolean): Promise<Sight> {
    const { heads } = this.#parts;
    const ledger = ledgerOf(read.from);
    const slot = slotOf(read.from);
    const known = fresh ? undefined : heads.peek(ledger);
    try {
      if (known && read.offset >= (known.logStarts[slot] ?? 0)) {
        const sight = await this.#sightOf(known, read, isolation);
        if (read.offset < sight.end) return sight;
      }
      return await this.#sightOf(await heads.fresh(ledger), read, isolation);
    } catch (error) {
      if (error instanceof LogError) return { ...NO_SIGHT, error };
      throw error;
    }
  }

  async #sightOf(head: Head, read: Read, isolation: Isolation): Promise<Sight> {
    const slot = slotOf(read.from);
    const error = refusal(head, read, slot);
    if (error) return { ...NO_SIGHT, head, error };
    const outcomes = await readOutcomes(this.#parts.items, head.open);
    const stable = stableOffset(head, slot, outcomes);
    const end = isolation === 'read_uncommitted' ? head.nextOffsets[slot]! : stable;
    return { head, end, stable, outcomes, error: undefined };
  }
}

/** The answer with bytes that are the caller's for good. */
function owned(answer: Fetched, lease: Lease): Fetched {
  if (!answer.batches.some((view) => lease.covers(view))) return answer;
  return { ...answer, batches: answer.batches.map((view) => (lease.covers(view) ? Buffer.from(view) : view)) };
}

/** How a look is made. */
interface Look {
  maxBytes: number;
  isolation: Isolation;
  /** Holds the memory of what is found. */
  lease: Lease;
  /** By pages and heads as they are now. */
  fresh: boolean;
}

/** What a head lets a reader see of a partition. */
interface Sight {
  head: Head | undefined;
  /** Where what the reader may see ends. */
  end: number;
  stable: number;
  outcomes: Outcomes;
  /** Why nothing is to be read by it. */
  error: LogError | undefined;
}

const NO_SIGHT: Sight = { head: undefined, end: -1, stable: -1, outcomes: new Map(), error: undefined };

function refusal(head: Head, read: Read, slot: number): LogError | undefined {
  const end = head.nextOffsets[slot];
  const start = head.logStarts[slot];
  if (end === undefined || start === undefined) {
    return new LogError(
      'partition_missing',
      `Ledger of topic ${read.from.topicId} has no partition ${read.from.partition}.`,
    );
  }
  if (read.offset < start || read.offset > end) {
    return new LogError(
      'offset_out_of_range',
      `Offset ${read.offset} of partition ${read.from.partition} is out of range: the log has offsets ${start} to ${end}.`,
    );
  }
  return undefined;
}

/** A partition's own failure becomes its answer, and the others' stand; one that a second look may cure is thrown. */
async function alone<T>(work: Promise<T>, fresh: boolean): Promise<T | LogError> {
  try {
    return await work;
  } catch (error) {
    if (!fresh && isOutdated(error)) throw error;
    return ownFailure(error);
  }
}

/** The error of what is wrong with one partition's bytes; what is wrong with the store is thrown: it is everybody's. */
function ownFailure(error: unknown): LogError {
  if (error instanceof LogError) return error;
  if (isMissing(error)) return lost(error);
  const damaged = error instanceof RecordError || (error instanceof StoreError && error.code === 'store_corrupt');
  if (damaged) return new LogError('log_corrupt', `Stored bytes are damaged: ${error.message}`, { cause: error });
  throw error;
}

function wantedOf(place: Located | LogError | undefined): WantedChunk[] {
  if (!place || place instanceof LogError) return [];
  return place.chunks.map((chunk) => ({ chunk, hot: place.hot }));
}

function emptyAnswer({ head, stable }: Sight, slot: number, offset: number): Fetched {
  return {
    batches: [],
    bytes: 0,
    nextOffset: offset,
    aborted: [],
    lastStableOffset: stable,
    highWatermark: head?.nextOffsets[slot] ?? -1,
    logStartOffset: head?.logStarts[slot] ?? -1,
    error: undefined,
  };
}

function failed(answer: Fetched, error: LogError): Fetched {
  return { ...answer, nextOffset: -1, error };
}

/**
 * The answer with batches, up to `maxBytes` of them and before the offset `until`; the very first batch of a fetch goes in
 * whatever its size.
 */
function fill(
  empty: Fetched,
  place: Located,
  loaded: readonly (readonly Uint8Array[])[],
  { maxBytes, first, until }: { maxBytes: number; first: boolean; until: number },
): Fetched {
  const batches = [...empty.batches];
  const answer = { ...empty, batches };
  for (const bytes of loaded) {
    const atLeastOne = first && answer.bytes === 0;
    const taken = takeBatches(bytes, answer.nextOffset, maxBytes - answer.bytes, atLeastOne, until);
    for (const view of taken.views) batches.push(view);
    answer.bytes += taken.bytes;
    answer.nextOffset = taken.nextOffset;
    if (taken.full) return answer;
  }
  answer.nextOffset = Math.max(answer.nextOffset, place.nextOffset);
  return answer;
}
