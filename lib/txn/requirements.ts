import { itemSizeBytes } from '../store/index.ts';
import { TransactionError } from './errors.ts';
import { fenced } from './identity.ts';
import { ID_BYTES_MAX, OPEN_BYTES_MAX, PLACES_MAX } from './limits.ts';
import { type Identity, type TransactionState, widthOf } from './state.ts';
import { type StoredTransaction, transactionItem, transactionKey } from './transaction-item.ts';

/** Who acts: a producer, by its transactional id and what that was given. */
export interface Actor extends Identity {
  readonly id: string;
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

/** What is stored, if the actor is who has the id now. @throws TransactionError transaction_unknown, transaction_fenced */
export function requireActor(
  stored: StoredTransaction | undefined,
  { id, producerId, epoch }: Actor,
): StoredTransaction {
  if (stored?.state.producerId !== producerId) throw unknown(id);
  if (stored.state.epoch !== epoch) throw fenced({ producerId, epoch });
  return stored;
}

/** @throws TransactionError transaction_too_large */
export function requireRoom(id: string, state: TransactionState): void {
  const width = widthOf(state);
  const sizeBytes = itemSizeBytes(transactionKey(id), transactionItem({ version: 0, state }));
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
