import { KAFKA_ERRORS } from '../error-codes.ts';
import { coordinatorError } from '../groups/index.ts';

/**
 * What a coordinator of transactions answers in place of an error of the log's requests, and to clients that do not know
 * PRODUCER_FENCED yet: those of versions before `knowsFenced` (KIP-588).
 */
export function transactionError(errorCode: number, version: number, knowsFenced: number): number {
  if (errorCode === KAFKA_ERRORS.PRODUCER_FENCED && version < knowsFenced) return KAFKA_ERRORS.INVALID_PRODUCER_EPOCH;
  // An offset or a marker may have been stored: who asks again is told.
  if (errorCode === KAFKA_ERRORS.NOT_ENOUGH_REPLICAS) return KAFKA_ERRORS.NOT_COORDINATOR;
  return coordinatorError(errorCode);
}
