import type { AuthErrorCode } from '../auth/index.ts';
import { AbortedError, MillraceError } from '../bytes/index.ts';
import type { GroupErrorCode } from '../group/index.ts';
import type { LogErrorCode } from '../log/index.ts';
import type { RecordErrorCode } from '../record/index.ts';
import type { StoreErrorCode } from '../store/index.ts';
import type { TopicErrorCode } from '../topic/index.ts';
import type { TransactionErrorCode } from '../txn/index.ts';
import { KafkaError, type KafkaProtocolErrorCode } from './errors.ts';

/** Kafka's error codes by name. Source: org.apache.kafka.common.protocol.Errors of kafka-clients 4.3.1. */
export const KAFKA_ERRORS = {
  UNKNOWN_SERVER_ERROR: -1,
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  INVALID_FETCH_SIZE: 4,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  BROKER_NOT_AVAILABLE: 8,
  REPLICA_NOT_AVAILABLE: 9,
  MESSAGE_TOO_LARGE: 10,
  STALE_CONTROLLER_EPOCH: 11,
  OFFSET_METADATA_TOO_LARGE: 12,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  INVALID_TOPIC_EXCEPTION: 17,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  INVALID_REQUIRED_ACKS: 21,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  INVALID_GROUP_ID: 24,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  INVALID_COMMIT_OFFSET_SIZE: 28,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_TIMESTAMP: 32,
  UNSUPPORTED_SASL_MECHANISM: 33,
  ILLEGAL_SASL_STATE: 34,
  UNSUPPORTED_VERSION: 35,
  TOPIC_ALREADY_EXISTS: 36,
  INVALID_PARTITIONS: 37,
  INVALID_REPLICATION_FACTOR: 38,
  INVALID_REPLICA_ASSIGNMENT: 39,
  INVALID_CONFIG: 40,
  NOT_CONTROLLER: 41,
  INVALID_REQUEST: 42,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  POLICY_VIOLATION: 44,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  INVALID_TRANSACTION_TIMEOUT: 50,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTION_COORDINATOR_FENCED: 52,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  SECURITY_DISABLED: 54,
  OPERATION_NOT_ATTEMPTED: 55,
  KAFKA_STORAGE_ERROR: 56,
  LOG_DIR_NOT_FOUND: 57,
  SASL_AUTHENTICATION_FAILED: 58,
  UNKNOWN_PRODUCER_ID: 59,
  REASSIGNMENT_IN_PROGRESS: 60,
  DELEGATION_TOKEN_AUTH_DISABLED: 61,
  DELEGATION_TOKEN_NOT_FOUND: 62,
  DELEGATION_TOKEN_OWNER_MISMATCH: 63,
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: 64,
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 65,
  DELEGATION_TOKEN_EXPIRED: 66,
  INVALID_PRINCIPAL_TYPE: 67,
  NON_EMPTY_GROUP: 68,
  GROUP_ID_NOT_FOUND: 69,
  FETCH_SESSION_ID_NOT_FOUND: 70,
  INVALID_FETCH_SESSION_EPOCH: 71,
  LISTENER_NOT_FOUND: 72,
  TOPIC_DELETION_DISABLED: 73,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  STALE_BROKER_EPOCH: 77,
  OFFSET_NOT_AVAILABLE: 78,
  MEMBER_ID_REQUIRED: 79,
  PREFERRED_LEADER_NOT_AVAILABLE: 80,
  GROUP_MAX_SIZE_REACHED: 81,
  FENCED_INSTANCE_ID: 82,
  ELIGIBLE_LEADERS_NOT_AVAILABLE: 83,
  ELECTION_NOT_NEEDED: 84,
  NO_REASSIGNMENT_IN_PROGRESS: 85,
  GROUP_SUBSCRIBED_TO_TOPIC: 86,
  INVALID_RECORD: 87,
  UNSTABLE_OFFSET_COMMIT: 88,
  THROTTLING_QUOTA_EXCEEDED: 89,
  PRODUCER_FENCED: 90,
  RESOURCE_NOT_FOUND: 91,
  DUPLICATE_RESOURCE: 92,
  UNACCEPTABLE_CREDENTIAL: 93,
  INCONSISTENT_VOTER_SET: 94,
  INVALID_UPDATE_VERSION: 95,
  FEATURE_UPDATE_FAILED: 96,
  PRINCIPAL_DESERIALIZATION_FAILURE: 97,
  SNAPSHOT_NOT_FOUND: 98,
  POSITION_OUT_OF_RANGE: 99,
  UNKNOWN_TOPIC_ID: 100,
  DUPLICATE_BROKER_REGISTRATION: 101,
  BROKER_ID_NOT_REGISTERED: 102,
  INCONSISTENT_TOPIC_ID: 103,
  INCONSISTENT_CLUSTER_ID: 104,
  TRANSACTIONAL_ID_NOT_FOUND: 105,
  FETCH_SESSION_TOPIC_ID_ERROR: 106,
  INELIGIBLE_REPLICA: 107,
  NEW_LEADER_ELECTED: 108,
  OFFSET_MOVED_TO_TIERED_STORAGE: 109,
  FENCED_MEMBER_EPOCH: 110,
  UNRELEASED_INSTANCE_ID: 111,
  UNSUPPORTED_ASSIGNOR: 112,
  STALE_MEMBER_EPOCH: 113,
  MISMATCHED_ENDPOINT_TYPE: 114,
  UNSUPPORTED_ENDPOINT_TYPE: 115,
  UNKNOWN_CONTROLLER_ID: 116,
  UNKNOWN_SUBSCRIPTION_ID: 117,
  TELEMETRY_TOO_LARGE: 118,
  INVALID_REGISTRATION: 119,
  TRANSACTION_ABORTABLE: 120,
  INVALID_RECORD_STATE: 121,
  SHARE_SESSION_NOT_FOUND: 122,
  INVALID_SHARE_SESSION_EPOCH: 123,
  FENCED_STATE_EPOCH: 124,
  INVALID_VOTER_KEY: 125,
  DUPLICATE_VOTER: 126,
  VOTER_NOT_FOUND: 127,
  INVALID_REGULAR_EXPRESSION: 128,
  REBOOTSTRAP_REQUIRED: 129,
  STREAMS_INVALID_TOPOLOGY: 130,
  STREAMS_INVALID_TOPOLOGY_EPOCH: 131,
  STREAMS_TOPOLOGY_FENCED: 132,
  SHARE_SESSION_LIMIT_REACHED: 133,
} as const;

