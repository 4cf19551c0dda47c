import { refuse } from './value.ts';

/** S3's longest key; and a part that every file system takes as a name. */
const OBJECT_KEY_BYTES_MAX = 1024;
const OBJECT_KEY_PART_BYTES_MAX = 200;
const OBJECT_KEY = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

/** S3's and DynamoDB's page of a listing, which bounds ours. */
const LIST_LIMIT_MAX = 1_000;

/** DynamoDB ends a page of a query at 1 MiB. */
export const QUERY_BYTES_MAX = 1024 * 1024;

/** @throws store_invalid for an object key that not every store could take. */
export function checkObjectKey(key: string): void {
  if (!OBJECT_KEY.test(key) || key.length > OBJECT_KEY_BYTES_MAX) {
    refuse(
      `The object key ${JSON.stringify(key.slice(0, 80))} is not allowed: use 1 to ${OBJECT_KEY_BYTES_MAX} letters, digits, "-", "_" and ".", in parts set apart by single "/".`,
    );
  }
  for (const part of key.split('/')) {
    if (part === '.' || part === '..' || part.length > OBJECT_KEY_PART_BYTES_MAX) {
      refuse(
        `The object key "${key.slice(0, 80)}" has a part that is ".", ".." or longer than ${OBJECT_KEY_PART_BYTES_MAX}.`,
      );
    }
  }
}

/** A page's limit, within 1 to 1,000. */
export function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return LIST_LIMIT_MAX;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) {
    refuse(`A limit of ${limit} is not allowed: it must be 1 to ${LIST_LIMIT_MAX}.`);
  }
  return limit;
}

/**
 * Where a ranged read of an object of `sizeBytes` begins and ends: shortened at the end, the last `-from` bytes where
 * `from` is negative, empty where nothing lies in it.
 */
export function rangeWithin(sizeBytes: number, from = 0, to?: number): { from: number; to: number } {
  const start = from < 0 ? Math.max(0, sizeBytes + from) : Math.min(from, sizeBytes);
  return { from: start, to: Math.max(start, Math.min(to ?? sizeBytes, sizeBytes)) };
}

/** @throws store_invalid for a range that no store understands; called before the object is looked up. */
export function checkRange(from = 0, to?: number): void {
  const whole = Number.isSafeInteger(from) && (to === undefined || (Number.isSafeInteger(to) && to >= 0));
  if (!whole) refuse(`A range from ${from} to ${to} is not allowed: both must be whole numbers.`);
  if (from < 0 && to !== undefined) refuse(`A range from ${from} counts from the end and cannot have a "to" as well.`);
}
