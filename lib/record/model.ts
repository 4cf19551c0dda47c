/** How the records of a batch are compressed; the position in this list is the number in `attributes`. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** Whose time a record carries: its producer's, or that of the append. Kafka's `message.timestamp.type`. */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** A record's header; keys may repeat. */
export type Header = readonly [key: string, value: Uint8Array | null];

/** What a caller puts into a batch. */
export interface EventInput {
  key: Uint8Array | null;
  value: Uint8Array | null;
  timestampMs: number;
  headers?: readonly Header[];
}

/** A record as it is read; `key`, `value` and header values are views on the batch, or on its decompressed records. */
export interface EventRecord {
  offset: number;
  timestampMs: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: Header[];
}

/** One batch among the bytes it stands in: all that is known without looking at its records. */
export interface BatchInfo {
  /** Where the batch begins in the bytes that were given. */
  position: number;
  /** The whole batch, its 12-byte prefix included. */
  lengthBytes: number;
  recordCount: number;
  /** Offsets that the batch takes: its last offset delta + 1. More than `recordCount` after keyed compaction. */
  offsetSpan: number;
  baseTimestampMs: number;
  maxTimestampMs: number;
  codec: Codec;
  timestampType: TimestampType;
  /** -1 where the producer is not idempotent; epoch and sequence then mean nothing. */
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  transactional: boolean;
  /** A commit or abort marker of a transaction. */
  control: boolean;
  /** The 16 bits as they stand. */
  attributes: number;
}

/** What the caller allows a batch. */
export interface BatchLimits {
  /** One batch as it stands, prefix included (Kafka's `max.message.bytes`). */
  batchBytesMax: number;
  /** The records of one batch; they cost no memory here, but someone reads them. */
  recordsMax: number;
  /** The records of one batch after decompression: what a reader must hold in memory. */
  decompressedBytesMax: number;
  /** Whether offsets may be missing inside a batch, as they are after keyed compaction; producers may not. */
  sparse: boolean;
}

export const DEFAULT_LIMITS: BatchLimits = {
  // Kafka's default for max.message.bytes is 1 MiB; topics may raise it, an 8 MiB flush is the most that is of use.
  batchBytesMax: 8 * 1024 * 1024,
  // The smallest record takes 7 bytes, so 8 MiB hold 1.2 million; compressed batches could claim 2^31.
  recordsMax: 2_000_000,
  // Eight times the batch is common for JSON; sixteen leaves room and still bounds what one fetch can cost.
  decompressedBytesMax: 128 * 1024 * 1024,
  sparse: false,
};
