import { MillraceError } from '../bytes/index.ts';
import { refused } from './attempts.ts';
import { tryKeyed } from './commit-keyed.ts';
import { commitShare } from './commit-share.ts';
import type { Segment, Slice } from './flush.ts';
import type { Head } from './head.ts';
import { COMMIT_TRIES_MAX, TAIL_BYTES_MAX, TAIL_COMMITS_MAX } from './limits.ts';
import { type LedgerRef, LogError, ledgerName } from './model.ts';
import { type Remembered, sameContent } from './once.ts';
import type { LogParts } from './parts.ts';
import { rollTail } from './roll.ts';
import type { Pending } from './writer.ts';

/** Heads move under keyed commits as fast as others commit: a try that lost such a race is made again soon. */
const KEYED_PAUSE_TRIES_MAX = 3;

/**
 * Takes a flush through its two steps: the object is put, then every ledger that it touches commits to it. A step whose
 * answer was lost is settled by fencing and reading, never repeated blindly.
 */
export class Committer {
  readonly #parts: LogParts;
  /** Per ledger, the end of the last commit that was begun: commits of a ledger follow each other. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /** Resolves when no commit is under way and no tail is being rolled. */
  async idle(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns.values());
  }

  /** Stores and commits a batch of requests and settles each of them. Never rejects. */
  async flush(batch: readonly Pending[]): Promise<void> {
    // Turns are taken here, before anything is awaited, so that flushes commit in the order in which they were begun.
    const turns = [...new Set(batch.flatMap((pending) => pending.ledgers))].map((name) => this.#takeTurn(name));
    try {
      const segment = await this.#parts.attempts.put(batch.flatMap((pending) => pending.slices));
      if (batch.some(({ once, beside }) => once || beside)) await this.#commitKeyed(batch, segment, turns);
      else await this.#commitPlain(batch, segment, turns);
    } catch (error) {
      settleAll(batch, error);
    } finally {
      for (const turn of turns) turn.done();
    }
  }

  #takeTurn(name: string): Turn {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#turns.set(name, ended);
    const done = () => {
      if (this.#turns.get(name) === ended) this.#turns.delete(name);
      resolve();
    };
    return { name, before, done };
  }

  /** One update per ledger, side by side: what one ledger answers is nothing to the others. */
  async #commitPlain(batch: readonly Pending[], segment: Segment, turns: readonly Turn[]): Promise<void> {
    const shares = new Map(segment.shares.map((share) => [ledgerName(share.ledger), share]));
    const outcomes = new Map<string, MillraceError | undefined>();
    const waiting = new Set(batch);
    const ended = (name: string, failure?: MillraceError) => {
      outcomes.set(name, failure);
      for (const pending of waiting) {
        if (!pending.ledgers.every((ledger) => outcomes.has(ledger))) continue;
        waiting.delete(pending);
        settle(pending, outcomes);
      }
    };
    const commit = async (turn: Turn) => {
      const share = shares.get(turn.name);
      await turn.before;
      if (!share) return;
      let head: Head | undefined;
      try {
        head = await commitShare(this.#parts, this.#parts.attempts, segment, share);
        ended(turn.name);
      } catch (error) {
        ended(turn.name, asMillraceError(error));
      }
      if (head) await this.#rollIfLong(share.ledger, head);
      turn.done();
    };
    await Promise.all(turns.map(commit));
  }

  /** Tries until all is stored at once. Requests whose key turns out to be known, or whose ledger is gone, leave. */
  async #commitKeyed(batch: readonly Pending[], first: Segment, turns: readonly Turn[]): Promise<void> {
    await Promise.all(turns.map((turn) => turn.before));
    let left = [...batch];
    let segment = first;
    for (let tries = 1; tries <= COMMIT_TRIES_MAX && left.length > 0; tries++) {
      if (!left.some(({ once, beside }) => once || beside)) return this.#commitPlain(left, segment, turns);
      const outcome = await tryKeyed(this.#parts, this.#parts.attempts, left, segment);
      if (outcome.done) {
        for (const pending of left) settle(pending, new Map());
        for (const { ledger, about } of outcome.heads) await this.#rollIfLong(ledger, about, true);
        return;
      }
      const { leaving, floorMs } = outcome;
      for (const [pending, answer] of leaving) settleWith(pending, answer);
      left = left.filter((pending) => !leaving.has(pending));
      if (left.length === 0) return;
      if (leaving.size > 0 || floorMs !== undefined) {
        const slices = left.flatMap((pending) => pending.slices);
        segment = await this.#parts.attempts.put(slices, floorMs);
      } else await this.#parts.attempts.pause(Math.min(tries, KEYED_PAUSE_TRIES_MAX));
    }
    settleAll(left, refused());
  }

  /** Moves a long tail into a page. `about` says that the head may not be one that ever was: it is read first. */
  async #rollIfLong(ledger: LedgerRef, head: Head, about = false): Promise<void> {
    if (head.tailBytes <= TAIL_BYTES_MAX && head.tail.length < TAIL_COMMITS_MAX) return;
    try {
      await rollTail(this.#parts, ledger, about ? await this.#parts.heads.fresh(ledger) : head);
    } catch (error) {
      // The events are stored and acknowledged already. The next commit finds the tail still long and tries again; one
      // that can never be rolled is refused in the end, by its size, with its reason in what `verify` finds.
      if (!(error instanceof MillraceError)) throw error;
      this.#parts.heads.drop(ledger);
    }
  }
}

/** A flush's place in the order of a ledger's commits. */
interface Turn {
  name: string;
  /** Resolves when the commit before has ended. */
  before: Promise<void>;
  done(): void;
}

/** Gives a request its answer: the first of its ledgers' failures, or all its offsets. */
function settle(pending: Pending, outcomes: ReadonlyMap<string, MillraceError | undefined>): void {
  const failures = [...pending.ledgers.map((name) => outcomes.get(name)), ...pending.slices.map(failureOf)];
  const failure = failures.find((one) => one !== undefined);
  const appended = pending.slices.map((slice) => (slice.sameAs ?? slice).appended!);
  pending.settle(failure ?? { appended, replayed: false, note: pending.once?.note });
}

function failureOf({ failure, sameAs }: Slice): MillraceError | undefined {
  return failure ?? sameAs?.failure;
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
