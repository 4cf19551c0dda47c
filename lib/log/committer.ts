import { MillraceError } from '../bytes/index.ts';
import { StoreError, type Write } from '../store/index.ts';
import { assignOffsets, commitOf, type LedgerShare, layOut, type Segment, type Slice } from './flush.ts';
import {
  commitActions,
  type Head,
  headKey,
  ledgerMissing,
  nextOffsetIs,
  notCollected,
  parseHead,
  raiseMark,
  withCommit,
} from './head.ts';
import type { Heads } from './heads.ts';
import {
  COMMIT_TRIES_MAX,
  RETRY_FIRST_MS,
  RETRY_LAST_MS,
  TAIL_BYTES_MAX,
  TAIL_BYTES_REFUSED,
  TAIL_COMMITS_MAX,
} from './limits.ts';
import { type LedgerRef, LogError, ledgerName } from './model.ts';
import { parseRemembered, type Remembered, recall, rememberWrite, sameContent } from './once.ts';
import { rollTail } from './roll.ts';
import { objectKey } from './segment.ts';
import { settleCommit } from './settle.ts';
import type { LogParts, Pending } from './writer.ts';

/**
 * Takes a flush through its two steps: the object is put, then every ledger that it touches commits to it. A step whose
 * answer was lost is settled by fencing and reading, never repeated blindly.
 */
