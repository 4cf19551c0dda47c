import type { PartitionRef, TransactionRef } from '../log/index.ts';
import { type EndingParts, writeAll } from './ending.ts';
import { TransactionError } from './errors.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import type { TransactionStore } from './store.ts';

/*
 * A transaction whose item is gone, or has gone on without a partition, holds that partition back for ever: after a restore
 * of part of the items, say. Nobody can add anything to it any more, so its marker needs no item.
 */

/**
 * The transactional ids that have the producer id.
 * @throws TransactionError transaction_corrupt while the item of any id cannot be read: the producer may be its own, and what
 * it has open decided to commit
 */
export async function idsWith(store: TransactionStore, producer: number): Promise<string[]> {
  const found: string[] = [];
  const unreadable: string[] = [];
  for await (const { id, stored } of store.all((one) => unreadable.push(one))) {
    const { producerId, ending } = stored.state;
    if ([producerId, ending?.transaction.producerId].includes(producer)) found.push(id);
  }
  if (unreadable.length === 0) return found;
  throw new TransactionError(
    'transaction_corrupt',
    `The stored item of the transactional id "${unreadable[0]}" can't be read (of ${unreadable.length} in all): what it has open may be decided to commit, so nothing was aborted. Put the item back, or take it away, first.`,
  );
}

/**
 * Writes the abort marker of what is left of a transaction in a partition; nothing where nothing is.
 * @throws TransactionError transaction_busy; LogError; StoreError
 */
export async function abortLeft(
  { items, log }: EndingParts,
  transaction: TransactionRef,
  partition: PartitionRef,
): Promise<void> {
  const ending = { transaction, partitions: [partition], outcome: 'abort', markerEpoch: transaction.epoch } as const;
  for (let tried = 0; tried < ATTEMPTS_MAX; tried++) {
    const ends = await log.transactions.end(ending, true);
    if (ends.writes.length === 0) return;
    // Its condition fails where others are appending the marker, or have passed the object: then it is looked at once more.
    await writeAll(
      items,
      ends.writes.map(({ write }) => write),
    );
    await log.transactions.changed(ends.writes.map(({ ledger }) => ledger));
  }
  throw new TransactionError(
    'transaction_busy',
    `What producer ${transaction.producerId} has left could not be aborted: others kept changing the partition. It may have been aborted by the last of ${ATTEMPTS_MAX} writes. Look at it again, and try again.`,
  );
}
