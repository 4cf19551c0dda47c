import { KAFKA_ERRORS } from '../error-codes.ts';

/**
 * A store that stays away, or a gateway that ends while it holds a request (NETWORK_EXCEPTION): in requests that go to
 * coordinators, clients give up on these errors, and on NOT_COORDINATOR look for the coordinator and try again.
 */
const AWAY: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.KAFKA_STORAGE_ERROR,
  KAFKA_ERRORS.REQUEST_TIMED_OUT,
  KAFKA_ERRORS.NOT_LEADER_OR_FOLLOWER,
  KAFKA_ERRORS.NETWORK_EXCEPTION,
]);

/** What a coordinator answers in place of an error of the log's requests. */
export function coordinatorError(errorCode: number): number {
  return AWAY.has(errorCode) ? KAFKA_ERRORS.NOT_COORDINATOR : errorCode;
}

/** As `coordinatorError`, for requests of members: where there is no group, there is no member either. */
export function memberError(errorCode: number): number {
  return errorCode === KAFKA_ERRORS.GROUP_ID_NOT_FOUND ? KAFKA_ERRORS.UNKNOWN_MEMBER_ID : coordinatorError(errorCode);
}
