import { type Condition, StoreError } from '../store/index.ts';
import { type Attempts, isRefused, isUnknown, refused, unknown } from './attempts.ts';
import { assignOffsets, commitOf, type LedgerShare, type Segment, type Slice } from './flush.ts';
import { type Head, headKey, ledgerMissing, parseHead, withCommit } from './head.ts';
import { commitActions, fenceIs, notCollected } from './head-writes.ts';
import { COMMIT_TRIES_MAX, TAIL_BYTES_REFUSED, TAIL_COMMITS_REFUSED } from './limits.ts';
import { type LedgerRef, LogError, ledgerName, slotOf, type TransactionRef } from './model.ts';
import type { LogParts } from './parts.ts';
import { isNamed } from './producers/producers.ts';
import { settleCommit } from './settle.ts';
import { stillOpen, takesAppends, transactionOf } from './transactions/open.ts';

/**
 * Appends one ledger's share of an object to its head, and gives the share's slices their offsets: one update, conditional
 * on the collection mark, and, where idempotent producers are in it, on the fence. An object that the mark has passed is
 * written anew, younger; so is one that holds what must not be stored: duplicates leave with their answers, and batches
 * that are not due with their errors, while the others go on.
 *
 * @returns the head as the update left it; undefined where nothing was left to commit.
 * @throws LogError `ledger_missing`, `partition_missing`, `append_refused`, `append_unknown`, `log_overloaded`,
 * `producer_moved`; StoreError
 */
export async function commitShare(
  parts: LogParts,
  attempts: Attempts,
  segment: Segment,
  share: LedgerShare,
): Promise<Head | undefined> {
  try {
    return await new ShareCommit(parts, attempts, segment, share).run();
  } catch (error) {
    if (!hadNoEffect(error)) parts.producers.doubt(share.ledger, share.slices);
    throw error;
  }
}

/** Whether an error says for sure that nothing was stored. */
function hadNoEffect(error: unknown): boolean {
  return error instanceof LogError && error.code !== 'append_unknown';
}

/** The commit of one share, on its way through its tries. */
class ShareCommit {
  readonly #parts: LogParts;
  readonly #attempts: Attempts;
  readonly #ledger: LedgerRef;
  #segment: Segment;
  #share: LedgerShare;

  constructor(parts: LogParts, attempts: Attempts, segment: Segment, share: LedgerShare) {
    this.#parts = parts;
    this.#attempts = attempts;
    this.#ledger = share.ledger;
    this.#segment = segment;
    this.#share = share;
  }

