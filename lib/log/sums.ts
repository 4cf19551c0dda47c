import { batchHeader, crc32c, storedCrc } from '../record/index.ts';
import { encodeCommit } from './commit.ts';
import type { Commit } from './model.ts';

/*
 * By these sums a log proves itself (docs/decisions/0015-a-log-that-proves-itself.md). All count modulo 2^32, so that whoever holds one
 * may keep any representative of it that is a safe integer.
 */

/** Sums count modulo this. */
const MODULUS = 2 ** 32;
/** Where a number has grown to this it is brought back; 2^32 is added to it some 500 times at most in between. */
const WRAP_FROM = MODULUS;

/** The number's representative from 0 to 2^32. */
export function residue(sum: number): number {
  const rest = sum % MODULUS;
  return rest < 0 ? rest + MODULUS : rest;
}

/**
 * The sum of the batches that stand back to back in `bytes`: of each a hash of its CRC-32C, its length and the offsets that
 * it takes. The same however batches lie in objects, and in whatever order: sums of parts add up to the sum of the whole.
 *
 * @example
 * batchesSum(a) + batchesSum(b) === batchesSum(joined); // modulo 2^32
 */
export function batchesSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; ) {
    const { lengthBytes, offsetSpan } = batchHeader(bytes, at);
    sum += mixed(mixed(mixed(storedCrc(bytes, at)) ^ lengthBytes) ^ offsetSpan);
    at += lengthBytes;
  }
  return residue(sum);
}

/** Spreads each bit over all 32: the finalizer of MurmurHash3. */
function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Two running sums over commits in their order, Fletcher's: the first of the commits' own hashes, the second of the first as it
 * was before each. By the second it shows when commits change places, though every one of them is there.
 */
export interface OrderSums {
  readonly first: number;
  readonly second: number;
}

export const NO_ORDER: OrderSums = { first: 0, second: 0 };

/** What a commit adds to the first of them: the CRC-32C of its bytes. */
export function commitSum(commit: Commit): number {
  return crc32c(encodeCommit(commit)) >>> 0;
}

/** The sums behind the commits; those from before there were sums do not count. */
export function orderAfter(before: OrderSums, commits: readonly Commit[]): OrderSums {
  let { first, second } = before;
  for (const commit of commits) {
    if (!commit.counted) continue;
    second = residue(second + first);
    first = residue(first + commitSum(commit));
  }
  return { first, second };
}

export function sameOrder(a: OrderSums, b: OrderSums): boolean {
  return residue(a.first) === residue(b.first) && residue(a.second) === residue(b.second);
}

/** What brings a number back to its smallest representative; 0 while it is small. */
export function wrapOf(sum: number): number {
  return sum < WRAP_FROM ? 0 : residue(sum) - sum;
}

/** What a page tells of its batches. */
export interface PageSums {
  /** Per slot: the sum of its batches. */
  readonly bySlot: readonly number[];
  /** Whether all of its batches count: those appended before there were sums do not, until it is written anew. */
  readonly complete: boolean;
  /** The sums over all commits up to the page's end, as they were appended. */
  readonly order: OrderSums;
}