export class Committer {
  readonly #parts: LogParts;
  /** Per ledger, the end of the last commit that was begun: commits of a ledger follow each other. */
  readonly #turns = new Map<string, Promise<void>>();
  /** Objects are dated after each other, even where the clock jumps back. */
  #lastTimeMs = 0;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /** Resolves when no commit is under way and no tail is being rolled. */
  async idle(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns.values());
  }

  /** Stores and commits a batch of requests and settles each of them. Never rejects. */
  async flush(batch: readonly Pending[]): Promise<void> {
    const keyed = batch.some((pending) => pending.once);
    // Turns are taken here, before anything is awaited, so that flushes commit in the order in which they were begun.
    const turns = [...new Set(batch.flatMap((pending) => pending.ledgers))].map((name) => this.#takeTurn(name));
    try {
      const segment = await this.#put(batch.flatMap((pending) => pending.slices));
      if (keyed) await this.#commitKeyed(batch, segment, turns);
      else await this.#commitPlain(batch, segment, turns);
    } catch (error) {
      settleAll(batch, error);
    } finally {
      for (const turn of turns) turn.done();
    }
  }

  #takeTurn(name: string): Turn {
    const before = this.#turns.get(name);
    let done = () => {};
    const ended = new Promise<void>((resolve) => {
      done = () => {
        if (this.#turns.get(name) === ended) this.#turns.delete(name);
        resolve();
      };
    });
    this.#turns.set(name, ended);
    return { name, before: before ?? Promise.resolve(), done };
  }

  /** Writes slices as one object that is younger than `floorMs`. A write that is given up may still leave its object. */
  async #put(slices: readonly Slice[], floorMs = 0): Promise<Segment> {
    const { objects, clock, random } = this.#parts;
    return this.#retry(async () => {
      // A new object for each try: what became of an earlier one need not be known, the collector finds it.
      this.#lastTimeMs = Math.max(clock.nowMs(), this.#lastTimeMs, floorMs + 1);
      const segment = layOut(slices, this.#lastTimeMs, random);
      await objects.put(objectKey(segment.object), segment.parts);
      return segment;
    }, refused);
  }

  /**
   * Repeats work that may be done any number of times, while the store refuses it or gives no answer; any other error is
   * the caller's, as is the one that `exhausted` makes when the tries are used up.
   */
  async #retry<T>(work: () => Promise<T>, exhausted: (cause: unknown) => unknown): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) && !isUnknown(error)) throw error;
        if (tries >= COMMIT_TRIES_MAX) throw exhausted(error);
        await this.#pause(tries);
      }
    }
  }

  async #pause(tries: number): Promise<void> {
    const { clock, random } = this.#parts;
    await clock.sleep(Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** tries) * (0.5 + random.next() / 2));
  }

  /** One update per ledger, side by side: what one ledger answers is nothing to the others. */
  async #commitPlain(batch: readonly Pending[], segment: Segment, turns: readonly Turn[]): Promise<void> {
    const failures = new Map<string, MillraceError>();
    const shares = new Map(segment.shares.map((share) => [ledgerName(share.ledger), share]));
    const waiting = new Set(batch);
    const settleReady = (done: Set<string>) => {
      for (const pending of waiting) {
        if (!pending.ledgers.every((name) => done.has(name))) continue;
        waiting.delete(pending);
        settle(pending, failures);
      }
    };
    const done = new Set<string>();
    await Promise.all(
      turns.map(async (turn) => {
        const share = shares.get(turn.name)!;
        await turn.before;
        try {
          const head = await this.#commitShare(segment, share);
          done.add(turn.name);
          settleReady(done);
          await this.#rollIfLong(share.ledger, head);
        } catch (error) {
          if (!done.has(turn.name)) failures.set(turn.name, asMillraceError(error));
        }
        done.add(turn.name);
        settleReady(done);
        turn.done();
      }),
    );
  }

  /** Appends one share to its ledger's head and gives its slices their offsets. */
  async #commitShare(first: Segment, firstShare: LedgerShare): Promise<Head> {
    const { items, heads, clock } = this.#parts;
    let segment = first;
    let share = firstShare;
    const { ledger } = share;
    for (let tries = 1; tries <= COMMIT_TRIES_MAX; tries++) {
      const commit = commitOf(segment, share, clock.nowMs());
      const known = heads.peek(ledger);
      refuseLongTail(ledger, known);
      try {
        const answer = await items.write({
          write: 'update',
          key: headKey(ledger),
          actions: commitActions(commit),
          when: notCollected(segment.timeMs),
        });
        if (!answer.old) throw ledgerMissing(ledger);
        const before = parseHead(answer.old);
        if (answer.applied) {
          assignOffsets(share, before, commit.appendTimeMs);
          const head = withCommit(before, commit);
          heads.set(ledger, head);
          this.#committed(segment, share);
          return head;
        }
        segment = await this.#put(share.slices, before.mark);
      } catch (error) {
        if (isUnknown(error)) {
          const { object, timeMs } = segment;
          const found = await this.#retry(
            () => settleCommit(this.#parts, ledger, object.id, timeMs, known?.pages),
            unknown,
          );
          if (found) {
            assignOffsets(share, found, commit.appendTimeMs);
            heads.set(ledger, found.head);
            this.#committed(segment, share);
            return found.head;
          }
          segment = await this.#put(share.slices, segment.timeMs);
        } else if (isPassing(error)) {
          await this.#pause(tries);
        } else throw explain(error, ledger);
      }
      share = segment.shares.find((other) => ledgerName(other.ledger) === ledgerName(ledger))!;
    }
    throw refused();
  }

  /** The share's slices have their offsets: readers may have the bytes, and those who wait are woken. */
  #committed(segment: Segment, share: LedgerShare): void {
    this.#parts.cache.keepWritten(segment.object, share);
    this.#parts.bus.committed(share.ledger);
  }

  async #rollIfLong(ledger: LedgerRef, head: Head): Promise<void> {
    if (head.tailBytes <= TAIL_BYTES_MAX && head.tail.length < TAIL_COMMITS_MAX) return;
    try {
      await rollTail(this.#parts, ledger, head);
    } catch (error) {
      // The events are stored and acknowledged already; the next commit finds the tail still long, and tries again.
      if (!(error instanceof StoreError)) throw error;
      this.#parts.heads.drop(ledger);
    }
  }

  /**
   * All ledgers and the keys' answers in one transaction, conditional on the offsets that the answers promise. Requests
   * whose key turns out to be known, or whose ledger is gone, leave the batch, and the others try again.
   */
  async #commitKeyed(batch: readonly Pending[], first: Segment, turns: readonly Turn[]): Promise<void> {
    await Promise.all(turns.map((turn) => turn.before));
    let left = [...batch];
    let segment = first;
    for (let tries = 1; tries <= COMMIT_TRIES_MAX && left.length > 0; tries++) {
      const outcome = await this.#tryKeyed(left, segment);
      if (outcome.done) {
        for (const pending of left) settle(pending, new Map());
        for (const { ledger } of segment.shares) await this.#rollIfLong(ledger, await this.#parts.heads.fresh(ledger));
        return;
      }
      const out = outcome.leaving;
      for (const [pending, answer] of out) settleWith(pending, answer);
      left = left.filter((pending) => !out.has(pending));
      if (left.length > 0 && (out.size > 0 || outcome.floorMs !== undefined)) {
        segment = await this.#put(
          left.flatMap((pending) => pending.slices),
          outcome.floorMs,
        );
      } else if (left.length > 0) await this.#pause(Math.min(tries, 3));
    }
    settleAll(left, refused());
  }

  async #tryKeyed(left: readonly Pending[], segment: Segment): Promise<KeyedOutcome> {
    const { items, heads, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const before = await this.#retry(
      () => Promise.all(segment.shares.map((share) => headOrNone(heads, share.ledger))),
      refused,
    );
    const gone = leavingWithLedgers(left, segment, before);
    if (gone.size > 0) return { done: false, leaving: gone, floorMs: undefined };
    const commits = segment.shares.map((share) => commitOf(segment, share, nowMs));
    segment.shares.forEach((share, i) => {
      refuseLongTail(share.ledger, before[i]);
      assignOffsets(share, before[i]!, commits[i]!.appendTimeMs);
    });
    const keyed = left.filter((pending) => pending.once);
    const writes: Write[] = [
      ...segment.shares.map((share, i): Write => {
        const slots = new Set(share.runs.map((run) => run.slot));
        const expected = [...slots].map((slot) => nextOffsetIs(slot, before[i]!.nextOffsets[slot]!));
        const when = { if: 'all', of: [notCollected(segment.timeMs), ...expected] } as const;
        return { write: 'update', key: headKey(share.ledger), actions: commitActions(commits[i]!), when };
      }),
      ...keyed.map((pending) =>
        rememberWrite(
          pending.once!,
          segment.object.id,
          pending.slices.map((slice) => slice.appended!),
          nowMs,
        ),
      ),
    ];
    const committed = () => {
      for (const share of segment.shares) {
        // Other partitions of this ledger may have moved meanwhile, so the head as it is now is not known.
        heads.drop(share.ledger);
        this.#committed(segment, share);
      }
      return { done: true } as const;
    };
    try {
      const answer = await items.transact(writes);
      if (answer.applied) return committed();
      return this.#whyNot(answer.failed, segment, keyed);
    } catch (error) {
      if (isUnknown(error)) {
        return (await this.#retry(() => this.#keyedTookEffect(segment, keyed[0]!), unknown))
          ? committed()
          : { done: false, leaving: new Map(), floorMs: segment.timeMs };
      }
      if (isPassing(error)) return { done: false, leaving: new Map(), floorMs: undefined };
      throw explain(error, segment.shares[0]!.ledger);
    }
  }

  /** A transaction is all or nothing: fencing one of its ledgers fences it whole, and one of its keys tells its fate. */
  async #keyedTookEffect(segment: Segment, pending: Pending): Promise<boolean> {
    const { items, clock } = this.#parts;
    await raiseMark(items, segment.shares[0]!.ledger, segment.timeMs);
    return (await recall(items, pending.once!.key, clock.nowMs()))?.objectId === segment.object.id;
  }

  #whyNot(
    failed: readonly ({ item: Parameters<typeof parseHead>[0] | undefined } | undefined)[],
    segment: Segment,
    keyed: readonly Pending[],
  ): KeyedOutcome {
    let floorMs: number | undefined;
    segment.shares.forEach((share, i) => {
      const at = failed[i];
      if (!at) return;
      this.#parts.heads.drop(share.ledger);
      if (!at.item) return; // the next try reads the head, and finds that it is gone
      const head = parseHead(at.item);
      this.#parts.heads.set(share.ledger, head);
      if (head.mark >= segment.timeMs) floorMs = Math.max(floorMs ?? 0, head.mark);
    });
    const leaving = new Map<Pending, Remembered | MillraceError>();
    keyed.forEach((pending, i) => {
      const at = failed[segment.shares.length + i];
      if (at?.item) leaving.set(pending, parseRemembered(at.item));
    });
    return { done: false, leaving, floorMs };
  }
}

