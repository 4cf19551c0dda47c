/**
 * Where the fields of a RecordBatch v2 stand. Source: Kafka's documentation, "Record Batch", and
 * `org.apache.kafka.common.record.DefaultRecordBatch`.
 */
export const BASE_OFFSET_AT = 0;
export const LENGTH_AT = 8;
export const LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
/** The CRC covers everything from here to the end. */
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;
/** Where the records begin: the header's size. */
export const BATCH_HEADER_BYTES = 61;

/** Base offset and length: what the length field itself does not count. */
export const BATCH_PREFIX_BYTES = 12;

/** The only message format that is read and written here. */
export const MAGIC = 2;

export const CODEC_BITS = 0b111;
export const LOG_APPEND_TIME_BIT = 1 << 3;
export const TRANSACTIONAL_BIT = 1 << 4;
export const CONTROL_BIT = 1 << 5;

/** What stands for "no producer id", "no epoch", "no sequence". */
export const NONE = -1;
