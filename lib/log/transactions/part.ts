import { batchHeader, controlType, isOfTransaction, readRecords } from '../../record/index.ts';
import type { Outcome } from './open.ts';

/** What a batch is to a transaction: its events, or the marker that ends it. */
export type TransactionPart = 'events' | Outcome;

/** What the batch at `at` is to its producer's transaction; undefined where it has nothing to do with one. */
export function transactionPart(bytes: Uint8Array, at = 0): TransactionPart | undefined {
  if (!isOfTransaction(bytes, at)) return undefined;
  if (!batchHeader(bytes, at).control) return 'events';
  for (const { key } of readRecords(bytes, { at })) {
    const type = controlType(key);
    return type === 'unknown' ? undefined : type;
  }
  return undefined;
}

/** In footers, beside a producer's epoch of 15 bits, which come first. */
const PARTS: readonly (TransactionPart | undefined)[] = [undefined, 'events', 'commit', 'abort'];
const EPOCHS = 2 ** 15;

/** An epoch together with what its batch is to a transaction; the epoch itself where that is nothing. */
export function encodePart(epoch: number, part: TransactionPart | undefined): number {
  return epoch + EPOCHS * PARTS.indexOf(part);
}

export function decodePart(encoded: number): { producerEpoch: number; part: TransactionPart | undefined } {
  return { producerEpoch: encoded % EPOCHS, part: PARTS[Math.floor(encoded / EPOCHS)] };
}