interface Turn {
  name: string;
  before: Promise<void>;
  done(): void;
}

type KeyedOutcome =
  | { done: true }
  | { done: false; leaving: Map<Pending, Remembered | MillraceError>; floorMs: number | undefined };

async function headOrNone(heads: Heads, ledger: LedgerRef): Promise<Head | undefined> {
  try {
    return await heads.cached(ledger);
  } catch (error) {
    if (error instanceof LogError && error.code === 'ledger_missing') return undefined;
    throw error;
  }
}

/** Requests that cannot be stored: their ledger is gone, or lacks the partition. */
function leavingWithLedgers(
  left: readonly Pending[],
  segment: Segment,
  heads: readonly (Head | undefined)[],
): Map<Pending, MillraceError> {
  const errors = new Map<string, MillraceError>();
  segment.shares.forEach((share, i) => {
    const head = heads[i];
    const lacking = share.runs.find((run) => head && run.slot >= head.nextOffsets.length);
    if (!head) errors.set(ledgerName(share.ledger), ledgerMissing(share.ledger));
    else if (lacking) errors.set(ledgerName(share.ledger), partitionMissing(share.ledger));
  });
  const leaving = new Map<Pending, MillraceError>();
  for (const pending of left) {
    const name = pending.ledgers.find((ledger) => errors.has(ledger));
    if (name !== undefined) leaving.set(pending, errors.get(name)!);
  }
  return leaving;
}

