import { baseOffset, batchHeader, batchLength, hasItsCrc } from '../record/index.ts';
import { LogError } from './model.ts';
import type { Fetched } from './reader.ts';

/**
 * For who decodes stored batches here: Kafka's clients look at a batch's CRC-32C themselves.
 *
 * @throws LogError `log_corrupt` for a batch whose bytes are not those that its CRC was made of
 */
export function requireIntact(bytes: Uint8Array, at: number): void {
  const damage = damageOf(bytes, at);
  if (damage) throw damage;
}

function damageOf(bytes: Uint8Array, at: number): LogError | undefined {
  if (hasItsCrc(bytes, at)) return undefined;
  const offset = baseOffset(bytes, at);
  const behind = offset + batchHeader(bytes, at).offsetSpan;
  return new LogError(
    'log_corrupt',
    `The batch at offset ${offset} has changed since it was stored: its CRC-32C is another. What is behind it begins at offset ${behind}; "millrace verify" names all that is damaged.`,
  );
}

/** The answer up to the first batch that is damaged, where the next read begins; an error where that comes first. */
export function intactOnly(answer: Fetched): Fetched {
  const batches: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const bytes of answer.batches) {
    for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
      const error = damageOf(bytes, at);
      if (!error) continue;
      if (at > 0) batches.push(bytes.subarray(0, at));
      sizeBytes += at;
      if (sizeBytes === 0) return { ...answer, batches: [], bytes: 0, nextOffset: -1, error };
      return { ...answer, batches, bytes: sizeBytes, nextOffset: baseOffset(bytes, at) };
    }
    batches.push(bytes);
    sizeBytes += bytes.length;
  }
  return answer;
}
