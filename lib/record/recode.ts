import { writeI32 } from '../bytes/index.ts';
import { compress, decompress } from './compress.ts';
import { RecordError } from './errors.ts';
import { batchHeader, sealCrc } from './header.ts';
import { ATTRIBUTES_AT, BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, CODEC_BITS, LENGTH_AT } from './layout.ts';
import { CODECS, type Codec, DEFAULT_LIMITS } from './model.ts';

/**
 * The batch at `at` with its records compressed by another codec, for topics that ask for one (`compression.type`);
 * all else stays. A batch of that codec already comes back as the view it is.
 *
 * @throws RecordError as `batchHeader` and `decompress` do; `record_truncated` for a batch that is cut off.
 * @example
 * const stored = recodeBatch(produced, 0, 'zstd');
 */
export function recodeBatch(
  bytes: Uint8Array,
  at: number,
  codec: Codec,
  decompressedBytesMax = DEFAULT_LIMITS.decompressedBytesMax,
): Uint8Array {
  const { lengthBytes, codec: from, attributes } = batchHeader(bytes, at);
  if (at + lengthBytes > bytes.length) {
    throw new RecordError('record_truncated', `The batch at byte ${at} ends before its ${lengthBytes} bytes.`);
  }
  const batch = bytes.subarray(at, at + lengthBytes);
  if (from === codec) return batch;
  const records = compress(codec, decompress(from, batch.subarray(BATCH_HEADER_BYTES), decompressedBytesMax));
  const recoded = Buffer.allocUnsafe(BATCH_HEADER_BYTES + records.length);
  recoded.set(batch.subarray(0, BATCH_HEADER_BYTES));
  recoded.set(records, BATCH_HEADER_BYTES);
  writeI32(recoded, LENGTH_AT, recoded.length - BATCH_PREFIX_BYTES);
  recoded[ATTRIBUTES_AT + 1] = (attributes & ~CODEC_BITS) | CODECS.indexOf(codec);
  sealCrc(recoded, 0, recoded.length);
  return recoded;
}
