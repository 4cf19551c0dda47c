import * as zlib from 'node:zlib';
import { corrupt, tooLarge } from './compression-errors.ts';
import { compressLz4, decompressLz4 } from './lz4.ts';
import type { Codec } from './model.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';

/** zstd's own default is 3, gzip's 6: what Kafka's producers use too. */
const GZIP_LEVEL = 6;
const ZSTD_LEVEL = 3;
/** zlib refuses a limit above the largest buffer. */
const OUTPUT_BYTES_MAX = 0x7fffffff;
/** zlib puts its output together from chunks; one that fits a usual ratio saves most of the copies. */
const CHUNK_GROWTH = 4;
const CHUNK_BYTES_MIN = 4 * 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;

/**
 * Compresses the records of a batch as Kafka's clients do: gzip, snappy in xerial's framing, an LZ4 frame, a zstd
 * frame. `level` is the codec's own, for gzip and zstd.
 */
export function compress(codec: Codec, records: Uint8Array, level?: number): Uint8Array {
  switch (codec) {
    case 'none':
      return records;
    case 'gzip':
      return zlib.gzipSync(records, { level: level ?? GZIP_LEVEL });
    case 'snappy':
      return compressSnappy(records);
    case 'lz4':
      return compressLz4(records);
    case 'zstd':
      return zlib.zstdCompressSync(records, {
        params: { [zlib.constants.ZSTD_c_compressionLevel]: level ?? ZSTD_LEVEL },
      });
  }
}

/**
 * Undoes `compress`, for any client's bytes. What comes out never takes more than `outputBytesMax`, and a frame that
 * claims more is refused before memory for it is set aside.
 *
 * @throws RecordError `record_corrupt` where the bytes are not of that codec, `record_too_large` beyond the limit.
 * @example
 * const records = decompress('zstd', compressed, 64 * 1024 * 1024);
 */
export function decompress(codec: Codec, compressed: Uint8Array, outputBytesMax: number): Uint8Array {
  switch (codec) {
    case 'none':
      return compressed;
    case 'gzip':
      return inflate('gzip', zlib.gunzipSync, compressed, outputBytesMax);
    case 'snappy':
      return decompressSnappy(compressed, outputBytesMax);
    case 'lz4':
      return decompressLz4(compressed, outputBytesMax);
    case 'zstd':
      return inflate('zstd', zlib.zstdDecompressSync, compressed, outputBytesMax);
  }
}

function inflate(
  codec: Codec,
  run: (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Buffer,
  compressed: Uint8Array,
  outputBytesMax: number,
): Uint8Array {
  const maxOutputLength = Math.max(1, Math.min(outputBytesMax, OUTPUT_BYTES_MAX));
  const chunkSize = Math.min(Math.max(compressed.length * CHUNK_GROWTH, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
  try {
    return run(compressed, { maxOutputLength, chunkSize });
  } catch (error) {
    if (hasCode(error, 'ERR_BUFFER_TOO_LARGE')) throw tooLarge(codec, outputBytesMax);
    throw corrupt(codec, error);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