export type KafkaErrorName = keyof typeof KAFKA_ERRORS;

type DomainCode =
  | AuthErrorCode
  | GroupErrorCode
  | KafkaProtocolErrorCode
  | LogErrorCode
  | RecordErrorCode
  | StoreErrorCode
  | TopicErrorCode
  | TransactionErrorCode;

/**
 * What clients are told of our errors. Clients try again after some codes and give up after others, so this chooses by
 * what they should do: KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER and REQUEST_TIMED_OUT are tried again.
 */
const BY_DOMAIN_CODE: Readonly<Record<DomainCode, KafkaErrorName>> = {
  unauthenticated: 'SASL_AUTHENTICATION_FAILED',
  // The resource's kind decides in handlers; where none did, it was the cluster.
  not_authorized: 'CLUSTER_AUTHORIZATION_FAILED',
  acl_invalid: 'INVALID_REQUEST',
  acls_full: 'POLICY_VIOLATION',
  credential_invalid: 'UNACCEPTABLE_CREDENTIAL',
  user_unknown: 'RESOURCE_NOT_FOUND',

  group_unknown: 'GROUP_ID_NOT_FOUND',
  group_name_invalid: 'INVALID_GROUP_ID',
  group_not_empty: 'NON_EMPTY_GROUP',
  group_full: 'GROUP_MAX_SIZE_REACHED',
  group_too_large: 'GROUP_MAX_SIZE_REACHED',
  group_conflict: 'COORDINATOR_NOT_AVAILABLE',
  group_corrupt: 'UNKNOWN_SERVER_ERROR',
  member_unknown: 'UNKNOWN_MEMBER_ID',
  group_fenced: 'FENCED_MEMBER_EPOCH',
  instance_fenced: 'FENCED_INSTANCE_ID',
  group_inconsistent_protocol: 'INCONSISTENT_GROUP_PROTOCOL',
  group_generation_illegal: 'ILLEGAL_GENERATION',
  group_rebalancing: 'REBALANCE_IN_PROGRESS',
  member_invalid: 'INVALID_REQUEST',
  subscription_invalid: 'INVALID_REQUEST',
  offsets_passed: 'INVALID_REQUEST',
  offset_invalid: 'INVALID_REQUEST',
  metadata_too_large: 'OFFSET_METADATA_TOO_LARGE',
  offsets_too_large: 'INVALID_COMMIT_OFFSET_SIZE',

  kafka_truncated: 'INVALID_REQUEST',
  kafka_malformed: 'INVALID_REQUEST',
  kafka_too_many: 'INVALID_REQUEST',
  kafka_version: 'UNSUPPORTED_VERSION',
  kafka_unauthenticated: 'ILLEGAL_SASL_STATE',
  kafka_unwritable: 'UNKNOWN_SERVER_ERROR',

  ledger_missing: 'UNKNOWN_TOPIC_OR_PARTITION',
  partition_missing: 'UNKNOWN_TOPIC_OR_PARTITION',
  offset_out_of_range: 'OFFSET_OUT_OF_RANGE',
  // The events may be stored: an idempotent producer tries again and lands once, others as in Kafka.
  append_unknown: 'REQUEST_TIMED_OUT',
  append_refused: 'KAFKA_STORAGE_ERROR',
  append_too_large: 'RECORD_LIST_TOO_LARGE',
  // Tried again by every client, after its back-off.
  log_overloaded: 'NOT_ENOUGH_REPLICAS',
  idempotency_mismatch: 'INVALID_REQUEST',
  idempotency_too_wide: 'INVALID_REQUEST',
  transaction_too_wide: 'INVALID_REQUEST',
  sequence_out_of_order: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  producer_epoch_stale: 'INVALID_PRODUCER_EPOCH',
  // Sent again, to whoever leads by then.
  producer_moved: 'NOT_LEADER_OR_FOLLOWER',
  producer_batch_invalid: 'INVALID_RECORD',
  transaction_not_open: 'INVALID_TXN_STATE',
  log_corrupt: 'CORRUPT_MESSAGE',
  log_closed: 'NOT_LEADER_OR_FOLLOWER',

  record_truncated: 'CORRUPT_MESSAGE',
  record_crc: 'CORRUPT_MESSAGE',
  record_magic: 'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  record_codec: 'UNSUPPORTED_COMPRESSION_TYPE',
  record_corrupt: 'CORRUPT_MESSAGE',
  record_too_large: 'MESSAGE_TOO_LARGE',
  record_invalid: 'INVALID_RECORD',

  object_exists: 'UNKNOWN_SERVER_ERROR',
  object_missing: 'UNKNOWN_SERVER_ERROR',
  store_unavailable: 'KAFKA_STORAGE_ERROR',
  store_unknown: 'REQUEST_TIMED_OUT',
  store_full: 'KAFKA_STORAGE_ERROR',
  store_locked: 'KAFKA_STORAGE_ERROR',
  store_corrupt: 'UNKNOWN_SERVER_ERROR',
  store_invalid: 'UNKNOWN_SERVER_ERROR',
  store_closed: 'NOT_LEADER_OR_FOLLOWER',

  transaction_id_invalid: 'INVALID_REQUEST',
  transaction_timeout_invalid: 'INVALID_TRANSACTION_TIMEOUT',
  transaction_unknown: 'INVALID_PRODUCER_ID_MAPPING',
  transaction_fenced: 'PRODUCER_FENCED',
  transaction_state: 'INVALID_TXN_STATE',
  transaction_busy: 'CONCURRENT_TRANSACTIONS',
  transaction_too_large: 'INVALID_REQUEST',
  transaction_corrupt: 'UNKNOWN_SERVER_ERROR',

  topic_unknown: 'UNKNOWN_TOPIC_OR_PARTITION',
  topic_exists: 'TOPIC_ALREADY_EXISTS',
  topic_name_invalid: 'INVALID_TOPIC_EXCEPTION',
  topic_busy: 'REQUEST_TIMED_OUT',
  partition_unknown: 'UNKNOWN_TOPIC_OR_PARTITION',
  partitions_invalid: 'INVALID_PARTITIONS',
  config_unknown: 'INVALID_CONFIG',
  config_invalid: 'INVALID_CONFIG',
  message_too_large: 'MESSAGE_TOO_LARGE',
  key_required: 'INVALID_RECORD',
  timestamp_invalid: 'INVALID_TIMESTAMP',
  event_invalid: 'INVALID_RECORD',
};