/** Gives a request its answer: the first of its ledgers' failures, or all its offsets. */
function settle(pending: Pending, failures: ReadonlyMap<string, MillraceError>): void {
  const failed = pending.ledgers.find((name) => failures.has(name));
  if (failed !== undefined) {
    pending.settle(failures.get(failed)!);
    return;
  }
  const appended = pending.slices.map((slice) => slice.appended!);
  pending.settle({ appended, replayed: false, note: pending.once?.note });
}

function settleWith(pending: Pending, answer: Remembered | MillraceError): void {
  try {
    if (answer instanceof MillraceError) throw answer;
    sameContent(answer, pending.once!);
    pending.settle({ appended: answer.appended, replayed: true, note: answer.note });
  } catch (error) {
    pending.settle(asMillraceError(error));
  }
}

function settleAll(batch: readonly Pending[], error: unknown): void {
  for (const pending of batch) pending.settle(asMillraceError(error));
}

function asMillraceError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new LogError('append_unknown', `Storing failed in an unexpected way: ${error}`, { cause: error });
}

function isPassing(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'store_unavailable';
}

function isUnknown(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'store_unknown';
}

/** A head that lacks the partition makes the update invalid: there is no number to add to. */
function explain(error: unknown, ledger: LedgerRef): unknown {
  return error instanceof StoreError && error.code === 'store_invalid' ? partitionMissing(ledger, error) : error;
}

function partitionMissing(ledger: LedgerRef, cause?: unknown): LogError {
  return new LogError('partition_missing', `Ledger ${ledgerName(ledger)} lacks a partition of this request.`, {
    cause,
  });
}

function refused(cause?: unknown): LogError {
  const why = 'The store refused the write again and again; nothing was stored. Try again later.';
  return new LogError('append_refused', why, { cause });
}

function unknown(cause: unknown): LogError {
  const why =
    'The store gave no answer to a write, nor to the question what became of it: the events may or may not be stored.';
  return new LogError('append_unknown', why, { cause });
}

function refuseLongTail(ledger: LedgerRef, head: Head | undefined): void {
  if (head && head.tailBytes > TAIL_BYTES_REFUSED) {
    throw new LogError(
      'log_overloaded',
      `Ledger ${ledgerName(ledger)} cannot be rolled, and its head is full; try again later.`,
    );
  }
}
