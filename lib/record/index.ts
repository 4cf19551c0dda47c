/**
 * Kafka's RecordBatch v2: batches checked, built and read in place, their compression and CRC-32C, and the choice of
 * a partition. Bytes in, bytes out: nothing here knows of topics, stores or connections.
 */
export { BatchBuilder, type BatchOptions, encodeBatch } from './builder.ts';
export { checkBatches, hasItsCrc } from './check.ts';
export { checkRecords, type RecordTotals } from './check-records.ts';
export { compress, decompress } from './compress.ts';
export { type ControlType, controlType, encodeMarker, type Marker } from './control.ts';
export { crc32c } from './crc32c.ts';
export { RecordError, type RecordErrorCode } from './errors.ts';
export {
  baseOffset,
  batchHeader,
  batchLength,
  isOfTransaction,
  patchBaseOffset,
  patchLeaderEpoch,
  stampLogAppendTime,
  storedCrc,
} from './header.ts';
export { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES } from './layout.ts';
export {
  type BatchInfo,
  type BatchLimits,
  CODECS,
  type Codec,
  DEFAULT_LIMITS,
  type EventInput,
  type EventRecord,
  type Header,
  type TimestampType,
} from './model.ts';
export { murmur2, partitionForKey, StickyPartitioner } from './partition.ts';
export { recodeBatch } from './recode.ts';
export {
  forEachRecord,
  type ReadOptions,
  RecordCursor,
  RecordView,
  readRecords,
} from './records.ts';
