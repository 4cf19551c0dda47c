/**
 * Elements of all arrays of one message, together. An element takes one byte of the frame at least and tens of bytes as
 * an object, so bytes alone do not bound the memory. Twice the partitions of the largest cluster that Kafka's authors
 * speak of (KIP-500: two million, over all brokers; 200,000 on one), far above what a request names.
 */
export const ELEMENTS_MAX = 400_000;

/** Records and other bytes from this size on are parts of a frame by themselves; below it a copy costs less than a part. */
export const PART_BYTES_MIN = 2_048;

/** Kafka's own limit: a length of 16 bits (in compact notation, too). */
export const STRING_BYTES_MAX = 32_767;
