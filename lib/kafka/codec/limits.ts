/**
 * Elements of all arrays of one message, together. An element takes a byte or two of the frame at least, and tens of
 * bytes as an object, so the frame's size alone does not bound the memory. A Kafka cluster with ZooKeeper was said to
 * bear 200,000 partitions; twice that is far above what one request names.
 */
export const ELEMENTS_MAX = 400_000;

/** Records and other bytes from this size on are parts of a frame by themselves; below it a copy costs less than a part. */
export const PART_BYTES_MIN = 2_048;

/** Kafka's own limit: a length of 16 bits (in compact notation, too). */
export const STRING_BYTES_MAX = 32_767;
