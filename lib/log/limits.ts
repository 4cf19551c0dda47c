/** Every limit and interval of the log, with its reason. A platform may override those of LogSettings. */

/** What a deployment may set; the defaults are those of one machine with a disk. */
export interface LogSettings {
  /** A flush is sent when it has this much. 8 MiB: beyond it a larger object buys nothing, and latency grows. */
  flushBytesMax: number;
  /**
   * How long a flush that is not full waits for company while others are being written: an idle log writes at once. 0: no
   * longer than it takes until there is room for one more flush, which groups what comes meanwhile anyway.
   */
  lingerMs: number;
  /** Objects on their way to the store at once. Two keep a disk busy while the ledger commits; S3 wants more. */
  flushesInFlightMax: number;
  /** Bytes accepted but not yet stored; beyond it appends are refused with `log_overloaded`. */
  pendingBytesMax: number;
  /** Cache for what tail readers use, and for what all others use. Together they bound the log's memory. */
  hotCacheBytes: number;
  coldCacheBytes: number;
  /** Bytes of pages kept; a page is about 2 KB, so this is the index of some ten million batches. */
  pageCacheBytes: number;
  /** How often a waiting fetch looks at heads that another process may have moved; none where all writers are here. */
  headPollMs: number | undefined;
  /** A write whose object is older than this cannot be committed any more: the collector may take it. */
  staleObjectMs: number;
  /** How long an object that nobody names is kept for readers that may still hold its name. */
  collectGraceMs: number;
  /** Merged objects grow to about this. */
  mergeBytes: number;
  /** Small objects are merged at this age even if they are few. */
  mergeAgeMs: number;
}

export const DEFAULT_SETTINGS: LogSettings = {
  flushBytesMax: 8 << 20,
  lingerMs: 0,
  flushesInFlightMax: 2,
  pendingBytesMax: 128 << 20,
  hotCacheBytes: 128 << 20,
  coldCacheBytes: 64 << 20,
  pageCacheBytes: 16 << 20,
  headPollMs: undefined,
  staleObjectMs: 60 * 60_000,
  collectGraceMs: 10 * 60_000,
  mergeBytes: 64 << 20,
  mergeAgeMs: 60 * 60_000,
};

/**
 * A head stays under 2 KB in ordinary use: DynamoDB bills an update by the item's size, 1 KB a unit. Numbers of 32 partitions
 * take some 850 bytes of them, and the commit that makes the tail too long some 450 at the most.
 */
export const TAIL_BYTES_MAX = 1_000;
/** Many tiny commits are rolled by number, so that a page's own header stays small beside them. */
export const TAIL_COMMITS_MAX = 64;
/** A tail that cannot be rolled must not grow into DynamoDB's 400 KB: appends are refused before. */
export const TAIL_BYTES_REFUSED = 200 * 1024;
/** Nor beyond what one update can trim: its expression takes 4 KB, some ten bytes a commit. Three times what rolls it. */
export const TAIL_COMMITS_REFUSED = 192;

/**
 * How long heads and pages serve as last seen: another process may have compacted them since. Far below any sensible
 * `delete.retention.ms`, or a reader might meet a deleted value, and no longer the tombstone behind it.
 */
export const SEEN_MS_MAX = 60_000;

/**
 * Merged objects have at least this size, padded where they hold less: they must not become items again, as small objects
 * do, or a lost table would take them along. Just over the largest tier for small objects that there was: data folders of the
 * first format had one of 32 KiB.
 */
export const MERGED_BYTES_MIN = 32 * 1024 + 1;
/** A tail this old is rolled though it is short, so that merging gets to it: what lies in items alone is at risk. */
export const TAIL_AGE_MS_MAX = 60 * 60_000;

/** One store transaction holds 100 writes: heads and idempotency keys share them. */
export const KEYED_WRITES_MAX = 100;
/**
 * Batches of transactions in one flush: a commit names the transaction of each in its condition, twice at some 30 characters,
 * and DynamoDB's expressions have 4 KB.
 */
export const TRANSACTIONAL_SLICES_MAX = 60;
/** How long an idempotency key is remembered. A day covers a client that comes back after an outage. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60_000;

/** Tries against a store that refuses, or heads that move under a keyed commit, before the caller is told. */
export const COMMIT_TRIES_MAX = 12;
export const RETRY_FIRST_MS = 20;
export const RETRY_LAST_MS = 2_000;

/** Batches are read in chunks of about this size: larger ones waste reads of one event, smaller ones waste requests. */
export const CHUNK_BYTES = 512 * 1024;
/** A run up to this size is one chunk, so that its object's footer need not be read. */
export const WHOLE_RUN_BYTES = 1 << 20;
/**
 * What was written is cached in slabs of this size, and forgotten by whole slabs: large enough for a chunk, small enough that
 * a slow reader who holds one does not hold much else.
 */
export const SLAB_BYTES = 4 << 20;
/** Chunks in one slab: each takes some 150 bytes of the heap, whatever its size, which a cache of tiny ones must not fill. */
export const SLAB_CHUNKS_MAX = 8_192;
/** A small cache has at least so many, so that what is forgotten at once is little of it. */
export const SLABS_LEAST = 8;
/** Ranges of one object this close together are read as one: a request costs more than the bytes between. */
export const COALESCE_GAP_BYTES = 128 * 1024;
export const COALESCED_BYTES_MAX = 8 << 20;
/** Runs and batches of parsed footers kept for large runs, some hundred bytes each: a merged object may have a million. */
export const FOOTER_ENTRIES_CACHED = 200_000;
/** First guess for a footer's size: one read for almost all. */
export const FOOTER_READ_BYTES = 64 * 1024;
/** What one fetch may ask for, whatever it says. */
export const FETCH_BYTES_MAX = 64 << 20;
