import { BatchBuilder, type BatchInfo, checkBatches } from '../lib/record/index.ts';

/** A prebuilt batch, as a producer would send it. */
export interface Batch {
  bytes: Uint8Array;
  infos: BatchInfo[];
  records: number;
}

/** One batch of `records` values of `recordBytes` each, `stepMs` apart. Values are text that repeats little. */
export function buildBatch(records: number, recordBytes: number, timestampMs = Date.now(), stepMs = 0): Batch {
  const builder = new BatchBuilder();
  const value = Buffer.alloc(recordBytes);
  for (let i = 0; i < records; i++) {
    for (let at = 0; at < recordBytes; at++) value[at] = 97 + ((i * 31 + at * 7) % 26);
    builder.append(null, value, timestampMs + i * stepMs);
  }
  const bytes = builder.build();
  return { bytes, infos: checkBatches(bytes), records };
}

/** A batch of about, and no more than, `batchBytes`. */
export function batchOfBytes(batchBytes: number, recordBytes: number): Batch {
  const overhead = buildBatch(64, recordBytes).bytes.length - 64 * recordBytes;
  const perRecord = recordBytes + Math.ceil(overhead / 64);
  return buildBatch(Math.max(1, Math.floor((batchBytes - 61) / perRecord)), recordBytes);
}

/** Another batch with the same bytes, in memory of its own. */
export function copyOf(batch: Batch): Batch {
  const bytes = Buffer.from(Buffer.allocUnsafeSlow(batch.bytes.length).buffer);
  bytes.set(batch.bytes);
  return { ...batch, bytes };
}

/**
 * Gives copies of a batch in turn, at least so many, of so many bytes together: memory is allocated before the clock runs,
 * as by a server with pooled buffers.
 */
export function ringOf(batch: Batch, atLeast: number, ringBytes: number): () => Batch {
  const copies = Math.max(atLeast, Math.ceil(ringBytes / batch.bytes.length));
  const ring = Array.from({ length: copies }, () => copyOf(batch));
  let at = 0;
  return () => ring[at++ % copies]!;
}
