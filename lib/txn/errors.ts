import { MillraceError } from '../bytes/index.ts';

/**
 * - `transaction_id_invalid`: a transactional id that is empty, too long, or no text.
 * - `transaction_timeout_invalid`: a time-out below 1 ms, or above what is allowed.
 * - `transaction_unknown`: nobody has this transactional id, or its producer id is another by now.
 * - `transaction_fenced`: another producer has taken the transactional id over, or the transaction took too long.
 * - `transaction_state`: what is asked for does not fit what became of the transaction: it never began, or has ended.
 * - `transaction_busy`: the transaction is just being ended, or others kept changing it; nothing was done, try again.
 * - `transaction_too_large`: more partitions or groups than one transaction may have.
 * - `transaction_corrupt`: the stored item of a transaction is not what was written.
 */
export type TransactionErrorCode =
  | 'transaction_id_invalid'
  | 'transaction_timeout_invalid'
  | 'transaction_unknown'
  | 'transaction_fenced'
  | 'transaction_state'
  | 'transaction_busy'
  | 'transaction_too_large'
  | 'transaction_corrupt';

/** What goes wrong with transactions and those who make them. */
export class TransactionError extends MillraceError<TransactionErrorCode> {}
