import { StoreError } from '../store/index.ts';
import { type Attempts, isRefused, isUnknown, refused, unknown } from './attempts.ts';
import { assignOffsets, commitOf, type LedgerShare, type Segment } from './flush.ts';
import { commitActions, type Head, headKey, ledgerMissing, notCollected, parseHead, withCommit } from './head.ts';
import { COMMIT_TRIES_MAX, TAIL_BYTES_REFUSED } from './limits.ts';
import { type LedgerRef, LogError, ledgerName } from './model.ts';
import type { LogParts } from './parts.ts';
import { settleCommit } from './settle.ts';

/**
 * Appends one ledger's share of an object to its head, and gives the share's slices their offsets: one update, conditional
 * on the collection mark alone. An object that the mark has passed is written anew, younger.
 *
 * @returns the head as the update left it.
 * @throws LogError `ledger_missing`, `partition_missing`, `append_refused`, `append_unknown`, `log_overloaded`; StoreError
 */
export async function commitShare(
  parts: LogParts,
  attempts: Attempts,
  first: Segment,
  firstShare: LedgerShare,
): Promise<Head> {
  const { items, heads, clock } = parts;
  const { ledger } = firstShare;
  let segment = first;
  let share = firstShare;
  const taken = (before: { nextOffsets: number[]; logStarts: number[] }, appendTimeMs: number, head: Head): Head => {
    assignOffsets(share, before, appendTimeMs);
    heads.set(ledger, head);
    announce(parts, segment, share);
    return head;
  };
  for (let tries = 1; tries <= COMMIT_TRIES_MAX; tries++) {
    const commit = commitOf(segment, share, clock.nowMs());
    const known = heads.peek(ledger);
    refuseLongTail(ledger, known);
    try {
      const key = headKey(ledger);
      const when = notCollected(segment.timeMs);
      const answer = await items.write({ write: 'update', key, actions: commitActions(commit), when });
      if (!answer.old) throw ledgerMissing(ledger);
      const before = parseHead(answer.old);
      if (answer.applied) return taken(before, commit.appendTimeMs, withCommit(before, commit));
      segment = await attempts.put(share.slices, before.mark);
    } catch (error) {
      if (isUnknown(error)) {
        const { object, timeMs } = segment;
        const ask = () => settleCommit(parts, ledger, object.id, timeMs, known?.pages);
        const found = await attempts.repeat(ask, unknown);
        if (found) return taken(found, commit.appendTimeMs, found.head);
        segment = await attempts.put(share.slices, timeMs);
      } else if (isRefused(error)) {
        await attempts.pause(tries);
      } else throw explained(error, ledger);
    }
    share = segment.shares.find((other) => ledgerName(other.ledger) === ledgerName(ledger))!;
  }
  throw refused();
}

/** The share's slices have their offsets: readers may have the bytes, and those who wait are woken. */
export function announce(parts: LogParts, segment: Segment, share: LedgerShare): void {
  parts.cache.keepWritten(segment.object, share);
  parts.bus.committed(share.ledger);
}

/** A head that lacks the partition makes the update invalid: there is no number to add to. */
export function explained(error: unknown, ledger: LedgerRef): unknown {
  return error instanceof StoreError && error.code === 'store_invalid' ? partitionMissing(ledger, error) : error;
}

export function partitionMissing(ledger: LedgerRef, cause?: unknown): LogError {
  return new LogError('partition_missing', `Ledger ${ledgerName(ledger)} lacks a partition of this request.`, {
    cause,
  });
}

export function refuseLongTail(ledger: LedgerRef, head: Head | undefined): void {
  if (!head || head.tailBytes <= TAIL_BYTES_REFUSED) return;
  throw new LogError(
    'log_overloaded',
    `Ledger ${ledgerName(ledger)} cannot be rolled, and its head is full; try again later.`,
  );
}
