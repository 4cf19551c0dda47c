/** Every limit of transactions, with its reason. */

/** What a producer may ask for at most, in ms. Kafka's default of `transaction.max.timeout.ms`. */
export const TIMEOUT_MS_MAX = 15 * 60_000;
/** How long a transactional id that nobody uses is known. Kafka's default of `transactional.id.expiration.ms`. */
export const ID_EXPIRY_MS = 7 * 24 * 60 * 60_000;
/** A sort key of DynamoDB has 1,024 bytes. */
export const ID_BYTES_MAX = 1_000;
/** The last epoch that a producer gets is 2^15 - 2: one more is left, to fence it by. Source: Kafka's TransactionMetadata. */
export const EPOCH_LAST = 2 ** 15 - 2;
/** Ledgers, and groups' offsets of ledgers, in one transaction: an abort that nobody waits for stays below a minute. */
export const PLACES_MAX = 2_000;
/** What an item may have while its transaction is open: DynamoDB takes 400 KB, and how it ends must find room. */
export const OPEN_BYTES_MAX = 390 * 1024;
/** Whoever ends a wide transaction has so long, in ms, before others that meet it carry it on. */
export const ENDING_MS = 5_000;
/** Writes of a wide transaction under way at once. */
export const WRITES_AT_ONCE = 16;
/**
 * What a process remembers of transactional ids, to save reads before writes and appends, by the bytes of their items: 300
 * as a rule, up to 390 KB. In memory they take about three times that.
 */
export const REMEMBERED_BYTES_MAX = 8 * 1024 * 1024;
/**
 * An id that rests is looked at by sweeps for so long, in ms. To take it out and in again costs six write units, as much as
 * to look at it for ten minutes.
 */
export const LOOKED_AT_MS = 10 * 60_000;
/** How often a process looks at all ids, in ms: no list is trusted for longer, and 16 queries an hour cost nothing. */
export const SWEEP_ALL_EVERY_MS = 60 * 60_000;
/** Who is told whose transactions are open may be told of a second ago, in ms. */
export const OPEN_KEPT_MS = 1_000;
/**
 * What was written at once may be seen in one item before it is in another, where DynamoDB is just writing it: it takes
 * seconds at most. So long, in ms, passes between two looks at whether anybody has what waits.
 */
export const WRITTEN_MS = 5_000;
/** Items read at once by a sweep. */
export const LOOKED_AT_ONCE = 100;

/** What is open within so long, in ms, is what a request to end a transaction means: no client gives one up sooner. */
export const MEANT_MS = 1_000;

/** With the pauses, some three seconds against others who change the same transaction, or the same heads. */
export const ATTEMPTS_MAX = 16;
export const PAUSE_FIRST_MS = 4;
export const PAUSE_MAX_MS = 400;
