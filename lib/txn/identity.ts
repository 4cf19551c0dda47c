import { TransactionError } from './errors.ts';
import { EPOCH_LAST } from './limits.ts';
import { type Identity, isExhausted, type TransactionState } from './state.ts';

/** Which identity a producer gets that comes with a transactional id. */
export type NextIdentity =
  | { readonly is: 'same' }
  | { readonly is: 'epoch'; readonly epoch: number; readonly last: Identity }
  /** The epochs of the producer id are used up. */
  | { readonly is: 'new'; readonly last: Identity };

/**
 * What InitProducerId comes to, as in Kafka: whoever comes without an identity takes the id over, by an epoch of its own.
 * One that has an identity must be the latest (KIP-360); where it has lost the answer to the same request, it gets that
 * once more. Sources: TransactionCoordinator.prepareInitProducerIdTransit, TransactionMetadata.prepareIncrementProducerEpoch.
 *
 * @throws TransactionError transaction_fenced
 */
export function nextIdentity(state: TransactionState, expected: Identity | undefined): NextIdentity {
  const { producerId, epoch, last } = state;
  const isLatest = expected?.producerId === producerId && expected.epoch === epoch;
  if (expected && !isLatest) {
    const isRetry = expected.epoch === last.epoch && expected.producerId === last.producerId;
    if (!isRetry || state.status === 'open') throw fenced(expected);
    // The very last epoch only fences.
    return epoch > EPOCH_LAST ? { is: 'new', last: expected } : { is: 'same' };
  }
  const told = expected ?? { producerId: -1, epoch: -1 };
  return isExhausted(epoch) ? { is: 'new', last: told } : { is: 'epoch', epoch: epoch + 1, last: told };
}

export function fenced({ producerId, epoch }: Identity): TransactionError {
  return new TransactionError(
    'transaction_fenced',
    `Producer ${producerId}, epoch ${epoch}, was replaced: another one has its transactional id, or its transaction took too long.`,
  );
}