  async run(): Promise<Head | undefined> {
    const { producers } = this.#parts;
    for (let tries = 1; tries <= COMMIT_TRIES_MAX; tries++) {
      const { slices } = this.#share;
      const { stays, fence } = await this.#attempts.repeat(() => producers.admit(this.#ledger, slices), refused);
      if (stays.length === 0) return undefined;
      if (stays.length < slices.length) await this.#putAnew(stays);
      try {
        const head = await this.#commit(fence);
        if (head) return head;
      } catch (error) {
        if (!isRefused(error)) throw explained(error, this.#ledger);
        await this.#attempts.pause(tries);
      }
    }
    throw refused();
  }

  /** One try. Undefined: it had no effect, and what kept it from having one is out of the way. */
  async #commit(fence: number | undefined): Promise<Head | undefined> {
    const { items, heads, clock, pages } = this.#parts;
    const { object, timeMs } = this.#segment;
    const commit = commitOf(this.#segment, this.#share, clock.nowMs());
    const known = heads.peek(this.#ledger);
    refuseLongTail(this.#ledger, known);
    const uncollected = notCollected(timeMs);
    const transactions = stillOpen(membersOf(this.#share.slices));
    const fenced = fence === undefined ? [] : [fenceIs(fence)];
    const when: Condition = { if: 'all', of: [uncollected, ...fenced, ...transactions] };
    try {
      const key = headKey(this.#ledger);
      const answer = await items.write({ write: 'update', key, actions: commitActions(commit), when });
      if (!answer.old) throw ledgerMissing(this.#ledger);
      const before = parseHead(answer.old);
      if (answer.applied) return this.#taken(before, commit.appendTimeMs, withCommit(before, commit));
      await this.#madeWay(before, fence);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      const ask = () => settleCommit({ items, pages }, this.#ledger, object.id, timeMs, known?.pages ?? 0);
      const found = await this.#attempts.repeat(ask, unknown);
      if (found) return this.#taken(found, commit.appendTimeMs, found.head);
      await this.#putAnew(this.#share.slices, timeMs);
    }
    return undefined;
  }

  /**
   * A condition failed: the mark has passed the object, others have raised the fence, which concerns producers alone, or a
   * transaction has ended, which concerns what says to be part of it.
   */
  async #madeWay(head: Head, fence: number | undefined): Promise<void> {
    const { slices } = this.#share;
    const open = slices.filter((slice) => isTaken(head, slice));
    const refenced = () => this.#parts.producers.refenced(this.#ledger, head, open);
    const isMoved = fence !== undefined && head.fence !== fence;
    const stays = isMoved ? await this.#attempts.repeat(refenced, refused) : open;
    const isPassed = head.mark >= this.#segment.timeMs;
    if (stays.length === 0) this.#share = { ...this.#share, slices: [] };
    else if (isPassed || stays.length < slices.length) await this.#putAnew(stays, isPassed ? head.mark : 0);
  }

  /** Writes what is left to commit as an object of its own. */
  async #putAnew(slices: readonly Slice[], floorMs = 0): Promise<void> {
    this.#segment = await this.#attempts.put(slices, floorMs);
    this.#share = this.#segment.shares[0]!;
  }

  #taken(before: Pick<Head, 'nextOffsets' | 'logStarts'>, appendTimeMs: number, head: Head): Head {
    const { heads, producers } = this.#parts;
    assignOffsets(this.#share, before, appendTimeMs);
    producers.landed(this.#ledger, this.#share.slices);
    heads.set(this.#ledger, head);
    announce(this.#parts, this.#segment, this.#share);
    return head;
  }
}

/** Those of the slices that are part of a transaction. */
function membersOf(slices: readonly Slice[]): { slot: number; transaction: TransactionRef }[] {
  return slices.flatMap(({ append }) => {
    const transaction = transactionOf(append);
    return transaction ? [{ slot: slotOf(append.to), transaction }] : [];
  });
}

/** Whether nothing of a transaction keeps the slice from being stored; where something does, it gets its failure. */
function isTaken(head: Head, slice: Slice): boolean {
  const { append } = slice;
  const transaction = transactionOf(append);
  if (!transaction || takesAppends(head.open, slotOf(append.to), transaction)) return true;
  const { producerId, epoch } = transaction;
  slice.failure = new LogError(
    'transaction_not_open',
    `No transaction of producer ${producerId}, epoch ${epoch}, is open in partition ${append.to.partition}: it has ended, or the partition was not added to it.`,
  );
  return false;
}

/** The share's slices have their offsets: readers may have the bytes, and those who wait are woken. */
export function announce(parts: LogParts, segment: Segment, share: LedgerShare): void {
  parts.cache.keepWritten(segment.object, share);
  if (share.slices.some(({ append }) => isNamed(append))) parts.footers.keep(segment.object, segment.footer);
  parts.bus.committed(share.ledger);
}

/** A head that lacks the partition makes the update invalid: there is no number to add to. */
function explained(error: unknown, ledger: LedgerRef): unknown {
  return error instanceof StoreError && error.code === 'store_invalid' ? partitionMissing(ledger, error) : error;
}

export function partitionMissing(ledger: LedgerRef, cause?: unknown): LogError {
  return new LogError('partition_missing', `Ledger ${ledgerName(ledger)} lacks a partition of this request.`, {
    cause,
  });
}

export function refuseLongTail(ledger: LedgerRef, head: Head | undefined): void {
  if (!head || (head.tailBytes <= TAIL_BYTES_REFUSED && head.tail.length <= TAIL_COMMITS_REFUSED)) return;
  throw new LogError(
    'log_overloaded',
    `Ledger ${ledgerName(ledger)} cannot be rolled, and its head is full; try again later.`,
  );
}
