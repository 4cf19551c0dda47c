import { KAFKA_ERRORS } from '../error-codes.ts';

/** No log is ever truncated here, so there is one epoch: all leaders know the same. */
export const LEADER_EPOCH = 0;

/** Whether a client may go by the epoch that it knows (KIP-320); -1 where it knows none. */
export function epochError(currentLeaderEpoch: number): number {
  return currentLeaderEpoch > LEADER_EPOCH ? KAFKA_ERRORS.UNKNOWN_LEADER_EPOCH : KAFKA_ERRORS.NONE;
}
