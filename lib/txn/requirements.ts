import { AbortedError } from '../bytes/index.ts';
import { itemSizeBytes } from '../store/index.ts';
import { TransactionError } from './errors.ts';
import { fenced } from './identity.ts';
import { ID_BYTES_MAX, OPEN_BYTES_MAX, PLACES_MAX } from './limits.ts';
import { type Identity, type TransactionState, widthOf } from './state.ts';
import { type StoredTransaction, transactionItem, transactionKey } from './transaction-item.ts';

/** Who acts: a producer, by its transactional id and what that was given. */
export interface Actor extends Identity {
  readonly id: string;
  /**
   * Fires when nobody waits for the answer any more. What was asked and is not done by then must not be: its producer has
   * asked again elsewhere, may be at its next transaction under the same epoch, and would have that ended, or its offsets
   * set back, by this one (KAFKA-17754).
   */
  readonly gone?: AbortSignal | undefined;
}

/** @throws TransactionError transaction_id_invalid */
export function checkId(id: string): void {
  const sizeBytes = Buffer.byteLength(id);
  if (sizeBytes >= 1 && sizeBytes <= ID_BYTES_MAX && id.isWellFormed()) return;
  throw new TransactionError(
    'transaction_id_invalid',
    `A transactional id has 1 to ${ID_BYTES_MAX} bytes of text; this one has ${sizeBytes}.`,
  );
}

/** @throws TransactionError transaction_timeout_invalid */
export function checkTimeout(timeoutMs: number, mostMs: number): void {
  if (Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= mostMs) return;
  throw new TransactionError(
    'transaction_timeout_invalid',
    `A transaction time-out of ${timeoutMs} ms was asked for; 1 to ${mostMs} are right.`,
  );
}

/**
 * What is stored, if the actor is who has the id now, and is still there.
 * @throws TransactionError transaction_unknown, transaction_fenced; AbortedError
 */
export function requireActor(stored: StoredTransaction | undefined, actor: Actor): StoredTransaction {
  const { id, producerId, epoch, gone } = actor;
  if (gone?.aborted) throw new AbortedError();
  if (stored?.state.producerId !== producerId) throw unknown(id);
  if (stored.state.epoch !== epoch) throw fenced({ producerId, epoch });
  return stored;
}

/** @throws TransactionError transaction_too_large */
export function requireRoom(id: string, state: TransactionState): void {
  const width = widthOf(state);
  const sizeBytes = itemSizeBytes(transactionKey(id), transactionItem({ version: 0, state, listed: true }));
  if (width <= PLACES_MAX && sizeBytes <= OPEN_BYTES_MAX) return;
  throw new TransactionError(
    'transaction_too_large',
    `A transaction may have ${PLACES_MAX} ledgers and groups' offsets, and ${OPEN_BYTES_MAX} bytes of their names; this one would have ${width}, and ${sizeBytes}.`,
  );
}

export function unknown(id: string): TransactionError {
  return new TransactionError('transaction_unknown', `Nobody has the transactional id "${id}" with this producer id.`);
}

export function busy(id: string): TransactionError {
  return new TransactionError('transaction_busy', `The transaction of "${id}" is just being ended; try again.`);
}
