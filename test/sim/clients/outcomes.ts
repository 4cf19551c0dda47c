import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';

/**
 * Errors after which a batch is certainly not stored, by this request: the log refused it before, or instead of, the commit.
 * NOT_LEADER_OR_FOLLOWER is a producer that moved or a log that closes.
 */
const REFUSALS: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.KAFKA_STORAGE_ERROR,
  KAFKA_ERRORS.NOT_ENOUGH_REPLICAS,
  KAFKA_ERRORS.NOT_LEADER_OR_FOLLOWER,
  KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA_ERRORS.OUT_OF_ORDER_SEQUENCE_NUMBER,
  KAFKA_ERRORS.INVALID_PRODUCER_EPOCH,
  KAFKA_ERRORS.UNKNOWN_PRODUCER_ID,
  KAFKA_ERRORS.INVALID_TXN_STATE,
  KAFKA_ERRORS.PRODUCER_FENCED,
]);

/** Errors after which a producer cannot go on under its id and epoch. */
const FATAL: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.INVALID_PRODUCER_EPOCH,
  KAFKA_ERRORS.UNKNOWN_PRODUCER_ID,
  KAFKA_ERRORS.OUT_OF_ORDER_SEQUENCE_NUMBER,
  KAFKA_ERRORS.INVALID_RECORD,
]);

export function isRefusal(errorCode: number): boolean {
  return REFUSALS.has(errorCode);
}

export function isFatal(errorCode: number): boolean {
  return FATAL.has(errorCode);
}

const NAMES = new Map<number, string>(Object.entries(KAFKA_ERRORS).map(([name, code]) => [code, name]));

/** Kafka's name of an error. */
export function errorName(errorCode: number): string {
  return NAMES.get(errorCode) ?? String(errorCode);
}
