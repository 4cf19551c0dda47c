/** What one HTTP server takes on before it says no. Sizes in bytes, times in milliseconds. */
export interface HttpLimits {
  /** One request body; for a streamed one, each record. */
  readonly bodyBytesMax: number;
  /** Records in one produce request. */
  readonly recordsMax: number;
  /** Objects and arrays within each other, in any JSON body. */
  readonly jsonDepthMax: number;
  readonly keyBytesMax: number;
  readonly headersMax: number;
  /** Names and values of one record's headers together. */
  readonly headerBytesMax: number;
  /** Bodies that are held at the same moment, over all requests. */
  readonly bodyBytesInFlightMax: number;
  /** Long polls open at the same moment. */
  readonly pollsMax: number;
  /** Keys and values in one answer to a fetch. */
  readonly fetchBytesMax: number;
  /** One answer to a fetch, names and numbers included; a single record may take more. */
  readonly answerBytesMax: number;
  /** How long a poll may wait. */
  readonly pollMsMax: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  // One flush of the log; a larger body would only be cut up again.
  bodyBytesMax: 8 * 1024 * 1024,
  // A record takes 12 bytes of JSON at least, so 8 MiB could hold 700,000 objects of 100 bytes each in memory.
  recordsMax: 100_000,
  // Deeper than any document people write; the scanner keeps one byte per level.
  jsonDepthMax: 500,
  // Kafka has no limit of its own; DynamoDB's and every index's are far below this.
  keyBytesMax: 64 * 1024,
  headersMax: 100,
  headerBytesMax: 64 * 1024,
  // 32 full bodies: what a small container can hold beside its caches.
  bodyBytesInFlightMax: 256 * 1024 * 1024,
  // Each costs a socket, a timer and a few KB.
  pollsMax: 2_000,
  fetchBytesMax: 8 * 1024 * 1024,
  // Records of a few bytes take ten times as much as JSON; most answers are far from it.
  answerBytesMax: 16 * 1024 * 1024,
  // Load balancers cut idle requests at 60 s.
  pollMsMax: 55_000,
};

/**
 * A body that is produced through a queue: SQS takes messages of 1 MiB, attributes and their names included (Amazon SQS
 * Developer Guide, "Message quotas"); 4 KiB are for those.
 */
export const BUFFERED_BODY_BYTES_MAX = 1024 * 1024 - 4 * 1024;
/** Asked of a `records` request that does not say: 1 MiB, as Kafka's `max.partition.fetch.bytes`. */
export const FETCH_BYTES_DEFAULT = 1024 * 1024;
/** REST Proxy's `consumer.request.timeout.ms`. */
export const POLL_MS_DEFAULT = 1_000;
/** An `Idempotency-Key` is a UUID or a few ids joined; RFC draft-ietf-httpapi-idempotency-key-header names no limit. */
export const IDEMPOTENCY_KEY_BYTES_MAX = 255;
/** What a client that was told 429 is asked to wait: long enough for the requests under way to end. */
export const RETRY_AFTER_S = 1;

/** What a socket may do; each bounds how long a slow client holds it. */
export interface SocketLimits {
  /** All request headers together. */
  readonly headerBytesMax: number;
  /** The headers must be there by then. */
  readonly headersMs: number;
  /** The whole request must be there by then; it also ends a streamed produce. */
  readonly requestMs: number;
  /** A socket on which nothing moved. Longer than the longest poll. */
  readonly idleMs: number;
  /** A kept connection between two requests. Longer than the 60 s of common load balancers, so that they close first. */
  readonly keepAliveMs: number;
  readonly connectionsMax: number;
  /** What runs when the server closes may go on for so long. */
  readonly closeMs: number;
}

export const DEFAULT_SOCKET_LIMITS: SocketLimits = {
  headerBytesMax: 16 * 1024,
  headersMs: 10_000,
  requestMs: 300_000,
  idleMs: 120_000,
  keepAliveMs: 65_000,
  connectionsMax: 10_000,
  closeMs: 10_000,
};
