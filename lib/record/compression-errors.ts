import { RecordError } from './errors.ts';
import type { Codec } from './model.ts';

/** Decompressed records would go over the caller's limit. */
export function tooLarge(codec: Codec, outputBytesMax: number): RecordError {
  return new RecordError(
    'record_too_large',
    `Records compressed with ${codec} take more than the ${outputBytesMax} bytes that are allowed after decompression.`,
  );
}

/** Compressed records that are none; an error that is this folder's already stays as it is. */
export function corrupt(codec: Codec, cause: unknown): RecordError {
  if (cause instanceof RecordError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RecordError('record_corrupt', `Records compressed with ${codec} do not decompress: ${reason}`, { cause });
}
