import type { AuthErrorCode } from '../auth/index.ts';
import type { AbortedError, BytesError } from '../bytes/index.ts';
import { MillraceError } from '../bytes/index.ts';
import type { GroupErrorCode } from '../group/index.ts';
import type { LogErrorCode } from '../log/index.ts';
import type { RecordErrorCode } from '../record/index.ts';
import type { RouteErrorCode } from '../route/index.ts';
import type { StoreErrorCode } from '../store/index.ts';
import type { TopicErrorCode } from '../topic/index.ts';
import type { HttpErrorCode } from './http-error.ts';
import { RETRY_AFTER_S } from './limits.ts';

/** Every code that the floors below raise: one that is missing in ANSWERS does not compile. */
type DomainCode =
  | AbortedError['code']
  | BytesError['code']
  | RecordErrorCode
  | StoreErrorCode
  | LogErrorCode
  | TopicErrorCode
  | GroupErrorCode
  | RouteErrorCode
  | AuthErrorCode
  | HttpErrorCode;

/**
 * An error's HTTP status and the `error_code` in its body: REST Proxy v2's numbers; v3 counts a few differently.
 * Sources: Confluent REST Proxy API reference, "Errors" (v2); kafka-rest's KafkaExceptionMapper (v3).
 */
interface Answer {
  readonly status: number;
  readonly code: number;
  readonly v3?: { readonly status: number; readonly code: number };
  /** Seconds for a Retry-After header: the same request may well succeed then. */
  readonly retryAfterS?: number;
}

const plain = (status: number): Answer => ({ status, code: status });
const later = (status: number, code = status): Answer => ({ status, code, retryAfterS: RETRY_AFTER_S });
/** Something that was refused as invalid: 422 in v2, and Kafka's "bad request", 40002, in v3. */
const invalid: Answer = { status: 422, code: 422, v3: { status: 400, code: 40002 } };
/** A failure that is not the client's. */
const failure: Answer = { status: 500, code: 50002 };
const retriable: Answer = later(503, 50003);

