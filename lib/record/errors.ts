import { MillraceError } from '../bytes/index.ts';

/**
 * - `record_truncated`: bytes end before the batch or record they announce.
 * - `record_crc`: the batch's CRC-32C does not match its bytes.
 * - `record_magic`: message format 0 or 1, or none at all; only 2 is supported.
 * - `record_codec`: the compression bits name no codec, or one that this machine cannot run.
 * - `record_corrupt`: compressed data that does not decompress.
 * - `record_too_large`: a batch, its decompressed records or its record count go over the caller's limit.
 * - `record_invalid`: the bytes are whole, but what they say contradicts itself or the format.
 */
export type RecordErrorCode =
  | 'record_truncated'
  | 'record_crc'
  | 'record_magic'
  | 'record_codec'
  | 'record_corrupt'
  | 'record_too_large'
  | 'record_invalid';

/** What is wrong with a record batch; the message names the byte where it begins. */
export class RecordError extends MillraceError<RecordErrorCode> {}
