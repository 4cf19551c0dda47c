import type { Outcome } from '../log/index.ts';
import { TransactionError } from './errors.ts';
import { fenced } from './identity.ts';
import { EPOCH_LAST } from './limits.ts';
import { type Actor, requireActor, unknown } from './requirements.ts';
import type { Former, TransactionState } from './state.ts';
import type { StoredTransaction } from './transaction-item.ts';

/*
 * Transactions of version 2 (KIP-890): each has an epoch of its own, as its end gives the producer the next. A request that
 * says which epoch it is of says which transaction it is of, so whatever comes late can be told from what is meant.
 * Source: TransactionCoordinator.endTransaction of Kafka 4.3.
 */

/**
 * What a request to end such a transaction comes to:
 * - `open`: it is open, and is to be ended;
 * - `unbegun`: there is none, and the producer aborts it all the same: its epoch is over then;
 * - `ended`: it was ended so before.
 */
export type RaisingEnd =
  | { readonly is: 'open' | 'unbegun'; readonly stored: StoredTransaction }
  | { readonly is: 'ended'; readonly state: TransactionState };

/** @throws TransactionError transaction_unknown, transaction_fenced, transaction_state */
export function raisingEnd(stored: StoredTransaction | undefined, actor: Actor, outcome: Outcome): RaisingEnd {
  if (!stored) throw unknown(actor.id);
  const { state } = stored;
  if (isFormer(state.last, actor)) {
    // Its producer is at its next transaction, and asks for nothing of this one any more.
    if (state.status === 'open') throw state.producerId === actor.producerId ? fenced(actor) : unknown(actor.id);
    if (state.status === statusAfter(outcome)) return { is: 'ended', state };
    throw refused(actor, outcome, state);
  }
  const known = requireActor(stored, actor);
  if (state.status === 'open') return { is: 'open', stored: known };
  if (outcome === 'abort') return { is: 'unbegun', stored: known };
  throw refused(actor, outcome, state);
}

/** Whether the identity can be given: the epoch behind the last one only fences. */
export function isGiven({ epoch }: TransactionState): boolean {
  return epoch <= EPOCH_LAST;
}

export function statusAfter(outcome: Outcome): 'committed' | 'aborted' {
  return outcome === 'commit' ? 'committed' : 'aborted';
}

export function refused({ id }: Actor, outcome: Outcome, { status }: TransactionState): TransactionError {
  const message = `The transaction of "${id}" cannot end by ${outcome}: its state is "${status}".`;
  return new TransactionError('transaction_state', message);
}

function isFormer(last: Former, { producerId, epoch }: Actor): boolean {
  return last.ended && last.producerId === producerId && last.epoch === epoch;
}