const BY_CODE: ReadonlyMap<string, KafkaErrorName> = new Map(Object.entries(BY_DOMAIN_CODE));

/**
 * The Kafka error of something that was thrown: the one mapping of our errors. What no client can have caused, and
 * what is not ours, is UNKNOWN_SERVER_ERROR.
 *
 * @example
 * kafkaErrorOf(new TopicError('topic_unknown', '…')); // 3, UNKNOWN_TOPIC_OR_PARTITION
 */
export function kafkaErrorOf(thrown: unknown): number {
  if (thrown instanceof KafkaError) return KAFKA_ERRORS[thrown.kafka];
  if (thrown instanceof AbortedError) return KAFKA_ERRORS.NETWORK_EXCEPTION;
  if (!(thrown instanceof MillraceError)) return KAFKA_ERRORS.UNKNOWN_SERVER_ERROR;
  return KAFKA_ERRORS[BY_CODE.get(thrown.code) ?? 'UNKNOWN_SERVER_ERROR'];
}

/** What a client may read about an error; of one that is not ours it learns nothing but the code. */
export function kafkaMessageOf(thrown: unknown): string | null {
  return thrown instanceof MillraceError ? thrown.message : null;
}

/**
 * What a part of a request is told that was refused for itself.
 * @throws what was thrown, where no client can have caused it: the whole request fails by it, and somebody is told
 */
export function refusalOf(thrown: unknown): { readonly errorCode: number; readonly errorMessage: string | null } {
  const errorCode = kafkaErrorOf(thrown);
  if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) throw thrown;
  return { errorCode, errorMessage: kafkaMessageOf(thrown) };
}
