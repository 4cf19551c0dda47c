import { BytesError } from '../bytes/index.ts';
import { LogError } from './model.ts';

/**
 * Decodes what the store gave back. Bytes that end early, or numbers that cannot be, are damage of `name`.
 *
 * @throws LogError `log_corrupt`; what else `decode` throws
 */
export function decoding<T>(name: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof BytesError)) throw error;
    throw damaged(name, error.message, error);
  }
}

export function damaged(name: string, why: string, cause?: unknown): LogError {
  return new LogError('log_corrupt', `${name} is damaged: ${why}`, { cause });
}

/** Whether a value is a number that counts or numbers something: whole, 0 or more, and exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