export const ANSWERS: Readonly<Record<DomainCode, Answer>> = {
  aborted: plain(499),
  bytes_truncated: failure,
  bytes_overflow: failure,

  record_truncated: invalid,
  record_crc: invalid,
  record_magic: invalid,
  record_codec: invalid,
  record_corrupt: invalid,
  record_too_large: plain(413),
  record_invalid: invalid,

  object_exists: failure,
  object_missing: failure,
  store_unavailable: retriable,
  store_unknown: retriable,
  store_full: { status: 507, code: 50700 },
  store_locked: failure,
  store_corrupt: failure,
  store_invalid: failure,
  store_closed: retriable,

  ledger_missing: { status: 404, code: 40401, v3: { status: 404, code: 40403 } },
  partition_missing: { status: 404, code: 40402, v3: { status: 404, code: 40403 } },
  offset_out_of_range: { status: 416, code: 41601 },
  append_unknown: retriable,
  append_refused: retriable,
  append_too_large: plain(413),
  log_overloaded: later(429),
  idempotency_mismatch: plain(422),
  idempotency_too_wide: plain(422),
  transaction_too_wide: plain(422),
  // Batches of Kafka's producers alone; nothing that HTTP does meets these.
  sequence_out_of_order: plain(409),
  producer_epoch_stale: plain(409),
  producer_moved: retriable,
  producer_batch_invalid: invalid,
  transaction_not_open: retriable,
  log_corrupt: failure,
  log_closed: retriable,

  topic_unknown: { status: 404, code: 40401, v3: { status: 404, code: 40403 } },
  topic_exists: { status: 409, code: 409, v3: { status: 400, code: 40002 } },
  topic_name_invalid: invalid,
  partition_unknown: { status: 404, code: 40402, v3: { status: 404, code: 40403 } },
  partitions_invalid: invalid,
  config_unknown: invalid,
  config_invalid: invalid,
  message_too_large: plain(413),
  topic_busy: retriable,
  key_required: invalid,
  timestamp_invalid: invalid,
  event_invalid: invalid,

  group_unknown: { status: 404, code: 40404 },
  group_name_invalid: invalid,
  group_not_empty: plain(409),
  group_full: later(429),
  group_too_large: later(429),
  group_conflict: retriable,
  group_corrupt: failure,
  // Of v3 only transactions ask as members: there the code is that of a topic.
  member_unknown: { status: 404, code: 40403, v3: { status: 409, code: 40904 } },
  group_fenced: { status: 409, code: 40904 },
  instance_fenced: { status: 409, code: 40904 },
  group_inconsistent_protocol: { status: 409, code: 40904 },
  group_generation_illegal: { status: 409, code: 40904 },
  group_rebalancing: { status: 409, code: 40904 },
  member_invalid: { status: 422, code: 42204 },
  subscription_invalid: { status: 422, code: 42204 },
  offsets_passed: { status: 409, code: 40907 },
  offset_invalid: invalid,
  metadata_too_large: invalid,
  offsets_too_large: plain(413),

  route_unknown: plain(404),
  route_exists: plain(409),
  route_name_invalid: plain(400),
  route_config_invalid: plain(400),
  route_conflict: plain(409),
  filter_invalid: plain(400),
  transform_invalid: plain(400),
  delivery_retried: failure,
  event_dropped: failure,
  event_dead_lettered: failure,
  task_failed: failure,
  transform_failed: plain(400),

  unauthenticated: { status: 401, code: 40101 },
  not_authorized: { status: 403, code: 40301 },
  acl_invalid: invalid,
  acls_full: plain(409),
  credential_invalid: invalid,
  user_unknown: plain(404),

  path_unknown: plain(404),
  method_not_allowed: plain(405),
  path_invalid: plain(400),
  cross_site: plain(403),
  not_acceptable: plain(406),
  media_type_unsupported: plain(415),
  format_mismatch: { status: 406, code: 40601 },
  body_too_large: plain(413),
  body_incomplete: plain(400),
  json_invalid: plain(400),
  json_too_deep: plain(400),
  request_invalid: { status: 422, code: 422, v3: { status: 400, code: 400 } },
  consumer_config_invalid: { status: 422, code: 42204 },
  instance_unknown: { status: 404, code: 40403, v3: { status: 409, code: 40904 } },
  instance_exists: { status: 409, code: 40902 },
  instance_state: { status: 409, code: 40903 },
  instance_busy: later(409, 40905),
  instance_too_large: { status: 422, code: 42205 },
  no_partition: { status: 404, code: 40402, v3: { status: 404, code: 40403 } },
  offset_unset: { status: 409, code: 40906 },
  value_not_json: { status: 406, code: 40602 },
  cluster_unknown: plain(404),
  config_name_unknown: plain(404),
  consumer_unknown: plain(404),
  idempotency_key_invalid: plain(422),
  buffer_missing: plain(501),
  buffer_unavailable: retriable,
  polls_exhausted: later(429),
  memory_exhausted: later(429),
  server_closing: retriable,
};

/** REST Proxy's two APIs, and Kafka Connect's, whose error codes are the HTTP status. */
export type Api = 'v2' | 'v3' | 'connect';

/** What goes out for an error. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error_code: number; readonly message: string };
  readonly retryAfterS: number | undefined;
  /** Whether nobody expected it: it is reported, and its message stays here. */
  readonly unexpected: boolean;
}

/**
 * The answer to any error. One that no domain raised on purpose is 500 with code 50000, and says nothing of its cause.
 *
 * @example
 * errorAnswer(new TopicError('topic_unknown', …), 'v2').body // { error_code: 40401, message: 'Topic "orders" does not exist. …' }
 */
export function errorAnswer(error: unknown, api: Api): ErrorAnswer {
  const answer = error instanceof MillraceError ? answerOf(error.code) : undefined;
  if (!answer || !(error instanceof MillraceError)) {
    const message = 'Something went wrong here that nobody foresaw. It was reported; the request may be tried again.';
    return { status: 500, body: { error_code: 50000, message }, retryAfterS: undefined, unexpected: true };
  }
  const { status, code } = api === 'v2' ? answer : (answer.v3 ?? answer);
  return {
    status,
    body: { error_code: api === 'connect' ? status : code, message: error.message },
    retryAfterS: answer.retryAfterS,
    unexpected: answer === failure,
  };
}

function answerOf(code: string): Answer | undefined {
  return Object.hasOwn(ANSWERS, code) ? ANSWERS[code as DomainCode] : undefined;
}
